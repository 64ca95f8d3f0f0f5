using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.Silo.Postgres;

/// <summary>What the journal tells operators: a span for each entry, one for each group that shares a transaction, and how long groups take.</summary>
internal static class JournalSignals
{
    /// <summary>The name of the meter and of the traces.</summary>
    public const string Name = "Crm.Postgres";

    private const int MostLinks = 64;
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Entries =
        Meter.CreateCounter<long>("crm.journal.entries", "{entry}", "Entries stored: changes, and answers without a change.");

    private static readonly Counter<long> Failures =
        Meter.CreateCounter<long>("crm.journal.failures", "{transaction}", "Transactions that were not stored, or whose fate is unknown. Other nodes' writes of the same record are among them.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "crm.journal.write.duration", "s", "One transaction of the journal, which many entries share.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>An entry begins to wait for its commit; null while nobody traces.</summary>
    public static Activity? Begin()
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var before = Activity.Current;
        var span = Source.StartActivity("journal.commit");
        Activity.Current = before; // The turn goes on beside it.
        return span;
    }

    /// <summary>An entry's fate is known.</summary>
    public static void End(Activity? span, string fate)
    {
        if (span is null)
        {
            return;
        }

        var before = Activity.Current;
        span.SetTag("crm.fate", fate).Stop();
        Activity.Current = before; // Stopping makes its parent the current one, which is not of this thread.
    }

    /// <summary>A group is written: its own trace, since it belongs to all the traces that it is linked to.</summary>
    public static Activity? BeginGroup(IReadOnlyList<Pending> group) => Source.HasListeners()
        ? Source.StartActivity("journal.write", ActivityKind.Client, default(ActivityContext), [new("crm.entries", group.Count), new("db.system.name", "postgresql")],
            group.Where(static entry => entry.Span is not null).Take(MostLinks).Select(static entry => new ActivityLink(entry.Span!.Context)))
        : null;

    /// <summary>A group was stored.</summary>
    public static void Stored(int entries, TimeSpan took)
    {
        Entries.Add(entries);
        Duration.Record(took.TotalSeconds);
    }

    /// <summary>A group was not, or nobody knows.</summary>
    public static void Failed(Activity? span, Exception fault)
    {
        Failures.Add(1);
        span?.SetStatus(ActivityStatusCode.Error, fault.GetType().Name);
    }
}
