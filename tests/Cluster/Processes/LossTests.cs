using System.Text.Json;
using Crm.Load;
using static Crm.Cluster.Tests.Waiting;

namespace Crm.Cluster.Tests;

/// <summary>What users notice when nodes come, go, die or stand still.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class LossTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private readonly ClusterFixture _cluster;

    public LossTests(ClusterFixture cluster) => _cluster = cluster;

    private HttpClient[] Clients => [.. _cluster.People.Select(person => person.Client)];

    [Fact]
    public async Task An_edit_through_one_front_end_is_seen_through_the_other()
    {
        var load = new Load(Clients);
        await load.Make(4);
        await using var one = await Screen.Open(_cluster.Webs[0], _cluster.People[0].Token);
        await using var other = await Screen.Open(_cluster.Webs[1], _cluster.People[1].Token);
        foreach (var reference in load.Refs)
        {
            await one.Watch(reference);
            await other.Watch(reference);
            for (var version = 1; version <= 20; version++)
            {
                var answer = await one.Call("Edit", reference, version, new { notes = $"note {version}" }, Guid.NewGuid());
                answer.GetProperty("version").GetInt64().ShouldBe(version + 1);
            }

            await Until(() => other.Version(reference) == 21 && one.Version(reference) == 21);
            other.Changes.Where(change => change.Ref == reference).Select(change => change.Version).ShouldBe(Enumerable.Range(2, 20).Select(version => (long)version));
        }
    }

    [Fact]
    public async Task A_killed_silo_costs_no_acknowledged_edit_and_its_records_can_be_written_within_six_seconds()
    {
        var victim = await _cluster.Start("silo");
        var load = new Load(Clients);
        await load.Make(24);
        await using var screen = await Screen.Open(_cluster.Webs[1], _cluster.People[1].Token);
        foreach (var reference in load.Refs)
        {
            await screen.Watch(reference);
        }

        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        await Until(() => load.Done > 200);
        await victim.Kill();
        var before = load.Done;
        await Until(() => load.Done > before + 500 && load.Longest > TimeSpan.FromSeconds(1));
        await stop.CancelAsync();
        await running;

        load.Errors.ShouldBeEmpty();
        load.Longest.ShouldBeLessThan(TimeSpan.FromSeconds(6));
        load.PutOff.ShouldBe(0, "who writes waits while the others find out");
        await load.ShouldBeKept(Clients[0]);
        await Converge(screen, load);
    }

    [Fact]
    public async Task A_client_of_a_killed_front_end_goes_on_elsewhere_and_misses_nothing()
    {
        var victim = await _cluster.Start("web");
        var (client, token) = await victim.SignIn("ana@acme.test");
        client.Dispose();
        var load = new Load(Clients);
        await load.Make(3);
        var seen = new Dictionary<string, long>();
        await using (var screen = await Screen.Open(victim, token))
        {
            foreach (var reference in load.Refs)
            {
                await screen.Watch(reference);
            }

            using var stop = new CancellationTokenSource();
            var running = load.Run(stop.Token);
            await Until(() => load.Refs.All(reference => screen.Version(reference) > 20));
            await victim.Kill();
            foreach (var reference in load.Refs)
            {
                seen[reference] = screen.Version(reference);
            }

            var before = load.Done;
            await Until(() => load.Done > before + 60);
            await stop.CancelAsync();
            await running;
        }

        await using var elsewhere = await Screen.Open(_cluster.Webs[0], token);
        foreach (var (reference, version) in seen)
        {
            var answer = await elsewhere.Watch(reference, version);
            var missed = answer.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("version").GetInt64()).ToList();
            missed.ShouldBe(Enumerable.Range(1, missed.Count).Select(step => version + step));
            missed[^1].ShouldBe(answer.GetProperty("version").GetInt64());
        }

        load.Errors.ShouldBeEmpty();
        await load.ShouldBeKept(Clients[1]);
    }

    [Fact]
    public async Task Silos_are_replaced_one_by_one_under_load_and_nothing_is_lost()
    {
        var load = new Load(Clients);
        await load.Make(12);
        await using var screen = await Screen.Open(_cluster.Webs[0], _cluster.People[0].Token);
        foreach (var reference in load.Refs)
        {
            await screen.Watch(reference);
        }

        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        for (var place = 0; place < _cluster.Silos.Count; place++)
        {
            var before = load.Done;
            await Until(() => load.Done > before + 100);
            var old = _cluster.Silos[place];
            _cluster.Silos[place] = await _cluster.Start("silo");
            await old.Stop();
            old.ExitCode.ShouldBe(0, old.Output);
        }

        var last = load.Done;
        await Until(() => load.Done > last + 100);
        await stop.CancelAsync();
        await running;
        load.Errors.ShouldBeEmpty();
        load.PutOff.ShouldBe(0, "nobody need notice");
        await load.ShouldBeKept(Clients[1]);
        await Converge(screen, load);
    }

    [Fact]
    public async Task A_pause_of_two_seconds_is_no_death()
    {
        var silo = _cluster.Silos[0];
        await silo.Pause();
        await Task.Delay(TimeSpan.FromSeconds(2)); // What is tested is this very time.
        await silo.Wake();
        var load = new Load(Clients);
        await load.Make(8);
        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        await Until(() => load.Done > 200);
        await stop.CancelAsync();
        await running;
        silo.Ended.IsCompleted.ShouldBeFalse(silo.Output);
        (await Statuses()).Count(status => status == Active).ShouldBe(_cluster.Silos.Count);
    }

    [Fact]
    public async Task A_silo_that_wakes_after_it_was_given_up_writes_nothing_over_what_others_wrote()
    {
        var sleeper = await _cluster.Start("silo");
        var load = new Load(Clients);
        await load.Make(24);
        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        await Until(() => load.Done > 200);
        await sleeper.Pause(); // With edits in its hands.
        var before = load.Done;
        await Until(() => load.Longest > TimeSpan.FromSeconds(1) && load.Done > before + 500);
        await sleeper.Wake();
        await sleeper.Ended.WaitAsync(Soon);
        before = load.Done;
        await Until(() => load.Done > before + 200);
        await stop.CancelAsync();
        await running;
        load.Errors.ShouldBeEmpty();
        await load.ShouldBeKept(Clients[0]);
    }

    private const int Active = 3;

    private async Task<List<int>> Statuses()
    {
        await using var command = _cluster.DataSource.CreateCommand("SELECT status FROM silos");
        await using var reader = await command.ExecuteReaderAsync();
        var statuses = new List<int>();
        while (await reader.ReadAsync())
        {
            statuses.Add(reader.GetInt32(0));
        }

        return statuses;
    }

    private async Task Converge(Screen screen, Load load)
    {
        foreach (var reference in load.Refs)
        {
            var record = JsonElement.Parse(await Clients[0].GetStringAsync($"/api/v1/{reference}"));
            await Until(() => screen.Version(reference) == record.GetProperty("version").GetInt64(), TimeSpan.FromSeconds(2));
        }

        foreach (var versions in screen.Changes.GroupBy(change => change.Ref))
        {
            var told = versions.Select(change => change.Version).ToList();
            told.ShouldBe(Enumerable.Range(0, told.Count).Select(step => told[0] + step), $"{versions.Key} was told with a gap or twice");
        }
    }
}
