using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>How the journal and the outbox stand. The outbox is the whole database's, so every node that runs this says the same of it.</summary>
public sealed class StoreGauges(PostgresJournal journal, Database database, TimeProvider time, ILogger<StoreGauges> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private IReadOnlyList<Standing> _standings = [];
    private bool _known;

    /// <summary>Counts the outbox once; what it finds is what the gauges say until the next time.</summary>
    public async Task Look(CancellationToken cancel = default)
    {
        try
        {
            _standings = await database.Query("", [new("SELECT set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants"), new(Count)], async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                var found = new List<Standing>();
                while (await reader.ReadAsync(token))
                {
                    found.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetDouble(3)));
                }

                return found;
            }, cancel);
            _known = true;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            (_standings, _known) = ([], false); // An old figure would look like a true one.
            log.LogWarning("The outbox cannot be counted now: {Fault}", fault.GetType().Name);
        }
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var meter = new Meter(JournalSignals.Name);
        meter.CreateObservableGauge("crm.journal.queued", () => (long)journal.Queued, "{entry}", "Entries that wait for their commit.");
        meter.CreateObservableCounter("crm.journal.restarts", () => (long)journal.Restarts, "{restart}", "Times that a writer died of an unforeseen fault. Anything but 0 is a defect.");
        meter.CreateObservableGauge("crm.outbox.waiting", () => Of(standing => standing.Waiting), "{reaction}", "Reactions that processes have not made yet, by the kind of the record that changed.");
        meter.CreateObservableGauge("crm.outbox.parked", () => Of(standing => standing.Parked), "{reaction}", "Dead letters: reactions that failed five times and wait for an operator.");
        meter.CreateObservableGauge("crm.outbox.age", Age, "s", "How long the oldest reaction that is due has waited.");
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await Look(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private IEnumerable<Measurement<long>> Of(Func<Standing, long> figure) =>
        _standings.Select(standing => new Measurement<long>(figure(standing), new KeyValuePair<string, object?>("kind", standing.Kind)));

    private IEnumerable<Measurement<double>> Age() => _known ? [new(_standings.Select(standing => standing.Age).DefaultIfEmpty(0).Max())] : [];

    private const string Count = """
        SELECT kind, count(*) FILTER (WHERE parked_at IS NULL), count(*) FILTER (WHERE parked_at IS NOT NULL),
            greatest(coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE parked_at IS NULL)), 0), 0)::float8
        FROM outbox GROUP BY kind
        """;

    private sealed record Standing(string Kind, long Waiting, long Parked, double Age);
}
