using System.Collections.Concurrent;

namespace Crm.Web.Live;

/// <summary>Starts the pumps of connections that have news: at once at low load, together after a short window under pressure.</summary>
/// <remarks>Pressure is how late fan-out is: a busy machine runs it late, and then waiting a little longer saves most of the sends (docs/decisions/relay-window.md).</remarks>
internal sealed class Flusher : IThreadPoolWorkItem, IDisposable
{
    private const double Weight = 0.1;
    private const int WindowPerLag = 12;
    private const int ManyAtOnce = 128;
    private readonly LiveOptions _options;
    private readonly Pool _pool;
    private readonly ConcurrentQueue<Outbox> _touched = new();
    private readonly ITimer _timer;
    private double _lagMs;
    private int _armed;

    public Flusher(LiveOptions options, TimeProvider time, Pool pool)
    {
        (_options, _pool) = (options, pool);
        _timer = time.CreateTimer(static self => ((Flusher)self!).Execute(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long news wait for each other now; zero at low load.</summary>
    public TimeSpan Window
    {
        get
        {
            var lag = TimeSpan.FromMilliseconds(Volatile.Read(ref _lagMs));
            return lag < _options.PressureAt ? TimeSpan.Zero : TimeSpan.FromTicks(Math.Min(_options.LongestWindow.Ticks, lag.Ticks * WindowPerLag));
        }
    }

    /// <summary>Notes that a connection has news; <see cref="Flush"/> follows.</summary>
    public void Touch(Outbox outbox)
    {
        if (outbox.Touch())
        {
            _touched.Enqueue(outbox);
        }
    }

    /// <summary>Says how late a fan-out ran.</summary>
    public void Late(TimeSpan lag)
    {
        // Torn or lost updates by two fan-outs at once are of no consequence: it is an average.
        var before = Volatile.Read(ref _lagMs);
        Volatile.Write(ref _lagMs, before + (Weight * (lag.TotalMilliseconds - before)));
    }

    /// <summary>Sends what connections were touched for, now or within the window.</summary>
    public void Flush()
    {
        if (_touched.IsEmpty)
        {
            return;
        }

        if (Window is { Ticks: > 0 } window)
        {
            if (Interlocked.Exchange(ref _armed, 1) == 0)
            {
                _timer.Change(window, Timeout.InfiniteTimeSpan);
            }

            return;
        }

        if (_touched.Count > ManyAtOnce)
        {
            _pool.Queue(this); // A second thread helps.
        }

        Drain();
    }

    /// <summary>The same from another thread, for callers that hold a lock or a connection's turn to write.</summary>
    public void FlushLater()
    {
        if (!_touched.IsEmpty)
        {
            _pool.Queue(static self => self.Flush(), this);
        }
    }

    /// <inheritdoc />
    public void Execute()
    {
        Volatile.Write(ref _armed, 0);
        if (_touched.Count > ManyAtOnce)
        {
            _pool.Queue(this);
        }

        Drain();
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Drain()
    {
        while (_touched.TryDequeue(out var outbox))
        {
            outbox.Kick();
        }
    }
}
