using System.Collections.Concurrent;
using Crm.Web.Admission;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Live;

/// <summary>One open connection: who is behind it, what it watches, what waits for it.</summary>
/// <param name="id">SignalR's connection id.</param>
/// <param name="write">Hands bytes to the socket; completes when it can take more, and never throws.</param>
/// <param name="abort">Ends the connection. True: at once, for a socket that takes nothing; false: once it has what it was given.</param>
/// <param name="broken">Called when what waits for it cannot be written.</param>
internal sealed class LiveConnection(
    string id, LiveOptions options, TimeProvider time, Flusher flusher, Func<ReadOnlyMemory<byte>, ValueTask> write, Action<bool> abort,
    Action<Exception> broken)
{
    /// <summary>Where SignalR's context of a connection keeps this.</summary>
    public static readonly object Key = typeof(LiveConnection);

    private Rights? _rights;
    private long _confirmedAt;
    private int _lists;
    private long _watches;
    private volatile bool _closed;
    private volatile bool _finished;

    public string Id => id;

    /// <summary>What waits to be sent.</summary>
    public Outbox Outbox { get; } = new(options, time, write, broken);

    /// <summary>How many calls it may make now.</summary>
    public Throttle Throttle { get; } = new(options.CallsPerSecond, options.CallBurst, time);

    /// <summary>The same for what it says of its presence, so that a flood of typing never holds up an edit.</summary>
    public Throttle Murmur { get; } = new(options.PresencePerSecond, options.PresenceBurst, time);

    /// <summary>How its user is shown to others; null until it is known.</summary>
    public Profile? Profile { get; set; }

    /// <summary>When that was asked last.</summary>
    public long ProfileAt { get; set; }

    /// <summary>When its user did something last.</summary>
    public long ActiveAt { get; set; }

    /// <summary>Records where it has said that its user is, and when it said so last.</summary>
    public ConcurrentDictionary<Address, long> Places { get; } = [];

    /// <summary>The session that it was opened with; null until it is open.</summary>
    public SessionKey? Session { get; private set; }

    /// <summary>When its token ends; null for never.</summary>
    public DateTimeOffset? Expires { get; private set; }

    public ConcurrentDictionary<Address, Watch> Watches { get; } = [];

    public ConcurrentDictionary<string, ListSubscription> Lists { get; } = [];

    public ConcurrentDictionary<string, FeedSubscription> Feeds { get; } = [];

    /// <summary>Records of which the client holds a view under other rights: the next answer about them is the whole record.</summary>
    public ConcurrentDictionary<string, bool> Outdated { get; } = [];

    public bool Closed => _closed;

    /// <summary>Held while its rights are looked up and applied, so that an older answer never comes after a newer one.</summary>
    public SemaphoreSlim Checking { get; } = new(1);

    /// <summary>What it may do now.</summary>
    /// <exception cref="HubException"><c>session.ended</c>, or <c>unavailable</c> when that could not be confirmed for too long.</exception>
    public Rights Rights => RightsOrNull
        ?? throw (_closed || _finished || Volatile.Read(ref _rights) is null ? Fault.SessionEnded : Fault.Unavailable(TimeSpan.FromSeconds(1)));

    /// <summary>The same without a fault: null when it may do nothing now.</summary>
    public Rights? RightsOrNull => _closed || _finished || time.GetElapsedTime(Volatile.Read(ref _confirmedAt)) > options.TrustFor ? null : Volatile.Read(ref _rights);

    /// <summary>Becomes a session's connection.</summary>
    public void Open(SessionKey session, Caller caller, DateTimeOffset? expires)
    {
        (Session, Expires) = (session, expires);
        Confirm(caller);
    }

    /// <summary>The session may do this now.</summary>
    /// <returns>What it might do before, when that is something else.</returns>
    public Rights? Confirm(Caller caller)
    {
        Volatile.Write(ref _confirmedAt, time.GetTimestamp());
        var before = _rights;
        if (before is not null && before.Same(caller))
        {
            return null;
        }

        Volatile.Write(ref _rights, new(caller));
        return before;
    }

    /// <summary>A name for the next list, unique on this connection.</summary>
    public string NextList() => $"list-{Interlocked.Increment(ref _lists)}";

    /// <summary>Has news: they go out with the next flush.</summary>
    public void Touch() => flusher.Touch(Outbox);

    /// <summary>Puts a watch in the place of the one of the same record that came before it, and gives that one.</summary>
    public Watch? Replace(Watch watch)
    {
        Watch? before = null;
        watch.Number = Interlocked.Increment(ref _watches);
        Watches.AddOrUpdate(watch.At, watch, (_, there) =>
        {
            before = there;
            return watch;
        });
        if (Closed)
        {
            watch.End();
        }

        return before;
    }

    /// <summary>Lets go of a watch that has ended, unless a newer one of the same record took its place.</summary>
    public void Forget(Watch watch) => Watches.TryRemove(new(watch.At, watch));

    /// <summary>Sends a last message, then ends. No call is answered from now on.</summary>
    public void Finish(byte[] last)
    {
        _finished = true;
        EndAll();
        Outbox.Finish(last, () => abort(false));
        Touch();
        flusher.FlushLater();
    }

    /// <summary>Ends at once.</summary>
    public void Abort() => abort(true);

    /// <summary>The socket has gone.</summary>
    public void Close()
    {
        _closed = true;
        EndAll();
        Outbox.Close();
    }

    private void EndAll()
    {
        foreach (var watch in Watches.Values.OrderBy(watch => watch.Number))
        {
            watch.End();
        }

        foreach (var list in Lists.Values)
        {
            list.End();
        }

        foreach (var feed in Feeds.Values)
        {
            feed.End();
        }
    }
}

/// <summary>What a caller may see, kept while his rights stay the same.</summary>
internal sealed class Rights(Caller caller)
{
    private readonly ConcurrentDictionary<string, Redaction> _redactions = [];

    public Caller Caller => caller;

    /// <summary>What this caller may see of a kind.</summary>
    public Redaction Of(KindInfo kind) => _redactions.GetOrAdd(kind.Name, static (_, arg) => new(arg.caller, arg.kind), (caller, kind));

    /// <summary>Whether a caller may do and see exactly the same.</summary>
    public bool Same(Caller other) => ReferenceEquals(caller, other) || (caller.Tenant == other.Tenant && caller.User == other.User
        && caller.Permissions.SetEquals(other.Permissions) && caller.Hidden.SetEquals(other.Hidden) && caller.ReadOnly.SetEquals(other.ReadOnly));
}
