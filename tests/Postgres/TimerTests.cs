using System.Text.Json;
using System.Threading.Channels;
using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>Each test has a database of its own: a claim takes what it finds.</summary>
public sealed class TimerTests : JournalTest
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task An_alarm_rings_when_the_clock_has_come_there_and_not_before_and_once()
    {
        var timers = Timers(new Rung("bell"));
        await timers.Set(Alarm(5));
        (await timers.Claim(9)).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(5));
        var ringing = (await timers.Claim(9)).ShouldHaveSingleItem();
        (ringing.Alarm.Tenant, ringing.Alarm.Key, ringing.Alarm.About.GetProperty("n").GetInt32()).ShouldBe(("acme", "k", 1));
        (await timers.Claim(9)).ShouldBeEmpty(); // It is another worker's now.
        await timers.Complete(ringing, null);
        (await Fixture.Ask<long>("SELECT count(*) FROM timers")).ShouldBe([0L]);
    }

    [Fact]
    public async Task Setting_it_again_changes_nothing_unless_it_is_to_move()
    {
        var timers = Timers(new Rung("bell"));
        await timers.Set(Alarm(5));
        await timers.Set(Alarm(50));
        _time.Advance(TimeSpan.FromMinutes(5));
        var ringing = (await timers.Claim(9)).ShouldHaveSingleItem();
        await timers.Set(Alarm(60), move: true); // While it rings: what was set then stays.
        await timers.Complete(ringing, null);
        (await timers.Claim(9)).ShouldBeEmpty();
        _time.Advance(TimeSpan.FromMinutes(60));
        (await timers.Claim(9)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task One_that_is_taken_away_does_not_ring()
    {
        var timers = Timers(new Rung("bell"));
        await timers.Set(Alarm(5));
        await timers.Cancel("globex", "bell", "k");
        (await Fixture.Ask<long>("SELECT count(*) FROM timers")).ShouldBe([1L]);
        await timers.Cancel("acme", "bell", "k");
        _time.Advance(TimeSpan.FromHours(1));
        (await timers.Claim(9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_workers_never_ring_one_alarm_and_a_dead_worker_s_rings_again()
    {
        var timers = Timers(new Rung("bell") { Lease = TimeSpan.Zero });
        for (var number = 0; number < 20; number++)
        {
            await timers.Set(new(number % 2 == 0 ? "acme" : "globex", "bell", $"{number}", _time.GetUtcNow()));
        }

        var patient = Timers(new Rung("bell"));
        var claims = await Task.WhenAll(patient.Claim(15), patient.Claim(15));
        claims.SelectMany(claim => claim).Select(ringing => ringing.Alarm.Key).Distinct().Count().ShouldBe(20);
        claims.Sum(claim => claim.Count).ShouldBe(20);

        await Fixture.Run("UPDATE timers SET claimed_until = now()");
        var again = await timers.Claim(30);
        again.Count.ShouldBe(20);
        again.ShouldAllBe(ringing => ringing.Attempts == 2);
        await patient.Retry(claims[0][0], "too late"); // The alarm is another worker's now.
        (await Fixture.Ask<long>("SELECT count(*) FROM timers WHERE error IS NOT NULL")).ShouldBe([0L]);
    }

    [Fact]
    public async Task What_fails_waits_longer_each_time_up_to_its_longest_and_is_parked_after_its_last_try()
    {
        var bell = new Rung("bell") { Fails = true, Attempts = 4, LongestWait = TimeSpan.FromSeconds(10) };
        var timers = Timers(bell);
        using var worker = Worker(timers, bell);
        await timers.Set(Alarm(0));
        foreach (var wait in (int[])[1, 4, 10])
        {
            await worker.Work(default);
            (await timers.Claim(9)).ShouldBeEmpty();
            _time.Advance(TimeSpan.FromSeconds(wait));
        }

        await worker.Work(default);
        _time.Advance(TimeSpan.FromDays(1));
        (await worker.Work(default)).ShouldBe(0);
        bell.Keys.ShouldBe(["k", "k", "k", "k"]);
        (await Fixture.Ask<string>("SELECT error FROM timers WHERE parked_at IS NOT NULL")).ShouldBe(["No."]);

        bell.Fails = false;
        await timers.Set(Alarm(0)); // Whoever sets it anew wants it rung.
        await worker.Work(default);
        bell.Keys.Count.ShouldBe(5);
    }

    [Fact]
    public async Task One_that_asks_for_it_rings_again_with_what_it_says()
    {
        var bell = new Rung("bell") { Again = alarm => alarm.About.ValueKind == JsonValueKind.Undefined ? alarm with { Due = alarm.Due.AddMinutes(1), About = JsonElement.Parse("2") } : null };
        var timers = Timers(bell);
        using var worker = Worker(timers, bell);
        await timers.Set(new("acme", "bell", "k", _time.GetUtcNow()));
        (await worker.Work(default)).ShouldBe(1);
        (await worker.Work(default)).ShouldBe(0);
        _time.Advance(TimeSpan.FromMinutes(1));
        (await worker.Work(default)).ShouldBe(1);
        (await Fixture.Ask<long>("SELECT count(*) FROM timers")).ShouldBe([0L]);
    }

    [Fact]
    public async Task Setting_one_wakes_the_worker_and_it_rings_after_a_restart()
    {
        var bell = new Rung("bell");
        var timers = new Timers(Fixture.Database, new([bell]), TimeProvider.System);
        await timers.Set(new("acme", "bell", "before", TimeProvider.System.GetUtcNow()));
        await using var source = PostgresHosting.Source(Fixture.Options);
        using var worker = new TimerWorker(timers, new([bell]), source, null!, TimeProvider.System, NullLogger<TimerWorker>.Instance);
        await worker.StartAsync(default);
        await bell.Until(1);
        await timers.Set(new("globex", "bell", "after", TimeProvider.System.GetUtcNow()));
        await bell.Until(2);
        await worker.StopAsync(default);
    }

    private Alarm Alarm(int minutes) => new("acme", "bell", "k", _time.GetUtcNow().AddMinutes(minutes), JsonSerializer.SerializeToElement(new { n = 1 }));

    private Timers Timers(IBell bell) => new(Fixture.Database, new([bell]), _time);

    private TimerWorker Worker(Timers timers, IBell bell) => new(timers, new([bell]), null!, null!, _time, NullLogger<TimerWorker>.Instance);

    private sealed class Rung(string name) : IBell
    {
        private readonly Channel<string> _rang = Channel.CreateUnbounded<string>();

        public string Name => name;

        public bool Fails { get; set; }

        public int Attempts { get; init; } = 5;

        public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(10);

        public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

        public Func<Alarm, Alarm?> Again { get; init; } = _ => null;

        public List<string> Keys { get; } = [];

        public async Task Until(int count)
        {
            while (Keys.Count < count)
            {
                await _rang.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
        }

        public Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
        {
            Keys.Add(alarm.Key);
            _rang.Writer.TryWrite(alarm.Key);
            return Fails ? throw new InvalidOperationException("No.") : Task.FromResult(Again(alarm));
        }
    }
}
