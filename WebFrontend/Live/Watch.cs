namespace Crm.Web.Live;

/// <summary>What one connection's interest in one record goes through.</summary>
internal enum WatchState
{
    /// <summary>The record is being read; changes are buffered.</summary>
    Reading,

    /// <summary>The answer is on its way to the socket; changes are still buffered.</summary>
    Answering,

    /// <summary>Changes are pushed.</summary>
    Live,

    /// <summary>Nothing is pushed any more.</summary>
    Ended,
}

/// <summary>One connection's interest in one record.</summary>
/// <remarks>All but <see cref="Ended"/> and <see cref="End"/> is guarded by the topic's lock.</remarks>
internal sealed class Watch(LiveConnection connection, Address at, Redaction redaction)
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(long Version, byte[] Frame, bool Last, LiveSignals.Origin? Origin)> _buffer = [];
    private WatchState _state = WatchState.Reading;
    private long _sent;
    private bool _overflown;
    private RoomGlance? _glance;
    private volatile bool _ended;

    public LiveConnection Connection => connection;

    public Address At => at;

    /// <summary>Counts the watches of a connection.</summary>
    public long Number { get; set; }

    /// <summary>What this watcher may see; kept with the watch because rights may change while it lives.</summary>
    public Redaction Redaction => redaction;

    /// <summary>Equal for watchers who get the same bytes.</summary>
    public string Class { get; } = redaction.Class;

    /// <summary>Where it has joined; null before.</summary>
    public Topic? Topic { get; set; }

    /// <summary>The topic's version when this watch joined it; 0 when it knew none. All that is later comes here.</summary>
    public long JoinedAt { get; set; }

    /// <summary>When its answer was given to SignalR to be written.</summary>
    public long AnsweredAt { get; private set; }

    public bool Ended => _ended;

    /// <summary>The last version that it was sent, by the answer or after it.</summary>
    public long Sent => _sent;

    /// <summary>The record was read for it: its watcher may see it.</summary>
    public bool IsOpen => !_ended && _state is WatchState.Answering or WatchState.Live;

    public bool Answering => _state is WatchState.Answering && !_ended;

    /// <summary>Completes when its answer is written or it has ended: then the same connection may watch the same record anew.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Whoever waits for it waits no longer.</summary>
    public void Settle() => _settled.TrySetResult();

    /// <summary>Ends it; whether it had not ended before.</summary>
    public bool End()
    {
        if (_ended)
        {
            return false;
        }

        _ended = true;
        connection.Forget(this);
        _settled.TrySetResult();
        return true;
    }

    /// <summary>Pushes or buffers a change.</summary>
    /// <param name="last">The record goes from the watcher's sight with it.</param>
    /// <param name="origin">For measurements; null when there are none.</param>
    public void Deliver(long version, byte[] frame, bool last, LiveOptions options, LiveSignals.Origin? origin = null)
    {
        if (_ended || (_state is not WatchState.Reading && version <= _sent))
        {
            return;
        }

        if (_state is WatchState.Live)
        {
            Send(version, frame, last, origin);
        }
        else if (_buffer.Count >= options.ResumeChanges)
        {
            _overflown = true;
            _buffer.Clear();
        }
        else
        {
            _buffer.Add((version, frame, last, origin));
        }
    }

    /// <summary>Has its watcher told who is at the record, once the record itself has been told.</summary>
    public void Look(Seat seat)
    {
        if (_ended || _state is not WatchState.Live)
        {
            return;
        }

        if (_glance?.Seat != seat)
        {
            _glance = new(this, seat, _glance);
        }

        connection.Outbox.Push(_glance);
        connection.Touch();
    }

    /// <summary>Offers again what there was no room for.</summary>
    public void OfferShed()
    {
        if (_glance is { Shed: true } glance)
        {
            Look(glance.Seat);
        }
    }

    /// <summary>The record was read at this version: changes up to it are in the answer.</summary>
    public void Answer(long version, long now)
    {
        (_sent, AnsweredAt, _state) = (version, now, WatchState.Answering);
        _buffer.RemoveAll(change => change.Version <= version);
    }

    /// <summary>The answer is being written: what is newer goes after it.</summary>
    public void Written()
    {
        if (!Answering)
        {
            return;
        }

        _state = WatchState.Live;
        if (_overflown)
        {
            connection.Outbox.Cut(this);
            connection.Touch();
        }

        foreach (var (version, frame, last, origin) in _buffer)
        {
            Send(version, frame, last, origin);
        }

        _buffer.Clear();
        _settled.TrySetResult();
    }

    /// <summary>This watcher's rights have changed: nothing more is pushed under the old ones.</summary>
    /// <returns>Whether it was live. Otherwise its answer is followed by a resync.</returns>
    public bool Suspend()
    {
        if (_state is WatchState.Live)
        {
            return End();
        }

        _overflown = true;
        _buffer.Clear();
        return false;
    }

    private void Send(long version, byte[] frame, bool last, LiveSignals.Origin? origin)
    {
        _sent = version;
        if (last)
        {
            End();
            connection.Outbox.Push(frame, origin);
        }
        else
        {
            connection.Outbox.Push(this, frame, origin);
        }

        connection.Touch();
    }
}
