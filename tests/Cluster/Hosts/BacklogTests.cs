using Crm.Cluster;
using Crm.Engine;
using Crm.Engine.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Cluster.Tests;

/// <summary>How front ends learn that silos are behind, and for how long they believe it.</summary>
public sealed class BacklogTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void What_calls_must_expect_to_wait_is_the_average_of_the_silos_that_serve()
    {
        var backlogs = new SiloBacklogs(_time);
        backlogs.Count(4);
        backlogs.Say("a", TimeSpan.FromMilliseconds(400));
        backlogs.Oldest.ShouldBe(TimeSpan.FromMilliseconds(100));
        backlogs.Say("b", TimeSpan.FromMilliseconds(800));
        backlogs.Oldest.ShouldBe(TimeSpan.FromMilliseconds(300));
        backlogs.Say("b", TimeSpan.Zero);
        backlogs.Oldest.ShouldBe(TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public void One_silo_that_stands_still_counts_for_no_more_than_its_callers_wait_there()
    {
        var backlogs = new SiloBacklogs(_time);
        backlogs.Count(10);
        backlogs.Say("a", TimeSpan.FromMinutes(5));
        backlogs.Oldest.ShouldBe(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void What_is_said_no_more_is_believed_for_half_a_second()
    {
        var backlogs = new SiloBacklogs(_time);
        backlogs.Say("a", TimeSpan.FromSeconds(1));
        _time.Advance(Leases.Behind - TimeSpan.FromTicks(1));
        backlogs.Oldest.ShouldBe(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromTicks(1));
        backlogs.Oldest.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_silo_tells_those_with_a_lease_while_it_is_behind_and_once_more_when_it_no_longer_is()
    {
        var (journal, ear) = (new Journal(), new Ear());
        using var feed = new SiloFeed(new(), journal, () => "a", _time, NullLogger<SiloFeed>.Instance);
        feed.Hear(ear, []);
        _time.Advance(TimeSpan.FromSeconds(1));
        ear.Said.ShouldBeEmpty();

        journal.Oldest = TimeSpan.FromMilliseconds(30);
        _time.Advance(Leases.BehindEvery * 2);
        journal.Oldest = TimeSpan.Zero;
        _time.Advance(TimeSpan.FromSeconds(1));

        ear.Said.ShouldBe([("a", TimeSpan.FromMilliseconds(30)), ("a", TimeSpan.FromMilliseconds(30)), ("a", TimeSpan.Zero)]);
    }

    private sealed class Journal : IBacklog
    {
        public TimeSpan Oldest { get; set; }
    }

    private sealed class Ear : IFeedObserver
    {
        public List<(string Silo, TimeSpan Oldest)> Said { get; } = [];

        public Task Heard(byte[][] nudges) => Task.CompletedTask;

        public Task Behind(string silo, TimeSpan oldest)
        {
            Said.Add((silo, oldest));
            return Task.CompletedTask;
        }
    }
}
