using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.Web.Live;

/// <summary>What the live part tells operators about each nudge and each delivery. Nothing is allocated for a delivery, and nothing at all while nobody listens.</summary>
internal static class LiveSignals
{
    /// <summary>The name of the meter and of the traces.</summary>
    public const string Name = "Crm.Live";

    private const string KindTag = "kind";
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly KeyValuePair<string, object?> OfRecord = new("of", "record");
    private static readonly KeyValuePair<string, object?> OfList = new("of", "list");

    private static readonly Counter<long> Nudges =
        Meter.CreateCounter<long>("crm.live.nudges", "{nudge}", "Nudges heard from the feed, of tenants with connections here.");

    private static readonly Counter<long> Deliveries =
        Meter.CreateCounter<long>("crm.live.deliveries", "{delivery}", "Changes of records and of lists that were handed to a socket, one for each connection.");

    private static readonly Histogram<double> Lag = Meter.CreateHistogram(
        "crm.live.lag", "s", "From the commit of a change to its hand-over to a socket, one for each connection.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });

    private static readonly Counter<long> Mends =
        Meter.CreateCounter<long>("crm.live.mends", "{read}", "Times that a watched record was read from the journal because nudges were missing.");

    private static readonly Counter<long> Resyncs =
        Meter.CreateCounter<long>("crm.live.resyncs", "{watch}", "Watches cut short because their connection took too little: the client watches again.");

    /// <summary>Whether anybody wants to know of deliveries.</summary>
    public static bool Wanted => Deliveries.Enabled || Lag.Enabled || Source.HasListeners();

    /// <summary>A nudge has arrived.</summary>
    public static void Heard(string kind) => Nudges.Add(1, new KeyValuePair<string, object?>(KindTag, kind));

    /// <summary>A gap is being read from the journal.</summary>
    public static void Mending(string kind) => Mends.Add(1, new KeyValuePair<string, object?>(KindTag, kind));

    /// <summary>A watch was cut short.</summary>
    public static void Cut(string kind) => Resyncs.Add(1, new KeyValuePair<string, object?>(KindTag, kind));

    /// <summary>The news of a list were handed to a socket.</summary>
    public static void ListSent(string kind) => Deliveries.Add(1, new(KindTag, kind), OfList);

    /// <summary>What all deliveries of one change share; null while nobody listens.</summary>
    /// <param name="trace">The trace that the change was made in, as a W3C traceparent, if it is known.</param>
    public static Origin? Begin(string kind, DateTimeOffset committed, string? trace)
    {
        if (!Wanted)
        {
            return null;
        }

        Activity? push = null;
        if (trace is not null && Source.HasListeners() && ActivityContext.TryParse(trace, null, isRemote: true, out var parent))
        {
            var before = Activity.Current;
            push = Source.StartActivity($"{kind}.push", ActivityKind.Producer, parent);
            Activity.Current = before; // The thread goes on with other records' changes.
        }

        return new(kind, committed, push);
    }

    /// <summary>A change on its way to those who watch.</summary>
    /// <remarks>The span lasts until the first socket has been given the change; what the others wait for is in the histogram.</remarks>
    internal sealed class Origin(string kind, DateTimeOffset committed, Activity? push)
    {
        private Activity? _push = push;

        /// <summary>It was handed to a socket.</summary>
        public void Sent(DateTimeOffset now)
        {
            Deliveries.Add(1, new(KindTag, kind), OfRecord);
            if (committed != default)
            {
                // Two nodes' clocks may differ: what arrives before it was sent took no time.
                Lag.Record(Math.Max((now - committed).TotalSeconds, 0), new KeyValuePair<string, object?>(KindTag, kind));
            }

            if (Volatile.Read(ref _push) is not null)
            {
                End(Interlocked.Exchange(ref _push, null));
            }
        }

        private static void End(Activity? push)
        {
            var before = Activity.Current;
            push?.Stop();
            Activity.Current = before; // Stopping makes another one current.
        }
    }
}
