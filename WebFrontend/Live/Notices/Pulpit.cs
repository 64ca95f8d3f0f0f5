using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Passes on what is said to many: broadcasts to their audience, announcements to everybody whom they are for.</summary>
/// <remarks>Who belongs to an audience is decided here, by who is connected, and never by what a client says.</remarks>
internal sealed class Pulpit
{
    private const string Broadcasts = "broadcasts";
    private const string Announcements = "announcements";
    private readonly OpenConnections _connections;
    private readonly ICatalog _catalog;
    private readonly Flusher _flusher;
    private readonly Pool _pool;
    private readonly ILogger<Pulpit> _log;

    /// <summary>Hears from now on what the relay hears.</summary>
    public Pulpit(OpenConnections connections, Relay relay, ICatalog catalog, Flusher flusher, Pool pool, ILogger<Pulpit> log)
    {
        (_connections, _catalog, _flusher, _pool, _log) = (connections, catalog, flusher, pool, log);
        relay.Overheard += Hear;
    }

    // Must not throw, and must not wait.
    private void Hear(Nudge nudge)
    {
        if (nudge.At.Kind == Broadcasts || (nudge.At.Kind == Announcements && nudge.Change.Version == 1))
        {
            _pool.Queue(static state => state.self.Say(state.nudge), (self: this, nudge));
        }
    }

    private void Say(Nudge nudge)
    {
        try
        {
            if (nudge.At.Kind == Broadcasts)
            {
                Publish(nudge);
            }
            else
            {
                Announce(nudge);
            }
        }
        catch (Exception fault)
        {
            _log.LogError(fault, "What {Ref} says could not be passed on.", nudge.At);
        }
    }

    private void Publish(Nudge nudge)
    {
        var fields = nudge.After.Fields;
        var audience = Admits(nudge.At.Tenant, fields["to"].GetString()!);
        Send(nudge.At.Tenant, audience, () => Frames.Call("Published", writer =>
        {
            writer.WriteString("type", fields["type"].GetString());
            writer.WritePropertyName("items");
            fields["items"].WriteTo(writer);
            if (fields["dropped"].GetInt64() is > 0 and var dropped)
            {
                writer.WriteNumber("dropped", dropped);
            }
        }));
    }

    private void Announce(Nudge nudge)
    {
        var kind = _catalog.Find(Announcements)!;
        var team = Text(nudge.After, "team");
        Send(nudge.At.Tenant, connection => (team is null || connection.Profile?.Team == team) && connection.RightsOrNull?.Of(kind).Sees(nudge.After) is true, () => Frames.Call("Announced", writer =>
        {
            writer.WriteString("id", nudge.At.Id);
            writer.WriteString("at", nudge.Change.At);
            writer.WriteString("by", nudge.Change.By);
            foreach (var (name, value) in nudge.After.Fields)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
        }));
    }

    // What an audience's name means for a connection of the tenant.
    private static Func<LiveConnection, bool> Admits(string tenant, string name) => name.Split('/', 3) switch
    {
        ["", "all"] => _ => true,
        [var of, "all"] when of == tenant => _ => true,
        [var of, "user", var user] when of == tenant => connection => connection.Session!.User == user,
        [var of, "team", var team] when of == tenant => connection => connection.Profile?.Team == team,
        [var of, "record", var reference] when of == tenant && Address.FromRef(tenant, reference) is { } at => connection => connection.Watches.TryGetValue(at, out var watch) && !watch.Ended,
        _ => _ => false,
    };

    private void Send(string tenant, Func<LiveConnection, bool> admits, Func<byte[]> write)
    {
        byte[]? frame = null;
        foreach (var connection in _connections.Known.Where(connection => connection.Session!.Tenant == tenant && connection.RightsOrNull is not null && admits(connection)))
        {
            connection.Outbox.Push(frame ??= write());
            connection.Touch();
        }

        if (frame is not null)
        {
            _flusher.FlushLater();
        }
    }

    private static string? Text(RecordView record, string field) =>
        record.Fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
