using System.Text.Json;

namespace Crm.Simulation;

/// <summary>What <c>./crm sim</c> prints, and the regression files that it leaves.</summary>
public static class Report
{
    private const ulong DefaultSeeds = 2_000;
    private static readonly string Cases = Path.Combine("tests", "Simulation", "Cases");

    /// <summary>Seeds that nobody has run before, as good as certainly.</summary>
    public static ulong NewSeeds() => (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 100_000;

    /// <summary>Searches, or replays one seed.</summary>
    /// <param name="seeds">0 for the default: one when a seed was named, else many.</param>
    /// <returns>The exit code: 1 when a promise was broken.</returns>
    public static int Run(IReadOnlyDictionary<string, string> options, ulong first, ulong seeds, Bug bug)
    {
        if (options.ContainsKey("--seed") && seeds <= 1)
        {
            return Replay(first, bug, options.ContainsKey("--story"), options.ContainsKey("--trace"));
        }

        seeds = seeds == 0 ? DefaultSeeds : seeds;
        Console.WriteLine($"simulating {seeds} seeds from {first}");
        var found = Search.Run(first, (long)seeds, TimeSpan.MaxValue, bug);
        foreach (var (what, times) in found.Sometimes)
        {
            Console.WriteLine($"{times,12:#,0}  {what}");
        }

        Console.WriteLine($"{found.Seeds} seeds in {found.Elapsed:0} s ({found.PerMinute:#,0} a minute on two idle cores), {found.Findings.Count} broke a promise");
        foreach (var finding in found.Findings)
        {
            Console.WriteLine($"seed {finding.Seed}: {finding.Broken}\n  replay: ./crm sim --seed {finding.Seed}");
        }

        if (found.Findings is [var smallest, ..])
        {
            Keep(smallest.Seed, bug);
        }

        return found.Findings.Count > 0 ? 1 : 0;
    }

    /// <summary>Prints what the clients' connections went through in some runs, a JSON object a line; each begins with its name.</summary>
    public static int Wire(IEnumerable<(string Name, Case Case)> runs)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput());
        var broken = false;
        foreach (var (name, @case) in runs)
        {
            output.WriteLine(JsonSerializer.Serialize(new { run = name }));
            broken |= Simulation.Run(@case, wire: output.WriteLine).Broken is not null;
        }

        return broken ? 1 : 0;
    }

    private static int Replay(ulong seed, Bug bug, bool story, bool trace)
    {
        var result = Simulation.Run(Plan.Of(seed), bug, story ? Console.WriteLine : null);
        if (trace)
        {
            Console.WriteLine($"trace {result.Trace:x16}");
        }

        Console.WriteLine($"seed {seed}: {result.Broken ?? "every promise was kept"}");
        if (result.Broken is null)
        {
            return 0;
        }

        Keep(seed, bug);
        return 1;
    }

    // The case that is committed with the repair.
    private static void Keep(ulong seed, Bug bug)
    {
        var (smallest, broken) = Shrink.Of(Plan.Of(seed), bug);
        Console.WriteLine($"shrunk to {smallest.Ops.Count} steps and {smallest.Faults.Count} faults: {broken}");
        foreach (var step in smallest.Ops.Select(op => op.ToString()).Concat(smallest.Faults.Select(fault => fault.ToString())))
        {
            Console.WriteLine($"  {step}");
        }

        if (bug == Bug.None && System.IO.Directory.Exists(Cases))
        {
            var file = Path.Combine(Cases, $"{seed}.json");
            File.WriteAllText(file, Shrink.Write(smallest) + "\n");
            Console.WriteLine($"kept as {file}: commit it with the repair");
        }
    }
}
