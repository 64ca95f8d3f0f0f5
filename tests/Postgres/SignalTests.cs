using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>What the journal and the outbox tell operators.</summary>
public sealed class SignalTests : JournalTest
{
    private const string Ours = "Crm.Postgres";

    [Fact]
    public async Task An_entry_is_a_span_of_its_callers_trace_and_linked_to_the_transaction_that_it_shared()
    {
        var ended = new ConcurrentQueue<Activity>();
        using var source = new ActivitySource("Crm.Tests.Signals");
        using var listener = new ActivityListener
        {
            ShouldListenTo = from => from.Name is Ours || from.Name == source.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var copy = await Copy.Load(Journal, Fresh());
        Activity turn;
        using (turn = source.StartActivity("turn")!)
        {
            await copy.Set("name", "Ada");
            Activity.Current.ShouldBe(turn);
        }

        var commit = ended.Where(span => span.OperationName == "journal.commit" && span.TraceId == turn.TraceId).ShouldHaveSingleItem();
        commit.ParentSpanId.ShouldBe(turn.SpanId);
        commit.GetTagItem("crm.fate").ShouldBe("stored");
        SpinWait.SpinUntil(() => Writes().Any(), TimeSpan.FromSeconds(15)).ShouldBeTrue();
        var write = Writes().ShouldHaveSingleItem();
        write.ParentSpanId.ShouldBe(default);
        write.TraceId.ShouldNotBe(turn.TraceId);

        IEnumerable<Activity> Writes() => ended.Where(span => span.OperationName == "journal.write" && span.Links.Any(link => link.Context.SpanId == commit.SpanId));
    }

    [Fact]
    public async Task The_outbox_is_told_by_kind_with_its_age_and_its_dead_letters()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: ["welcome", "count"]);
        await (await Copy.Load(Journal, Fresh("globex"))).Set("name", "Bo", reactions: "welcome");
        await Fixture.Run("UPDATE outbox SET due_at = now() - interval '90 seconds'");
        await Fixture.Run("UPDATE outbox SET parked_at = now(), error = 'x' WHERE tenant_id = 'globex'");
        using var gauges = new StoreGauges(Journal, Fixture.Database, TimeProvider.System, NullLogger<StoreGauges>.Instance);
        await gauges.Look();
        await gauges.StartAsync(default);

        // The first look of its own may be under way: what it will say is the same.
        Dictionary<string, double> told = [];
        SpinWait.SpinUntil(() => (told = Told()).ContainsKey("crm.outbox.parked"), TimeSpan.FromSeconds(15)).ShouldBeTrue();
        told["crm.outbox.waiting"].ShouldBe(2);
        told["crm.outbox.parked"].ShouldBe(1);
        told["crm.outbox.age"].ShouldBeInRange(90, 3_600);
        told["crm.journal.restarts"].ShouldBe(0);
        await gauges.StopAsync(default);
    }

    private static Dictionary<string, double> Told()
    {
        var told = new Dictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, listener) => Enable(instrument, listener) };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => told[instrument.Name] = told.GetValueOrDefault(instrument.Name) + value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => told[instrument.Name] = told.GetValueOrDefault(instrument.Name) + value);
        listener.Start();
        listener.RecordObservableInstruments();
        return told;
    }

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == Ours)
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }
}
