using System.Diagnostics;
using Crm.Load;
using static Crm.Cluster.Tests.Waiting;

namespace Crm.Cluster.Tests;

/// <summary>How long somebody is still shown after the process behind him was killed, and that nobody is shown to leave who did not.</summary>
public sealed class PresenceLossTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Ghost = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Those_of_a_killed_front_end_are_gone_within_ten_seconds_and_nobody_else()
    {
        var victim = await cluster.Start("web");
        var (client, token) = await victim.SignIn("bo@acme.test");
        client.Dispose();
        var load = new Load([.. cluster.People.Select(person => person.Client)]);
        await load.Make(1);
        var reference = load.Refs.Single();
        await using var ana = await At(cluster.Webs[0], cluster.People[0].Token, reference);
        await using var bo = await At(victim, token, reference);
        await Until(() => ana.People(reference).Count == 2, Soon);

        var from = Stopwatch.GetTimestamp();
        await victim.Kill();
        await Until(() => ana.People(reference).Count == 1, Soon);

        Stopwatch.GetElapsedTime(from).ShouldBeLessThan(Ghost);
    }

    [Fact]
    public async Task A_killed_silo_makes_nobody_leave_and_a_departure_meanwhile_is_seen_in_time()
    {
        var victim = await cluster.Start("silo");
        var load = new Load([.. cluster.People.Select(person => person.Client)]);
        await load.Make(12); // Some of their places are on the silo that dies.
        var (client, token) = await cluster.Webs[1].SignIn("bo@acme.test");
        client.Dispose();
        await using var ana = await Screen.Open(cluster.Webs[0], cluster.People[0].Token);
        await using (var bo = await Screen.Open(cluster.Webs[1], token))
        {
            foreach (var reference in load.Refs)
            {
                await Arrive(ana, reference);
                await Arrive(bo, reference);
            }

            await Until(() => load.Refs.All(reference => ana.People(reference).Count == 2), Soon);
            await victim.Kill();
            for (var from = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(from) < PresenceTimes.Life; await Task.Delay(50))
            {
                load.Refs.ShouldAllBe(reference => ana.People(reference).Count == 2, "he is there all the time");
            }
        }

        await Until(() => load.Refs.All(reference => ana.People(reference).Count == 1), Ghost);
    }

    private static async Task<Screen> At(Node web, string token, string reference)
    {
        var screen = await Screen.Open(web, token);
        await Arrive(screen, reference);
        return screen;
    }

    private static async Task Arrive(Screen screen, string reference)
    {
        await screen.Watch(reference);
        await screen.Call("Present", reference, new { activity = "viewing" });
    }
}
