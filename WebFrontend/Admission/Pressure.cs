namespace Crm.Web.Admission;

/// <summary>How far this process is behind: how long the oldest write waits for its commit, and how late the thread pool is.</summary>
internal sealed class Pressure : IDisposable
{
    // What one pause does (a collection, a busy neighbour on the machine) is over when it is noticed; what stands is a queue.
    private const int Standing = 4;
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(25);
    private readonly long[] _late = new long[Standing];
    private readonly IBacklog[] _backlogs;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _beaten;
    private int _beats;

    /// <summary>Begins to measure. Beats are the pool's own work: they come late when it is.</summary>
    public Pressure(IEnumerable<IBacklog> backlogs, TimeProvider time)
    {
        (_backlogs, _time, _beaten) = ([.. backlogs], time, time.GetTimestamp());
        _timer = time.CreateTimer(static self => ((Pressure)self!).Take(), this, Beat, Beat);
    }

    /// <summary>Behind by so much now: each of the last beats came later than this, or an entry has waited for so long.</summary>
    public TimeSpan Behind
    {
        get
        {
            var behind = long.MaxValue;
            for (var i = 0; i < Standing; i++)
            {
                behind = Math.Min(behind, Volatile.Read(ref _late[i]));
            }

            foreach (var backlog in _backlogs)
            {
                behind = Math.Max(behind, backlog.Oldest.Ticks);
            }

            return TimeSpan.FromTicks(Math.Max(behind, 0));
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Take()
    {
        var now = _time.GetTimestamp();
        var late = (_time.GetElapsedTime(Interlocked.Exchange(ref _beaten, now), now) - Beat).Ticks;
        Volatile.Write(ref _late[(uint)Interlocked.Increment(ref _beats) % Standing], late);
    }
}
