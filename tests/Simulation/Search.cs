using System.Diagnostics;

namespace Crm.Simulation;

/// <summary>A seed whose case broke a promise.</summary>
public sealed record Finding(ulong Seed, string Broken);

/// <summary>What a search came to.</summary>
/// <param name="Seeds">Cases that were run, without the repetitions.</param>
/// <param name="PerMinute">What two cores that do nothing else would run in a minute, by the processor time that it took here.</param>
public sealed record Found(long Seeds, IReadOnlyList<Finding> Findings, double PerMinute, double Elapsed, IReadOnlyDictionary<string, long> Sometimes);

/// <summary>Runs many seeds, one thread of the simulation on each core.</summary>
public static class Search
{
    private const int Cores = 2;
    private const int RepeatEach = 100;
    private const int MostFindings = 10;

    /// <summary>Seeds from the first on, until a number is reached, or the time is over, or many have failed.</summary>
    public static Found Run(ulong first, long seeds, TimeSpan time, Bug bug = Bug.None, int stopAfter = MostFindings)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var findings = new List<Finding>();
        var sometimes = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long next = 0, done = 0;
        void Work()
        {
            while (clock.Elapsed < time && findings.Count < stopAfter && Interlocked.Increment(ref next) is var number && number <= seeds)
            {
                var seed = first + (ulong)number - 1;
                var result = Of(seed, bug);
                Interlocked.Increment(ref done);
                lock (sometimes)
                {
                    foreach (var (what, times) in result.Sometimes)
                    {
                        sometimes[what] = sometimes.GetValueOrDefault(what) + times;
                    }

                    if (result.Broken is { } broken)
                    {
                        findings.Add(new(seed, broken));
                    }
                }
            }
        }

        var threads = Enumerable.Range(0, Math.Min(Cores, Environment.ProcessorCount)).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var cpu = (Environment.CpuUsage.TotalTime - before).TotalMinutes;
        return new(done, [.. findings.OrderBy(finding => finding.Seed)], done * Cores / cpu, clock.Elapsed.TotalSeconds, sometimes);
    }

    // Some seeds run twice: two runs of one case that differ would make every finding worthless.
    private static Result Of(ulong seed, Bug bug)
    {
        var result = Simulation.Run(Plan.Of(seed), bug);
        return seed % RepeatEach == 0 && Simulation.Run(Plan.Of(seed), bug).Trace != result.Trace
            ? result with { Broken = "two runs of this seed differ" }
            : result;
    }
}
