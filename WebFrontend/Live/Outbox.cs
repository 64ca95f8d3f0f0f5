namespace Crm.Web.Live;

/// <summary>What waits to be sent to one connection: bounded in bytes, written by one pump, in order.</summary>
/// <remarks>Pushing never waits for the socket. When too much waits, changes are dropped and the client is told to resync.</remarks>
/// <param name="write">Hands bytes to the socket; completes when it can take more, and never throws.</param>
/// <param name="broken">Called when what waits cannot be written at all: a connection without its pump must not live on.</param>
internal sealed class Outbox(LiveOptions options, TimeProvider time, Func<ReadOnlyMemory<byte>, ValueTask> write, Action<Exception> broken)
{
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Queue<Item> _items = [];
    private readonly HashSet<string> _resync = [];
    private long _bytes;
    private bool _pumping;
    private bool _closed;
    private Action? _finish;
    private int _touched;
    private long _writingSince;

    /// <summary>Bytes that wait, without those that the socket has been given.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Whether this is the first touch since the last <see cref="Kick"/>.</summary>
    public bool Touch() => Interlocked.Exchange(ref _touched, 1) == 0;

    /// <summary>Queues a change for a live watch, or cuts the queue short when it is full.</summary>
    public void Push(Watch watch, byte[] changed, LiveSignals.Origin? origin = null)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            if (_bytes + changed.Length > options.QueueBytes)
            {
                CutShort();
                Resync(watch);
                return;
            }

            _bytes += changed.Length;
            _items.Enqueue(new(watch, null, changed, origin));
        }
    }

    /// <summary>Queues a whole message that must not be lost: one of the few that are not repeated for ever.</summary>
    public void Push(byte[] frame, LiveSignals.Origin? origin = null)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _bytes += frame.Length;
                _items.Enqueue(new(null, null, frame, origin));
            }
        }
    }

    /// <summary>Queues the mark that a list has news; what they are is decided when it is its turn.</summary>
    public void Push(ListSubscription list)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _items.Enqueue(new(null, list, []));
            }
        }
    }

    /// <summary>Queues the mark that a look at who is there has news. Under pressure it is shed: what it comes to is told later.</summary>
    public void Push(Glance glance)
    {
        lock (_gate)
        {
            glance.Shed = !_closed && _bytes > options.QueueBytes / 2;
            if (!_closed && !glance.Shed && glance.Enter())
            {
                _items.Enqueue(new(null, null, [], null, glance));
            }
        }
    }

    /// <summary>Drops what waits for a watch and tells the client to watch again.</summary>
    public void Cut(Watch watch)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                Resync(watch);
            }
        }
    }

    /// <summary>Tells the client to watch a record again, after all that waits.</summary>
    public void Resync(string reference)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _resync.Add(reference);
            }
        }
    }

    /// <summary>Starts the pump unless it runs. Returns once the socket is full or nothing waits.</summary>
    public void Kick()
    {
        Volatile.Write(ref _touched, 0);
        lock (_gate)
        {
            if (_pumping || (_items.Count == 0 && _resync.Count == 0))
            {
                return;
            }

            _pumping = true;
        }

        _ = Pump();
    }

    /// <summary>Whether the socket has taken nothing for too long; sooner when only a last message is left.</summary>
    public bool Stalled() =>
        Volatile.Read(ref _writingSince) is not 0 and var since && time.GetElapsedTime(since) > (_finish is null ? options.DrainWithin : FinishWithin);

    /// <summary>Drops changes, sends a last message, and calls back once the socket has it. Nothing can be pushed after it.</summary>
    public void Finish(byte[] last, Action finished)
    {
        lock (_gate)
        {
            if (!_closed)
            {
                CutShort();
                _resync.Clear();
                _items.Enqueue(new(null, null, last));
                _bytes += last.Length;
                (_closed, _finish) = (true, finished);
            }
        }
    }

    /// <summary>Lets go of everything.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _items.Clear();
            _resync.Clear();
            _bytes = 0;
        }
    }

    private async Task Pump()
    {
        try
        {
            while (Take() is { } chunk)
            {
                Volatile.Write(ref _writingSince, Math.Max(1, time.GetTimestamp()));
                await write(chunk);
                Volatile.Write(ref _writingSince, 0);
            }
        }
        catch (Exception fault)
        {
            broken(fault);
            return;
        }

        if (Volatile.Read(ref _closed))
        {
            Interlocked.Exchange(ref _finish, null)?.Invoke();
        }
    }

    // As much as fits a chunk, at least one message; null when nothing is left, and then the pump has stopped.
    private ReadOnlyMemory<byte>? Take()
    {
        lock (_gate)
        {
            var chunk = new Chunk(LiveSignals.Wanted ? time.GetUtcNow() : default);
            while (chunk.Length < options.ChunkBytes && _items.TryDequeue(out var item))
            {
                _bytes -= item.Frame.Length;
                chunk.Add(item);
            }

            if (_items.Count == 0 && _resync.Count > 0)
            {
                chunk.Add(new(null, null, Frames.Resync(_resync)));
                _resync.Clear();
            }

            var bytes = chunk.Close();
            _pumping = bytes is not null;
            return bytes;
        }
    }

    private void CutShort()
    {
        foreach (var item in _items)
        {
            if (item.Watch is { } watch)
            {
                Resync(watch);
            }
        }

        var kept = _items.Where(item => item.Watch is null).ToList();
        _items.Clear();
        kept.ForEach(_items.Enqueue);
        _bytes = kept.Sum(item => (long)item.Frame.Length);
    }

    private void Resync(Watch watch)
    {
        if (watch.End())
        {
            LiveSignals.Cut(watch.At.Kind);
            _resync.Add(watch.At.Ref);
        }
    }
}
