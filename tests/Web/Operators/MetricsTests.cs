using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Crm.Web.Live;
using Crm.Web.Operators;
using Crm.Web.Tests.Live;

namespace Crm.Web.Tests.Operators;

/// <summary>What /metrics says, and that saying it costs nothing per delivery.</summary>
public sealed partial class MetricsTests : IDisposable
{
    private static int s_meters;
    private readonly string _prefix = $"test{Interlocked.Increment(ref s_meters)}x";
    private readonly Meter _meter = new("Crm.Tests");
    private readonly MetricsBook _book = new();

    public void Dispose()
    {
        _book.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_up_by_label()
    {
        var counter = _meter.CreateCounter<long>($"{_prefix}.calls", "{call}", "Calls\nwith \\ in it.");
        counter.Add(1, new KeyValuePair<string, object?>("kind", "leads"));
        counter.Add(2, new KeyValuePair<string, object?>("kind", "contacts"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "contacts"));

        Lines().ShouldBe([
            $@"# HELP {_prefix}_calls_total Calls\nwith \\ in it.", $"# TYPE {_prefix}_calls_total counter",
            $$"""{{_prefix}}_calls_total{kind="contacts"} 5""", $$"""{{_prefix}}_calls_total{kind="leads"} 1""",
        ]);
    }

    [Fact]
    public void A_histogram_has_buckets_that_hold_all_below_them_and_a_sum()
    {
        var lag = _meter.CreateHistogram($"{_prefix}.lag", "s", "Lag.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var value in new[] { 0.25, 0.5, 0.75, 4 })
        {
            lag.Record(value);
        }

        Lines()[1..].ShouldBe([
            $"# TYPE {_prefix}_lag_seconds histogram", $$"""{{_prefix}}_lag_seconds_bucket{le="0.5"} 2""", $$"""{{_prefix}}_lag_seconds_bucket{le="1"} 3""",
            $$"""{{_prefix}}_lag_seconds_bucket{le="+Inf"} 4""", $"{_prefix}_lag_seconds_sum 5.5", $"{_prefix}_lag_seconds_count 4",
        ]);
    }

    [Fact]
    public void What_is_observed_is_told_as_it_is_now_and_not_after_it_has_gone()
    {
        var open = new List<Measurement<long>> { new(3, new KeyValuePair<string, object?>("kind", "contacts")) };
        _meter.CreateObservableGauge($"{_prefix}.open", () => open, "By", "Open.");
        Lines()[2..].ShouldBe([$$"""{{_prefix}}_open_bytes{kind="contacts"} 3"""]);
        open[0] = new(1, new KeyValuePair<string, object?>("kind", "contacts"));
        Lines()[2..].ShouldBe([$$"""{{_prefix}}_open_bytes{kind="contacts"} 1"""]);
        open.Clear();
        Lines().ShouldBeEmpty();
    }

    [Fact]
    public void Two_meters_of_one_name_add_up()
    {
        using var other = new Meter("Crm.Tests");
        _meter.CreateObservableGauge($"{_prefix}.open", () => 2L);
        other.CreateObservableGauge($"{_prefix}.open", () => 5L);
        Lines()[2..].ShouldBe([$"{_prefix}_open 7"]);
    }

    [Fact]
    public void Labels_are_escaped_and_their_order_does_not_matter()
    {
        var counter = _meter.CreateCounter<int>($"{_prefix}.odd");
        counter.Add(1, new("b-c", "say \"hi\"\n"), new("a", true));
        counter.Add(1, new("a", true), new("b-c", "say \"hi\"\n"));
        counter.Add(1, new("z", 1), new("y", null), new("x", @"\"));
        Lines()[2..].ShouldBe([$$"""{{_prefix}}_odd_total{a="true",b_c="say \"hi\"\n"} 2""", $$"""{{_prefix}}_odd_total{x="\\",y="",z="1"} 1"""]);
    }

    [Fact]
    public void A_label_that_takes_any_value_does_not_fill_the_memory()
    {
        var counter = _meter.CreateCounter<int>($"{_prefix}.many");
        for (var value = 0; value < MetricFamily.MostSeries + 7; value++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", value));
        }

        Lines().Length.ShouldBe(MetricFamily.MostSeries + 2);
        int.Parse(DroppedCount().Match(_book.Text()).Groups["count"].Value).ShouldBeGreaterThanOrEqualTo(7);
    }

    [Fact]
    public void An_observer_that_throws_takes_only_itself_away()
    {
        _meter.CreateObservableGauge($"{_prefix}.broken", long () => throw new InvalidOperationException());
        _meter.CreateObservableGauge($"{_prefix}.whole", () => 1L);
        Lines()[2..].ShouldBe([$"{_prefix}_whole 1"]);
    }

    [Fact]
    public void Every_line_is_of_the_format()
    {
        LiveSignals.Heard("contacts");
        foreach (var line in _book.Text().TrimEnd('\n').Split('\n'))
        {
            Line().IsMatch(line).ShouldBeTrue(line);
        }
    }

    [Fact]
    public void A_delivery_that_is_measured_allocates_nothing()
    {
        var origin = LiveSignals.Begin("contacts", DateTimeOffset.UnixEpoch, null)!;
        Send(origin, 100); // The series are there and the code is compiled.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(origin, 10_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000);
    }

    [Fact]
    public async Task A_change_that_is_pushed_is_counted_with_its_lag_from_the_commit()
    {
        var time = new FakeTime();
        var ana = new FakeSocket(Samples.Manager(), time);
        var topic = new Topic(Samples.Ada, ana.Options);
        var watch = new Watch(ana.Connection, Samples.Ada, new(Samples.Manager(), Samples.Contacts));
        topic.Join(watch).ShouldBeTrue();
        topic.Answer(watch, 1, 0).ShouldBeTrue();
        topic.Written(watch);
        var before = Figure("crm_live_lag_seconds_count{kind=\"contacts\"}");
        topic.Hear(Samples.Nudge(2, ("title", "t2")) with { Committed = time.GetUtcNow() });
        ana.Flusher.Flush();
        await LiveHost.Until(() => ana.Versions.Contains(2), "the change");
        Figure("crm_live_lag_seconds_count{kind=\"contacts\"}").ShouldBeGreaterThan(before);
    }

    private static void Send(LiveSignals.Origin origin, int times)
    {
        for (var time = 0; time < times; time++)
        {
            origin.Sent(DateTimeOffset.UnixEpoch);
        }
    }

    private double Figure(string series) => _book.Text().Split('\n').Where(line => line.StartsWith(series, StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ')[^1])).SingleOrDefault();

    private string[] Lines() => [.. _book.Text().Split('\n').Where(line => line.Contains($"{_prefix}_", StringComparison.Ordinal))];

    [GeneratedRegex("""^(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+|[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})? (-?[0-9.]+(E[+-][0-9]+)?|[+-]Inf|NaN))$""", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Line();

    [GeneratedRegex("(?m)^crm_metrics_dropped_total (?<count>[0-9]+)$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DroppedCount();
}
