using System.Collections.Concurrent;

namespace Crm.Web.Admission;

/// <summary>A bucket for each of those who are counted apart. Who rests is forgotten.</summary>
internal sealed class Buckets(RequestRate rate, TimeProvider time)
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Throttle> _buckets = new(StringComparer.Ordinal);
    private long _swept = time.GetTimestamp();

    /// <summary>Those who are remembered.</summary>
    public int Count => _buckets.Count;

    /// <summary>Takes one from somebody's bucket; null when it was there, else how long until the next one is.</summary>
    public TimeSpan? Take(string whose)
    {
        Sweep();
        return _buckets.GetOrAdd(whose, static (_, self) => self.Fill(), this).Take();
    }

    private Throttle Fill() => new(rate.PerSecond, rate.Burst, time);

    private void Sweep()
    {
        var (before, now) = (Volatile.Read(ref _swept), time.GetTimestamp());
        if (time.GetElapsedTime(before, now) < SweepEvery || Interlocked.CompareExchange(ref _swept, now, before) != before)
        {
            return;
        }

        foreach (var bucket in _buckets.Where(static bucket => bucket.Value.IsFull))
        {
            _buckets.TryRemove(bucket);
        }
    }
}
