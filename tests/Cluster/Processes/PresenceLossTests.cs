using System.Diagnostics;
using Crm.Load;
using static Crm.Cluster.Tests.Waiting;

namespace Crm.Cluster.Tests;

/// <summary>How long somebody is still shown after the process behind him was killed, and that nobody is shown to leave who did not.</summary>
public sealed class PresenceLossTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Ghost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HalfOpen = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(3.5);

    [Fact]
    public async Task Those_of_a_killed_front_end_are_gone_within_ten_seconds_and_nobody_else()
    {
        var victim = await cluster.Start("web");
        await using var meeting = await Meet(victim);

        var from = Stopwatch.GetTimestamp();
        await victim.Kill();
        await Until(() => meeting.AllSee(1), Soon);

        Stopwatch.GetElapsedTime(from).ShouldBeLessThan(Ghost);
    }

    [Fact]
    public async Task A_front_end_that_is_told_to_stop_ends_cleanly_and_takes_its_people_along_at_once()
    {
        var leaving = await cluster.Start("web");
        await using var meeting = await Meet(leaving);
        await leaving.Stop();
        leaving.ExitCode.ShouldBe(0, leaving.Output);
        await Until(() => meeting.AllSee(1), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Whose_line_is_lost_without_a_word_is_gone_within_eight_seconds()
    {
        await using var meeting = await Meet(cluster.Webs[1]);
        var from = Stopwatch.GetTimestamp();
        meeting.Bo.IsStalled = true;
        await Until(() => meeting.AllSee(1), Soon);
        Stopwatch.GetElapsedTime(from).ShouldBeLessThan(HalfOpen);
    }

    [Theory]
    [InlineData("client")]
    [InlineData("web")]
    [InlineData("silo")]
    public async Task A_stall_of_three_and_a_half_seconds_makes_nobody_leave(string what)
    {
        var silo = await cluster.Start("silo");
        var web = await cluster.Start("web");
        await using var meeting = await Meet(web);
        var staying = Stays(meeting);
        await (what switch { "client" => Task.CompletedTask, "web" => web.Pause(), _ => silo.Pause() });
        meeting.Bo.IsStalled = what == "client";
        await Task.Delay(Stall); // What is tested is this very time.
        meeting.Bo.IsStalled = false;
        await (what switch { "client" => Task.CompletedTask, "web" => web.Wake(), _ => silo.Wake() });
        await staying;
        meeting.Bo.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_killed_silo_makes_nobody_leave_and_a_departure_meanwhile_is_seen_in_time()
    {
        var victim = await cluster.Start("silo"); // Some of the places are on it.
        await using var meeting = await Meet(cluster.Webs[1]);
        await victim.Kill();
        for (var from = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(from) < PresenceTimes.Life; await Task.Delay(20))
        {
            meeting.AllSee(2).ShouldBeTrue($"he is there, after {Stopwatch.GetElapsedTime(from)}");
        }

        victim = await cluster.Start("silo");
        await using var another = await Meet(cluster.Webs[1]);
        await victim.Kill();
        foreach (var reference in another.Refs)
        {
            await another.Bo.Call("Absent", reference);
        }

        await Until(() => another.AllSee(1), Ghost);
    }

    // From before a stall until whatever it did is over.
    private static async Task Stays(Meeting meeting)
    {
        for (var from = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(from) < Stall + HalfOpen; await Task.Delay(20))
        {
            meeting.AllSee(2).ShouldBeTrue($"he is there, after {Stopwatch.GetElapsedTime(from)}");
        }
    }

    // Ana on a front end that stays, Bo on one to which something happens, at records whose places are on all silos.
    private async Task<Meeting> Meet(Node web)
    {
        var (client, token) = await web.SignIn("bo@acme.test");
        client.Dispose();
        var load = new Load([.. cluster.People.Select(person => person.Client)]);
        await load.Make(12);
        var meeting = new Meeting(await Screen.Open(cluster.Webs[0], cluster.People[0].Token), await Screen.Open(web, token), [.. load.Refs]);
        foreach (var reference in meeting.Refs)
        {
            await Arrive(meeting.Ana, reference);
            await Arrive(meeting.Bo, reference);
        }

        await Until(() => meeting.AllSee(2), Soon);
        return meeting;
    }

    private static async Task Arrive(Screen screen, string reference)
    {
        await screen.Watch(reference);
        await screen.Call("Present", reference, new { activity = "viewing" });
    }

    private sealed record Meeting(Screen Ana, Screen Bo, IReadOnlyList<string> Refs) : IAsyncDisposable
    {
        /// <summary>Whether Ana sees so many people at every record.</summary>
        public bool AllSee(int people) => Refs.All(reference => Ana.People(reference).Count == people);

        public async ValueTask DisposeAsync()
        {
            await Ana.DisposeAsync();
            await Bo.DisposeAsync();
        }
    }
}
