using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Crm.Engine;

/// <summary>Turns changes into commands. It runs after the commit, at least once per change, from the outbox.</summary>
public interface IProcess
{
    /// <summary>Stable: it stands in the outbox and goes into the ids of the commands.</summary>
    string Name { get; }

    /// <summary>Whether the change concerns it. Pure and quick: asked in the turn.</summary>
    bool Hears(string kind, Change change);

    /// <summary>What must be done because of the change, in order. May read; must come to the same commands when asked again.</summary>
    Task<IReadOnlyList<Reaction>> React(Nudge heard, IRecords records, CancellationToken cancel);
}

/// <summary>A process that must look at each answer before its next command, since what follows a refusal is another command.</summary>
/// <remarks>
/// The ids of its commands follow from the change and the step (<see cref="CommandIds"/>): then two runs at once, or a run after a crash,
/// get the same answers and go the same way.
/// </remarks>
public interface ICourse : IProcess
{
    /// <summary>All steps, from the first. Throws only on faults: then it is run again.</summary>
    Task Run(Nudge heard, IRecords records, CancellationToken cancel);

    /// <inheritdoc />
    Task<IReadOnlyList<Reaction>> IProcess.React(Nudge heard, IRecords records, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<Reaction>>([]);
}

/// <summary>One command of a process. Its id follows from process, change and place, so a repetition is harmless.</summary>
/// <param name="Verb">A verb, or null for an edit.</param>
/// <param name="BaseVersion">Of an edit; 0 creates.</param>
public sealed record Reaction(Address At, string? Verb, JsonElement Body, long BaseVersion = 0);

/// <summary>Every process and every view there is: all that hears of changes after their commit.</summary>
public sealed class Processes(IEnumerable<IProcess> all, IEnumerable<IView>? views = null, IEnumerable<IListeners>? listeners = null)
{
    private readonly IProcess[] _all = [.. all];
    private readonly IView[] _views = [.. views ?? []];
    private readonly IListeners[] _listeners = [.. listeners ?? []];

    /// <summary>For hosts without processes.</summary>
    public static Processes None { get; } = new([]);

    /// <summary>The view of that name, or null.</summary>
    public IView? View(string name) => Array.Find(_views, view => view.Name == name);

    /// <summary>The listeners of a tenant, for <see cref="Hearing"/>.</summary>
    public async ValueTask<IReadOnlyList<Listener>> Listening(string tenant)
    {
        IReadOnlyList<Listener> found = [];
        foreach (var sort in _listeners)
        {
            var some = await sort.Of(tenant);
            found = found.Count == 0 ? some : some.Count == 0 ? found : [.. found, .. some];
        }

        return found;
    }

    /// <summary>The names of those that must hear of a change; usually none.</summary>
    /// <param name="listening">The tenant's listeners.</param>
    public IReadOnlyList<string> Hearing(string kind, string id, Change change, IReadOnlyList<Listener> listening)
    {
        List<string>? names = null;
        foreach (var process in _all)
        {
            if (process.Hears(kind, change))
            {
                (names ??= []).Add(process.Name);
            }
        }

        foreach (var view in _views)
        {
            if (view.Hears(kind, change))
            {
                (names ??= []).Add(view.Name);
            }
        }

        foreach (var listener in listening)
        {
            if (listener.Hears(kind, id))
            {
                (names ??= []).Add(listener.Name);
            }
        }

        return names ?? (IReadOnlyList<string>)[];
    }

    /// <summary>Runs one process on one change, from the first command to the last.</summary>
    /// <exception cref="InvalidOperationException">A command was refused: the text says which and why.</exception>
    public async Task Run(string name, Nudge heard, IRecords records, CancellationToken cancel)
    {
        if (Array.Find(_listeners, sort => sort.Has(name)) is { } listening)
        {
            await listening.Tell(name, heard, cancel);
            return;
        }

        var process = Array.Find(_all, process => process.Name == name)
            ?? throw new InvalidOperationException($"There is no process named {name} in this version.");
        if (process is ICourse course)
        {
            await course.Run(heard, records, cancel);
            return;
        }

        var caller = Caller.System(heard.At.Tenant);
        var place = 0;
        foreach (var reaction in await process.React(heard, records, cancel))
        {
            var id = CommandIds.Derive(name, heard.At.ToString(), heard.Change.Version.ToString(), (place++).ToString());
            var outcome = reaction.Verb is { } verb
                ? await records.Do(reaction.At, caller, id, verb, reaction.Body)
                : await records.Edit(reaction.At, caller, id, reaction.BaseVersion, reaction.Body);
            if (outcome.Status is Status.Rejected or Status.Conflict)
            {
                throw new InvalidOperationException(
                    $"{name}: {reaction.At.Ref} refused {reaction.Verb ?? "edit"}: {string.Join(", ", outcome.Errors.Select(error => error.Code))}{(outcome.Conflicts.Count > 0 ? "conflict" : "")}");
            }
        }
    }
}

/// <summary>Ids that follow from what they are for.</summary>
public static class CommandIds
{
    /// <summary>The same parts give the same id; a UUID of version 8 (RFC 9562) from SHA-256.</summary>
    public static Guid Derive(params ReadOnlySpan<string> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', parts)));
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
