using System.Text.Json;

namespace Crm.Simulation;

/// <summary>Keeps what was asked, answered and sent, and says when that breaks a promise.</summary>
public sealed class Ledger(Scene scene)
{
    private static readonly TimeSpan RightsWithin = TimeSpan.FromSeconds(7);
    private static readonly TimeSpan RightsWithinFaults = TimeSpan.FromSeconds(45);
    private readonly Dictionary<Guid, Command> _commands = [];
    private readonly Dictionary<Address, long> _acknowledged = [];

    /// <summary>A command is sent, for the first time or again.</summary>
    public void Asked(Command command)
    {
        if (command.Floor < 0)
        {
            command.Floor = _acknowledged.GetValueOrDefault(command.At);
            _commands[command.Id] = command;
        }
    }

    /// <summary>A command is answered.</summary>
    public void Answered(Command command, JsonElement outcome)
    {
        var (status, version) = (outcome.GetProperty("status").GetString()!, outcome.GetProperty("version").GetInt64());
        var stored = VersionOf(command);
        scene.World.Saw($"command {status}");
        if (status is "applied" or "merged")
        {
            if (command.Done is { } before && before != (status, version))
            {
                Broken(command, $"was answered {before} and then {(status, version)}");
            }

            command.Done = (status, version);
            Holds(command, version, stored);
            _acknowledged[command.At] = Math.Max(_acknowledged.GetValueOrDefault(command.At), version);
        }
        else if ((stored is not null || command.Done is not null) && !IsDenied(outcome))
        {
            Broken(command, $"was refused as {status} though it is version {stored}: {outcome}");
        }
    }

    /// <summary>A record was read.</summary>
    public void Read(Address at, Caller caller, RecordView? record)
    {
        if (record is null)
        {
            return;
        }

        scene.World.Saw("record read");
        var shelf = scene.Store.Shelves.GetValueOrDefault(at);
        var kind = scene.Kinds.Find(at.Kind)!;
        if (shelf is null || record.Version < 1 || record.Version > shelf.Views.Count
            || !Checks.Same(record.Fields, new Redaction(caller, kind).Show(shelf.Views[(int)record.Version - 1])?.Fields))
        {
            scene.World.Fail($"{at} was read at version {record.Version} as it never was");
        }
    }

    /// <summary>Bytes are handed to a client's socket: they must not show what he has lost the right to see a while ago.</summary>
    public void Sending(Client client, ReadOnlySpan<byte> bytes)
    {
        var session = client.Session;
        var shelf = scene.Store.Shelves[new(session.Tenant, "users", session.User)];
        var level = shelf.Head!.Fields["roles"].GetString()!;
        if (level is "full" or "own")
        {
            return;
        }

        var forbidden = level == "masked" ? bytes.IndexOf("SECRET"u8) >= 0 : bytes.IndexOf("\"Changed"u8) >= 0;
        var since = Math.Max(shelf.Times[^1], scene.QuietSince);
        var within = scene.World.Now - shelf.Times[^1] > RightsWithinFaults.Ticks || (scene.QuietSince >= 0 && scene.World.Now - since > RightsWithin.Ticks);
        if (forbidden && within)
        {
            scene.World.Fail($"{session.Tenant}/{session.User} is {level} since {TimeSpan.FromTicks(shelf.Times[^1]).TotalSeconds:0.0} s and was sent {System.Text.Encoding.UTF8.GetString(bytes)}");
        }
    }

    /// <summary>At the end: what was refused is not in the journal, what was acknowledged still is.</summary>
    public void Close()
    {
        foreach (var command in _commands.Values)
        {
            if (command.Done is { } done && VersionOf(command) is { } stored && stored != done.Version)
            {
                Broken(command, $"was acknowledged as version {done.Version} and is {stored} at the end");
            }
        }
    }

    private void Holds(Command command, long version, long? stored)
    {
        var shelf = scene.Store.Shelves.GetValueOrDefault(command.At);
        if (shelf is null || version < 1 || version > shelf.Views.Count)
        {
            Broken(command, $"was acknowledged as version {version}, which the journal does not have");
        }
        else if (stored is null ? command.Verb is "close" || version < command.Floor : stored != version)
        {
            Broken(command, $"was acknowledged as version {version} and is {stored?.ToString() ?? "nowhere"}");
        }
        else if (stored is not null && version <= command.Floor)
        {
            Broken(command, $"became version {version} though {command.Floor} was acknowledged before it was sent");
        }
        else if (command.Verb is null && Checks.Forgotten(command, shelf, version) is { } field)
        {
            Broken(command, $"was acknowledged as version {version}, where its {field} is missing");
        }
    }

    private long? VersionOf(Command command)
    {
        var index = scene.Store.Shelves.GetValueOrDefault(command.At)?.Commands.IndexOf((command.User, command.Id)) ?? -1;
        return index < 0 ? null : index + 1;
    }

    private static bool IsDenied(JsonElement outcome) => outcome.TryGetProperty("errors", out var errors)
        && errors.EnumerateArray().Any(error => error.GetProperty("code").GetString() is "record.missing" or "access.denied" or "field.unknown"); // A field that is hidden from him now.

    private void Broken(Command command, string what) => scene.World.Fail($"{command.At} {command.Verb ?? "edit"} {command.Id.ToString()[..8]} {command.Body}: {what}");
}
