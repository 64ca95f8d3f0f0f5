using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Crm.Web.Operators;

/// <summary>What a family is, as Prometheus calls it.</summary>
internal enum FamilyType
{
    /// <summary>Only grows; its measurements are differences.</summary>
    Counter,

    /// <summary>Goes up and down; its measurements are differences.</summary>
    UpDown,

    /// <summary>A value of now, observed when somebody asks.</summary>
    Gauge,

    /// <summary>The last value that somebody set.</summary>
    Last,

    /// <summary>Only grows; each measurement is the whole.</summary>
    ObservedCounter,

    /// <summary>How often which values came.</summary>
    Histogram,
}

/// <summary>All series of one name.</summary>
internal sealed class MetricFamily(Instrument instrument, FamilyType type)
{
    /// <summary>Label sets beyond it are counted and dropped: a label that takes any value must not fill the memory.</summary>
    public const int MostSeries = 2_000;

    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Anything = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1_000, 2_500, 5_000, 7_500, 10_000];
    private readonly ConcurrentDictionary<Labels, MetricSeries> _series = new();
    private long _dropped;

    /// <summary>Its name in the exposition.</summary>
    public string Name { get; } = PrometheusText.Name(instrument.Name, instrument.Unit, type);

    public string Help { get; } = instrument.Description ?? instrument.Name;

    public FamilyType Type => type;

    /// <summary>Upper bounds of the buckets; null for anything but a histogram.</summary>
    public IReadOnlyList<double>? Bounds { get; } = type is not FamilyType.Histogram ? null : instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } => advised,
        Histogram<long> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } advised } => [.. advised.Select(bound => (double)bound)],
        _ => instrument.Unit == "s" ? Seconds : Anything,
    };

    /// <summary>Measurements that had one label set too many.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Takes a measurement.</summary>
    /// <param name="round">Of observation; a series that was not seen in the last one is not there any more.</param>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, int round)
    {
        var labels = Labels.Of(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= MostSeries)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            series = _series.GetOrAdd(labels, static (_, bounds) => new(bounds), Bounds);
        }

        switch (type)
        {
            case FamilyType.Histogram:
                series.Record(value);
                break;
            case FamilyType.Counter or FamilyType.UpDown:
                series.Add(value);
                break;
            case FamilyType.Last:
                series.Set(value);
                break;
            default:
                series.Observe(value, round);
                break;
        }
    }

    /// <summary>The series that are there now, in the order of their labels; lets those go that were not seen in this round.</summary>
    public IEnumerable<(string Labels, MetricSeries Series)> Now(int round)
    {
        if (type is FamilyType.Gauge or FamilyType.ObservedCounter)
        {
            foreach (var (labels, series) in _series)
            {
                if (series.Round != round)
                {
                    _series.TryRemove(new(labels, series));
                }
            }
        }

        return _series.Select(entry => (entry.Key.Text, entry.Value)).OrderBy(entry => entry.Text, StringComparer.Ordinal);
    }
}
