using System.Diagnostics;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Crm.Simulation;

public sealed class SimulationTests
{
    private const int LeastPerMinute = 2_000;
    private static readonly TimeSpan Gate = TimeSpan.FromSeconds(60);

    // What every minute of searching must have met: a search that never sees a fault proves nothing about it.
    private static readonly string[] Met =
    [
        "answer fenced off", "beat unanswered", "claim refused", "claim taken", "draft seen", "person seen", "place lost its memory", "call without an answer", "client came back", "client slow", "client told to resync", "clock jumped", "command applied",
        "command conflict", "command found in the journal", "command merged", "command rejected", "command repeated", "command tried again",
        "commit failed and not stored", "commit stored and reported as unknown", "connection half open", "database out", "dead letter replayed",
        "fit of failing commits", "front crashed", "front end deaf", "message lost in a partition", "node paused", "notice told", "nudge doubled",
        "nudge lost", "partition", "reaction tried again", "record asked for at a silo that was declared dead", "record read",
        "record removed before a watcher's eyes", "silo crashed", "silo evicted", "socket full", "write fenced off",
    ];

    public static TheoryData<string> Cases => [.. System.IO.Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Cases"), "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_broken_once_holds(string file) =>
        Simulation.Run(Shrink.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", file)))).Broken.ShouldBeNull();

    [Fact]
    public void A_minute_of_new_seeds_breaks_no_promise_and_meets_every_fault()
    {
        var first = Report.NewSeeds();
        var found = Search.Run(first, long.MaxValue, Gate);

        found.Findings.Select(finding => $"{finding.Broken}\nreplay: ./crm sim --seed {finding.Seed}").ShouldBeEmpty();
        Met.Except(found.Sometimes.Keys).ShouldBeEmpty();
        found.PerMinute.ShouldBeGreaterThan(LeastPerMinute);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(58)]
    public async Task A_seed_means_the_same_in_every_process(ulong seed)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Simulation).Assembly.Location, "--seed", $"{seed}", "--trace"]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        output.ShouldContain($"trace {Simulation.Run(Plan.Of(seed)).Trace:x16}\n");
        Simulation.Run(Plan.Of(seed + 1)).Trace.ShouldNotBe(Simulation.Run(Plan.Of(seed)).Trace);
    }

    [Fact]
    public void A_case_is_the_same_after_it_was_written_to_a_file()
    {
        var @case = Plan.Of(11, ops: 40);

        Simulation.Run(Shrink.Read(Shrink.Write(@case))).Trace.ShouldBe(Simulation.Run(@case).Trace);
    }
}
