using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crm.Engine;

/// <summary>What the engine tells operators: a span and a measurement for each command, on either host. Costs next to nothing while nobody listens.</summary>
internal static class EngineSignals
{
    private const string Name = "Crm.Engine";
    private const string KindTag = "kind";
    private const string StatusTag = "status";
    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Commands =
        Meter.CreateCounter<long>("crm.commands", "{command}", "Commands answered, by kind and by how they ended.");

    private static readonly Counter<long> Conflicts =
        Meter.CreateCounter<long>("crm.conflicts", "{command}", "Edits that were refused because others had changed the same field.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "crm.command.duration", "s", "From the beginning of a command's turn to its answer, with the commit.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>The span of a command's turn; null while nobody traces.</summary>
    public static Activity? Begin(Address at, string verb)
    {
        if (!Source.HasListeners() || Source.StartActivity($"{at.Kind}.{verb}") is not { } span)
        {
            return null;
        }

        // Ids are no personal data: who they stand for only the database knows.
        return span.SetTag("crm.tenant", at.Tenant).SetTag("crm.kind", at.Kind).SetTag("crm.id", at.Id);
    }

    /// <summary>It was answered.</summary>
    public static void Ended(Activity? span, string kind, Status status, TimeSpan took)
    {
        var name = NameOf(status);
        span?.SetTag("crm.status", name);
        Measure(kind, name, took);
        if (status == Status.Conflict)
        {
            Conflicts.Add(1, new KeyValuePair<string, object?>(KindTag, kind));
        }
    }

    /// <summary>It was not: the host tries again, or tells the caller to.</summary>
    public static void Failed(Activity? span, string kind, Exception fault, TimeSpan took)
    {
        span?.SetStatus(ActivityStatusCode.Error, fault.GetType().Name); // Without its text, which might hold values.
        Measure(kind, "failed", took);
    }

    private static void Measure(string kind, string status, TimeSpan took)
    {
        Commands.Add(1, new(KindTag, kind), new(StatusTag, status));
        Duration.Record(took.TotalSeconds, new KeyValuePair<string, object?>(KindTag, kind));
    }

    private static string NameOf(Status status) => status switch
    {
        Status.Applied => "applied",
        Status.Merged => "merged",
        Status.Conflict => "conflict",
        _ => "rejected",
    };
}
