namespace Crm.Load;

/// <summary>Times in steps of ten microseconds, up to twenty seconds; what is longer counts as that. Any thread may add.</summary>
public sealed class Histogram
{
    private const double StepsPerMillisecond = 100;
    private readonly int[] _counts = new int[(int)(20_000 * StepsPerMillisecond)];

    /// <summary>Counts one.</summary>
    public void Add(double milliseconds) => Interlocked.Increment(ref _counts[Math.Clamp((int)(milliseconds * StepsPerMillisecond), 0, _counts.Length - 1)]);

    /// <summary>Forgets all.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>p50, p95, p99 and max in milliseconds; NaN for none.</summary>
    public Dictionary<string, double> Percentiles()
    {
        var total = _counts.Sum(static count => (long)count);
        return new() { ["p50"] = At(0.50, total), ["p95"] = At(0.95, total), ["p99"] = At(0.99, total), ["max"] = At(1, total) };
    }

    private double At(double share, long total)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * total));
        for (var (step, seen) = (0, 0L); step < _counts.Length; step++)
        {
            if ((seen += _counts[step]) >= rank)
            {
                return (step + 0.5) / StepsPerMillisecond;
            }
        }

        return double.NaN;
    }
}
