using Crm.Web.Admission;
using Microsoft.Extensions.Options;

namespace Crm.Web.Tests.Admission;

/// <summary>Who is taken on and who is not, on a clock that a test moves, with a journal that is as far behind as it says.</summary>
public sealed class GateTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly Backlog _journal = new();
    private readonly Pressure _pressure;

    public GateTests() => _pressure = new([_journal], _time);

    public void Dispose() => _pressure.Dispose();

    [Fact]
    public void A_user_and_his_tenant_have_a_rate_and_others_have_their_own()
    {
        using var gate = Gate(new() { User = new(10, 3), Tenant = new(10, 5) });
        Tries(gate, "acme", "ana", 4).ShouldBe(3);
        Tries(gate, "acme", "bo", 4).ShouldBe(2);
        Tries(gate, "globex", "ana", 4).ShouldBe(3);

        gate.Enter(Caller("acme", "ana"), Priority.Edit).Refused!.Wait.ShouldBe(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        gate.Enter(Caller("acme", "ana"), Priority.Edit).Refused.ShouldBeNull();
    }

    [Fact]
    public void What_comes_back_all_at_once_is_not_counted_and_presence_never_is()
    {
        using var gate = Gate(new() { User = new(1, 1), Tenant = new(1, 1) });
        for (var i = 0; i < 100; i++)
        {
            gate.Enter(Caller("acme", "ana"), Priority.Read, counted: false).Refused.ShouldBeNull();
            gate.Enter(Caller("acme", "ana"), Priority.Presence).Refused.ShouldBeNull();
        }
    }

    [Theory]
    [InlineData(0, Priority.Presence, Priority.Read, Priority.Edit)]
    [InlineData(99, Priority.Presence, Priority.Read, Priority.Edit)]
    [InlineData(100, Priority.Read, Priority.Edit)]
    [InlineData(500, Priority.Edit)]
    [InlineData(999, Priority.Edit)]
    [InlineData(1_000)]
    public void The_further_behind_the_journal_is_the_less_is_taken_on_and_edits_are_shed_last(int milliseconds, params Priority[] taken)
    {
        using var gate = Gate(new());
        _journal.Oldest = TimeSpan.FromMilliseconds(milliseconds);
        Enum.GetValues<Priority>().Where(priority => gate.Enter(Caller("acme", "ana"), priority).Refused is null).ShouldBe(taken);
        gate.Enter("1.2.3.4").Refused.ShouldBe(milliseconds >= 500 ? new Refusal(TimeSpan.FromSeconds(1), IsBusy: true) : null);

        _journal.Oldest = TimeSpan.Zero;
        Enum.GetValues<Priority>().ShouldAllBe(priority => gate.Enter(Caller("acme", "ana"), priority).Refused == null);
    }

    [Fact]
    public void A_process_that_falls_behind_lets_whoever_has_most_under_way_wait_and_nobody_else()
    {
        using var gate = Gate(new());
        var flood = Enumerable.Range(0, 100).Select(_ => gate.Enter(Caller("acme", "ana"), Priority.Edit)).ToList();
        using var other = gate.Enter(Caller("globex", "gil"), Priority.Edit);
        _time.Advance(TimeSpan.FromMilliseconds(100)); // So often it is counted who is active.
        _journal.Oldest = TimeSpan.FromMilliseconds(20);

        gate.Enter(Caller("acme", "bo"), Priority.Edit).Refused.ShouldBe(new Refusal(TimeSpan.FromSeconds(1)));
        gate.Enter(Caller("globex", "gil"), Priority.Edit).Refused.ShouldBeNull();
        flood.Skip(31).ToList().ForEach(pass => pass.Dispose());
        gate.Enter(Caller("acme", "bo"), Priority.Edit).Refused.ShouldBeNull();
        gate.Enter(Caller("acme", "bo"), Priority.Edit).Refused.ShouldNotBeNull();
    }

    [Fact]
    public void Those_who_were_refused_do_not_all_come_in_at_once_when_nothing_waits_any_more()
    {
        using var gate = Gate(new());
        var flood = Enumerable.Range(0, 100).Select(_ => gate.Enter(Caller("acme", "ana"), Priority.Edit)).ToList();
        using var other = gate.Enter(Caller("globex", "gil"), Priority.Edit);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _journal.Oldest = TimeSpan.FromMilliseconds(20);
        gate.Enter(Caller("acme", "ana"), Priority.Edit).Refused.ShouldNotBeNull();
        flood.ForEach(pass => pass.Dispose());
        _journal.Oldest = TimeSpan.Zero;

        Tries(gate, "acme", "ana", 100).ShouldBe(64);
        gate.Enter(Caller("globex", "gil"), Priority.Edit).Refused.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        gate.Enter(Caller("acme", "ana"), Priority.Edit).Refused.ShouldBeNull();
    }

    [Fact]
    public void A_tenant_that_is_alone_may_have_all_of_it()
    {
        using var gate = Gate(new());
        _journal.Oldest = TimeSpan.FromMilliseconds(400);
        for (var i = 0; i < 300; i++)
        {
            gate.Enter(Caller("acme", "ana"), Priority.Edit).Refused.ShouldBeNull();
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    [Fact]
    public void A_pool_that_stays_late_counts_as_a_journal_that_does_and_one_pause_does_not()
    {
        var stuck = new StuckTime();
        using var pressure = new Pressure([], stuck);
        Late(stuck, 2_000);
        Late(stuck, 0);
        pressure.Behind.ShouldBe(TimeSpan.Zero);

        foreach (var milliseconds in (int[])[50, 300, 40, 60])
        {
            pressure.Behind.ShouldBe(TimeSpan.Zero);
            Late(stuck, milliseconds);
        }

        pressure.Behind.ShouldBe(TimeSpan.FromMilliseconds(40));
        Late(stuck, 0);
        pressure.Behind.ShouldBe(TimeSpan.Zero);
    }

    private static void Late(StuckTime clock, int milliseconds)
    {
        clock.Now += TimeSpan.FromMilliseconds(25 + milliseconds);
        clock.Beat();
    }

    [Fact]
    public void Who_rests_is_forgotten()
    {
        var buckets = new Buckets(new(10, 2), _time);
        foreach (var user in Enumerable.Range(0, 1_000))
        {
            buckets.Take($"acme {user}").ShouldBeNull();
        }

        _time.Advance(TimeSpan.FromSeconds(10));
        buckets.Take("acme 1").ShouldBeNull();
        buckets.Count.ShouldBe(1);
    }

    [Fact]
    public void A_limit_that_makes_no_sense_is_refused_by_its_name()
    {
        var wrong = new WebOptions
        {
            User = new(0, 5), Admission = new() { ReadsAt = TimeSpan.FromSeconds(2), EditsAt = TimeSpan.FromSeconds(1), ShareAt = TimeSpan.Zero, ShareAtLeast = 0 },
        };
        Should.Throw<OptionsValidationException>(wrong.Check).Failures.ShouldBe(
        [
            "Limits:User is '0' a second and '5' at once: both must be 1 or more.",
            "Limits:Admission:ShareAt is '00:00:00': it must be above zero.",
            "Limits:Admission:EditsAt is '00:00:01': it must not be below ReadsAt, '00:00:02', which is shed first.",
            "Limits:Admission:ShareAtLeast is '0': it must be 1 or more.",
        ]);
    }

    private AdmissionGate Gate(WebOptions options) => new(options, _pressure, _time);

    private static int Tries(AdmissionGate gate, string tenant, string user, int times) =>
        Enumerable.Range(0, times).Count(_ => gate.Enter(Caller(tenant, user), Priority.Edit).Refused is null);

    private static Caller Caller(string tenant, string user) => Live.Samples.Manager(user, tenant);

    private sealed class Backlog : IBacklog
    {
        public TimeSpan Oldest { get; set; }
    }

    /// <summary>A clock that goes on while its timers do not.</summary>
    private sealed class StuckTime : TimeProvider
    {
        private Action _beat = static () => { };

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Beat() => _beat();

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _beat = () => callback(state);
            return new FakeTime().CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
