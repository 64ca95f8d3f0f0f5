using System.Collections.Concurrent;

namespace Crm.Web.Live;

/// <summary>Handles nudges one after the other in the pool, so that the record that sent one never waits.</summary>
/// <param name="capacity">Nudges beyond it are dropped; whoever needs them finds out by comparing with the journal.</param>
/// <param name="each">Must not throw.</param>
/// <param name="rested">Called after some, with how late the oldest of them began.</param>
internal sealed class Strand(int capacity, TimeProvider time, Pool pool, Action<Nudge> each, Action<TimeSpan> rested) : IThreadPoolWorkItem
{
    private const int MostAtOnce = 512;
    private readonly ConcurrentQueue<(Nudge Nudge, long At)> _waiting = new();
    private int _count;
    private int _scheduled;

    /// <summary>Takes a nudge and returns at once.</summary>
    public void Post(Nudge nudge)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            return;
        }

        _waiting.Enqueue((nudge, time.GetTimestamp()));
        Schedule();
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (_waiting.TryPeek(out var oldest))
        {
            var lag = time.GetElapsedTime(oldest.At);
            for (var done = 0; done < MostAtOnce && _waiting.TryDequeue(out var next); done++)
            {
                Interlocked.Decrement(ref _count);
                each(next.Nudge);
            }

            rested(lag);
        }

        Volatile.Write(ref _scheduled, 0);
        if (!_waiting.IsEmpty)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        {
            pool.Queue(this);
        }
    }
}
