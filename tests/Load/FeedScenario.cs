using System.Diagnostics;

namespace Crm.Load;

/// <summary>The feeds of many people over one change log, as each of them gets his own; and what it takes to verify that log.</summary>
public sealed class FeedScenario
{
    private const int AtOnce = 4;
    private readonly FeedSize _size = new();

    /// <summary>Milliseconds of each class of question.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run()
    {
        await using var store = await FeedStore.Open(Path.GetFullPath(".data/bench/feed"), _size);
        var results = new Dictionary<string, Dictionary<string, double>>();
        foreach (var (name, query) in Classes())
        {
            await Measure(store, query, _size.Users / 10, 1); // Warm up: the cache of a server that has run for a while.
            results[name] = await Measure(store, query, _size.Users, 1);
            Console.Error.WriteLine($"{name}: p95 {results[name]["p95"]:0.0} ms");
        }

        results[$"first page, {AtOnce} at once"] = await Measure(store, Classes().First().Query, _size.Users, AtOnce);
        var clock = Stopwatch.GetTimestamp();
        var report = await store.Audit.Verify(FeedStore.Tenant);
        results["verify"] = new()
        {
            ["changes"] = report.Changes, ["seconds"] = Stopwatch.GetElapsedTime(clock).TotalSeconds, ["faults"] = report.Faults.Count,
            ["changesPerSecond"] = report.Changes / report.Took.TotalSeconds,
        };
        return results;
    }

    private static async Task<Dictionary<string, double>> Measure(FeedStore store, ActivityQuery query, int count, int atOnce)
    {
        var times = new double[count];
        var found = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (number, cancel) =>
        {
            var clock = Stopwatch.GetTimestamp();
            var answer = await store.Activity.Read(FeedStore.Person(number), query, cancel);
            times[number] = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            Interlocked.Add(ref found, answer.Page?.Items.Count ?? throw new InvalidOperationException(answer.Refusal!.Text));
        });
        var result = Percentiles.Of([.. times]);
        result["entries"] = (double)found / count;
        return result;
    }

    private static IEnumerable<(string Name, ActivityQuery Query)> Classes()
    {
        yield return ("first page", new(ActivityScope.Own));
        yield return ("first page of important ones", new(ActivityScope.Own, Least: Importance.Important));
        yield return ("first page of one field", new(ActivityScope.Own, Kinds: ["contacts"], Field: "status"));
        yield return ("team's first page", new(ActivityScope.Team));
        yield return ("a record's timeline", new(ActivityScope.Record, "contacts/c77"));
    }
}
