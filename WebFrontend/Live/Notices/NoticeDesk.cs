using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Web.Admission;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Brings each user his notices: at once on every connection that asked for them, and what waited when he comes back, the most urgent first.</summary>
/// <remarks>A notice may come twice, and it is in the list whether it came or not: a client knows it by its id.</remarks>
internal sealed class NoticeDesk
{
    private const string Kind = "notices";
    private const int MostWaiting = 50;
    private const double PerSecond = 1;
    private const int Burst = 20;
    private static readonly JsonElement Waiting = JsonElement.Parse("""{"muted":false,"heldUntil":{"empty":true},"read":{"empty":true},"delivered":{"empty":true}}""");
    private const int Sweeping = 256;
    private readonly ConcurrentDictionary<(string Tenant, string User), Reader> _readers = new();
    private readonly INotices _notices;
    private readonly ILists _lists;
    private readonly ICatalog _catalog;
    private readonly Flusher _flusher;
    private readonly TimeProvider _time;
    private readonly Pool _pool;
    private readonly ILogger<NoticeDesk> _log;
    private int _joined;

    /// <summary>Hears from now on what the relay hears.</summary>
    public NoticeDesk(INotices notices, ILists lists, ICatalog catalog, Relay relay, Flusher flusher, TimeProvider time, Pool pool, ILogger<NoticeDesk> log)
    {
        (_notices, _lists, _catalog, _flusher, _time, _pool, _log) = (notices, lists, catalog, flusher, time, pool, log);
        relay.Overheard += Hear;
    }

    /// <summary>This connection is told of its user's notices from now on, and of those that wait.</summary>
    public async Task Follow(LiveConnection connection, CancellationToken cancel)
    {
        var caller = connection.Rights.Caller;
        while (!_readers.GetOrAdd((caller.Tenant, caller.User), _ => new(new(PerSecond, Burst, _time))).Join(connection))
        {
        }

        Sweep();
        var answer = await _lists.Find(caller, Kind, new(null, Waiting, "priority", MostWaiting), cancel);
        await Tell([connection], caller, answer.Page?.Items ?? [], cancel);
    }

    /// <summary>An edit of this connection was refused as a conflict. Its answer does not wait for what follows.</summary>
    public void Conflicted(LiveConnection connection, Address at, Outcome refused) =>
        _pool.Queue(static state => _ = state.self.Note(state.Caller, state.at, state.refused), (self: this, connection.Rights.Caller, at, refused));

    private async Task Note(Caller caller, Address at, Outcome refused)
    {
        try
        {
            await _notices.Conflicted(caller, at, refused);
        }
        catch (Exception fault)
        {
            _log.LogWarning(fault, "A conflict at {Record} could not be noted; its client was told of it.", at);
        }
    }

    // Whoever has nothing open here any more is forgotten now and then.
    private void Sweep()
    {
        if (Interlocked.Increment(ref _joined) % Sweeping == 0)
        {
            foreach (var reader in _readers.Where(reader => reader.Value.Retire()))
            {
                _readers.TryRemove(reader);
            }
        }
    }

    // Must not throw, and must not wait.
    private void Hear(Nudge nudge)
    {
        if (nudge.At.Kind == Kind && Tells(nudge) && nudge.After.Fields.TryGetValue("user", out var user)
            && _readers.TryGetValue((nudge.At.Tenant, user.GetString()!), out var reader) && (IsUrgent(nudge.After) || reader.Throttle.Take() is null))
        {
            _pool.Queue(static state => _ = state.self.Tell(state.reader, state.nudge.After), (self: this, reader, nudge));
        }
    }

    // When it is made and not held, or when it is held no more.
    private static bool Tells(Nudge nudge) => nudge.Change.Type is "notices.make" or "notices.release"
        && !nudge.After.Fields.ContainsKey("heldUntil") && !nudge.After.Fields.ContainsKey("read")
        && nudge.After.Fields.TryGetValue("muted", out var muted) && muted.ValueKind == JsonValueKind.False;

    // A flood of what is only good to know is for the list: nobody reads twenty pop-ups.
    private static bool IsUrgent(RecordView notice) => !notice.Fields["priority"].ValueEquals("information");

    private async Task Tell(Reader reader, RecordView notice)
    {
        try
        {
            var connections = reader.Connections;
            if (connections.Select(connection => connection.RightsOrNull).OfType<Rights>().FirstOrDefault() is { } rights)
            {
                await Tell(connections, rights.Caller, [notice], CancellationToken.None);
            }
        }
        catch (Exception fault)
        {
            _log.LogWarning(fault, "A notice could not be told; it is in the list, and comes again with the next connection.");
        }
    }

    private async Task Tell(IReadOnlyList<LiveConnection> connections, Caller caller, IReadOnlyList<RecordView> found, CancellationToken cancel)
    {
        if (found.Count == 0 || _catalog.Find(Kind) is not { } kind)
        {
            return;
        }

        var texts = (await _notices.Texts(caller, [.. found.Select(notice => notice.Id)], null, cancel)).ToDictionary(text => text.Id);
        foreach (var notice in found.Where(notice => texts.ContainsKey(notice.Id) && new Redaction(caller, kind).Sees(notice)))
        {
            var frame = Notified(notice, texts[notice.Id]);
            foreach (var connection in connections.Where(connection => connection.RightsOrNull is not null))
            {
                connection.Outbox.Push(frame);
                connection.Touch();
            }
        }

        _flusher.FlushLater();
        await _notices.Delivered(caller.Tenant, [.. texts.Keys]);
    }

    private static byte[] Notified(RecordView notice, NoticeText text) => Frames.Call("Notified", writer =>
    {
        writer.WriteString("id", notice.Id);
        writer.WriteNumber("version", notice.Version);
        writer.WriteString("at", notice.CreatedAt);
        writer.WriteString("key", text.Key);
        writer.WritePropertyName("args");
        JsonSerializer.Serialize(writer, text.Args);
        writer.WriteString("text", text.Text);
        writer.WriteBoolean("open", text.Open);
        writer.WritePropertyName("fields");
        writer.WriteStartObject();
        foreach (var (name, value) in notice.Fields)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
    });

    /// <summary>One user's connections that asked.</summary>
    private sealed class Reader(Throttle throttle)
    {
        private readonly Lock _gate = new();
        private readonly HashSet<LiveConnection> _connections = [];
        private bool _gone;

        public Throttle Throttle => throttle;

        public IReadOnlyList<LiveConnection> Connections
        {
            get
            {
                lock (_gate)
                {
                    _connections.RemoveWhere(static connection => connection.Closed);
                    return [.. _connections];
                }
            }
        }

        public bool Join(LiveConnection connection)
        {
            lock (_gate)
            {
                if (_gone)
                {
                    return false;
                }

                _connections.Add(connection);
                return true;
            }
        }

        /// <summary>Whether nobody is left: then nobody joins any more.</summary>
        public bool Retire()
        {
            lock (_gate)
            {
                _connections.RemoveWhere(static connection => connection.Closed);
                return _gone = _connections.Count == 0;
            }
        }
    }
}
