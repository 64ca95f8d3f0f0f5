using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>Each test has a database of its own: a claim takes what it finds.</summary>
public sealed class OutboxTests : JournalTest
{
    [Fact]
    public async Task Two_workers_share_what_is_due_of_all_tenants_and_none_gets_a_row_of_the_other()
    {
        foreach (var tenant in new[] { "acme", "globex", "acme" })
        {
            await (await Copy.Load(Journal, Fresh(tenant))).Set("name", "Ada", reactions: ["welcome", "count"]);
        }

        var claims = await Task.WhenAll(Box().Claim(4), Box().Claim(4));
        claims.Sum(claim => claim.Count).ShouldBe(6);
        claims.SelectMany(claim => claim).Select(due => due.Seq).Distinct().Count().ShouldBe(6);
        claims.SelectMany(claim => claim).Select(due => due.At.Tenant).Distinct().Order().ShouldBe(["acme", "globex"]);
        (await Box().Claim(4)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_completed_never_comes_again()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "welcome");
        var box = Box(new() { Lease = TimeSpan.Zero });
        await box.Complete((await box.Claim(9)).ShouldHaveSingleItem());
        (await box.Claim(9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_claim_whose_worker_died_ends_with_its_lease()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "welcome");
        var first = (await Box(new() { Lease = TimeSpan.Zero }).Claim(9)).ShouldHaveSingleItem();
        var second = (await Box().Claim(9)).ShouldHaveSingleItem();
        (second.Seq, second.Attempts).ShouldBe((first.Seq, first.Attempts + 1));
        await Box().Retry(first, "too late"); // The row is another worker's now.
        (await Box().Claim(9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_fails_waits_longer_each_time_and_is_parked_after_the_fifth_try()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "welcome");
        var waits = new List<double>();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var due = (await Box().Claim(9)).ShouldHaveSingleItem();
            due.Attempts.ShouldBe(attempt);
            await Box().Retry(due, $"failure {attempt}");
            waits.AddRange(await Fixture.Ask<double>("SELECT extract(epoch FROM due_at - now())::float8 FROM outbox"));
            await Fixture.Run("UPDATE outbox SET due_at = now()");
        }

        waits.Zip(waits.Skip(1)).ShouldAllBe(pair => pair.Second > pair.First * 3);
        (await Box().Claim(9)).ShouldBeEmpty();
        var parked = (await Box().Parked("acme", 9)).ShouldHaveSingleItem();
        (parked.Reaction, parked.Error).ShouldBe(("welcome", "failure 5"));
        (await Box().Parked("globex", 9)).ShouldBeEmpty();

        (await Box().Replay("globex", parked.Seq)).ShouldBeFalse();
        (await Box().Replay("acme", parked.Seq)).ShouldBeTrue();
        (await Box().Claim(9)).ShouldHaveSingleItem().Attempts.ShouldBe(1);
    }

    [Fact]
    public async Task What_kills_its_workers_is_parked_too()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "welcome");
        var box = Box(new() { Lease = TimeSpan.Zero });
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            (await box.Claim(9)).Count.ShouldBe(1);
        }

        (await box.Claim(9)).ShouldBeEmpty();
        (await box.Parked("acme", 9)).ShouldHaveSingleItem().Error.ShouldContain("worker ended");
    }

    [Fact]
    public async Task A_process_hears_the_record_as_its_change_left_it_however_far_it_has_moved()
    {
        var copy = await Copy.Load(Journal, Fresh());
        await copy.Set(new() { ["name"] = "Ada", ["score"] = 1 });
        await copy.Set(new() { ["name"] = "Ada L.", ["status"] = "active" }, reactions: "welcome");
        await copy.Set(new() { ["name"] = "Countess", ["score"] = null, ["status"] = null, ["owner"] = "bo" });

        var heard = await Box().Heard((await Box().Claim(9)).ShouldHaveSingleItem());
        heard.Change.Version.ShouldBe(2);
        heard.After.Version.ShouldBe(2);
        heard.After.Fields.OrderBy(field => field.Key).Select(field => $"{field.Key}={field.Value}").ShouldBe(["name=Ada L.", "score=1", "status=active"]);
    }

    [Fact]
    public async Task The_worker_runs_each_process_once_a_change_and_parks_what_keeps_failing()
    {
        var (good, bad) = (new Listening("good"), new Listening("bad") { Fails = true });
        var copy = await Copy.Load(Journal, Fresh());
        await copy.Set("name", "Ada", reactions: ["good", "bad"]);
        await copy.Set("name", "Ada L.", reactions: ["good", "unheard-of"]);
        var box = Box(new() { Backoff = TimeSpan.Zero });
        await using var source = PostgresHosting.Source(Fixture.Options);
        using var worker = new OutboxWorker(box, new(Fixture.Database, source), source, new Processes([good, bad]), null!, TimeProvider.System, NullLogger<OutboxWorker>.Instance);
        while (await worker.Work(default) > 0)
        {
        }

        good.Heard.ShouldBe([1, 2]);
        bad.Heard.ShouldBe([1, 1, 1, 1, 1]);
        (await box.Parked("acme", 9)).Select(parked => parked.Reaction).Order().ShouldBe(["bad", "unheard-of"]);
    }

    [Fact]
    public async Task What_a_reaction_hears_of_a_record_comes_in_order_whatever_fails_and_whoever_works()
    {
        var copy = await Copy.Load(Journal, Fresh());
        for (var i = 0; i < 4; i++)
        {
            await copy.Set("name", $"Ada {i}", reactions: ["good", "other"]);
        }

        var first = await Box().Claim(3);
        first.Select(due => (due.Version, due.Reaction)).ShouldBe([(1, "good"), (1, "other"), (2, "good")]);
        (await Box().Claim(9)).ShouldBeEmpty(); // What is left waits behind what another worker has.

        await Box().Release([first[2]]);
        await Box().Complete(first[0]);
        await Box(new() { Backoff = TimeSpan.FromHours(1) }).Retry(first[1], "later");
        (await Box().Claim(9)).Select(due => (due.Version, due.Reaction, due.Attempts)).ShouldBe([(2, "good", 1), (3, "good", 1), (4, "good", 1)]);
    }

    [Fact]
    public async Task The_worker_tries_nothing_past_a_failure_and_counts_no_attempt_for_what_it_did_not_try()
    {
        var copy = await Copy.Load(Journal, Fresh());
        for (var i = 0; i < 3; i++)
        {
            await copy.Set("name", $"Ada {i}", reactions: "shaky");
        }

        var shaky = new Listening("shaky") { Failures = 2 };
        await using var source = PostgresHosting.Source(Fixture.Options);
        using var worker = new OutboxWorker(
            Box(new() { Backoff = TimeSpan.Zero }), new(Fixture.Database, source), source, new Processes([shaky]), null!, TimeProvider.System, NullLogger<OutboxWorker>.Instance);
        while (await worker.Work(default) > 0)
        {
        }

        shaky.Heard.ShouldBe([1, 1, 1, 2, 3]);
    }

    [Fact]
    public async Task A_dead_letter_that_is_discarded_is_gone()
    {
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "welcome");
        var box = Box(new(Attempts: 1));
        await box.Retry((await box.Claim(9)).ShouldHaveSingleItem(), "No.");
        var parked = (await box.Parked("acme", 9)).ShouldHaveSingleItem();
        (await box.Parked("acme", 9, after: parked.Seq)).ShouldBeEmpty();
        (await box.Discard("globex", parked.Seq)).ShouldBeFalse();
        (await box.Discard("acme", parked.Seq)).ShouldBeTrue();
        (await box.Discard("acme", parked.Seq)).ShouldBeFalse();
        (await box.Parked("acme", 9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_commit_wakes_the_worker()
    {
        var process = new Listening("good");
        await using var source = PostgresHosting.Source(Fixture.Options);
        using var worker = new OutboxWorker(Box(), new(Fixture.Database, source), source, new Processes([process]), null!, TimeProvider.System, NullLogger<OutboxWorker>.Instance);
        await worker.StartAsync(default);
        await (await Copy.Load(Journal, Fresh())).Set("name", "Ada", reactions: "good");
        await process.First.WaitAsync(TimeSpan.FromSeconds(30));
        await worker.StopAsync(default);
        (await Fixture.Ask<long>("SELECT count(*) FROM outbox")).Count.ShouldBe(1);
    }

    private Outbox Box(OutboxOptions? options = null) => new(Fixture.Database, Journal, options ?? new());

    private sealed class Listening(string name) : IProcess
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Name => name;

        public bool Fails { get; init; }

        public int Failures { get; set; }

        public List<long> Heard { get; } = [];

        public Task First => _first.Task;

        public bool Hears(string kind, Change change) => true;

        public Task<IReadOnlyList<Reaction>> React(Nudge heard, IRecords records, CancellationToken cancel)
        {
            Heard.Add(heard.Change.Version);
            _first.TrySetResult();
            return Fails || Failures-- > 0 ? throw new InvalidOperationException("No.") : Task.FromResult<IReadOnlyList<Reaction>>([]);
        }
    }
}
