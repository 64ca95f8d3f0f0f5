using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Crm.Web.Operators;

/// <summary>Adds up what this process measures, from the moment it is made, and tells it as Prometheus' text.</summary>
internal sealed class MetricsBook : IDisposable
{
    private const string DroppedName = "crm_metrics_dropped_total";
    private static readonly string[] Meters =
    [
        "Crm.", "System.Runtime", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Http.Connections",
        "Microsoft.AspNetCore.RateLimiting", "Npgsql", "Microsoft.Orleans",
    ];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new();
    private readonly Lock _asking = new();
    private int _round;

    public MetricsBook()
    {
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Take((double)value, tags, family));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Take(value, tags, family));
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Take(value, tags, family));
        _listener.Start();
    }

    /// <summary>Everything as it stands now.</summary>
    public string Text()
    {
        lock (_asking)
        {
            _round++;
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // Some instrument of somebody's failed to say how it stands: its series are missing, the others are told.
            }

            var text = new StringBuilder(16 * 1024);
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                PrometheusText.Write(text, family, family.Now(_round));
            }

            text.Append("# TYPE ").Append(DroppedName).Append(" counter\n");
            PrometheusText.Sample(text, DroppedName, "", _families.Values.Sum(family => family.Dropped));
            return text.ToString();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (!Array.Exists(Meters, name => instrument.Meter.Name.StartsWith(name, StringComparison.Ordinal)) || TypeOf(instrument) is not { } type)
        {
            return;
        }

        // Meters come and go with what they measure, a pool or a host; their figures go on under the same name.
        var fresh = new MetricFamily(instrument, type);
        var family = _families.GetOrAdd(fresh.Name, fresh);
        if (family.Type == type)
        {
            listener.EnableMeasurementEvents(instrument, family);
        }
    }

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family) => ((MetricFamily)family!).Take(value, tags, _round);

    private static FamilyType? TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Counter" => FamilyType.Counter,
        "UpDownCounter" => FamilyType.UpDown,
        "Gauge" => FamilyType.Last,
        "ObservableGauge" or "ObservableUpDownCounter" => FamilyType.Gauge,
        "ObservableCounter" => FamilyType.ObservedCounter,
        "Histogram" => FamilyType.Histogram,
        _ => null,
    };
}
