namespace Crm.Web.Operators;

/// <summary>The labels of one series: up to two are compared as they come, more are joined to a text first.</summary>
internal readonly record struct Labels(string? Name1, object? Value1, string? Name2, object? Value2)
{
    private const string Joined = "";

    /// <summary>Makes them from an instrument's tags. Allocates nothing for up to two.</summary>
    public static Labels Of(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.Length switch
    {
        0 => default,
        1 => new(tags[0].Key, tags[0].Value, null, null),
        2 when string.CompareOrdinal(tags[0].Key, tags[1].Key) <= 0 => new(tags[0].Key, tags[0].Value, tags[1].Key, tags[1].Value),
        2 => new(tags[1].Key, tags[1].Value, tags[0].Key, tags[0].Value),
        _ => new(Joined, PrometheusText.Labels(tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal)), null, null),
    };

    /// <summary>As they stand between the braces; empty when there are none.</summary>
    public string Text => Name1 switch
    {
        null => "",
        Joined => (string)Value1!,
        _ => PrometheusText.Labels(Name2 is null ? [new(Name1, Value1)] : [new(Name1, Value1), new(Name2, Value2)]),
    };
}

/// <summary>One number, or one histogram, that grows from many threads at once.</summary>
/// <param name="bounds">Upper bounds of a histogram's buckets, in order; null for a number.</param>
internal sealed class MetricSeries(IReadOnlyList<double>? bounds)
{
    private readonly long[] _buckets = new long[bounds is null ? 0 : bounds.Count + 1];
    private double _value;
    private int _round;

    /// <summary>A number, or the sum of a histogram.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>The last round of observation that this was seen in.</summary>
    public int Round => Volatile.Read(ref _round);

    /// <summary>Adds to a number.</summary>
    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        for (double before; (before = Interlocked.CompareExchange(ref _value, seen + value, seen)) != seen; seen = before)
        {
        }
    }

    /// <summary>Replaces a number.</summary>
    public void Set(double value) => Volatile.Write(ref _value, value);

    /// <summary>Takes what was observed. Several instruments of one name and the same labels add up.</summary>
    public void Observe(double value, int round)
    {
        if (Interlocked.Exchange(ref _round, round) == round)
        {
            Add(value);
        }
        else
        {
            Volatile.Write(ref _value, value);
        }
    }

    /// <summary>Adds to a histogram.</summary>
    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds!.Count && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    /// <summary>How many fell into each bucket, the last one without an upper bound.</summary>
    public long[] Buckets()
    {
        var copy = new long[_buckets.Length];
        for (var bucket = 0; bucket < copy.Length; bucket++)
        {
            copy[bucket] = Volatile.Read(ref _buckets[bucket]);
        }

        return copy;
    }
}
