namespace Crm.Load;

/// <summary>The highest rate of durable edits with p99 within 100 ms and nothing lost: 1,000 connections in groups of 10.</summary>
public sealed class KneeScenario(int connections = 1_000, int group = 10)
{
    private const double Within = 100;
    private const double First = 1_000;
    private const double Most = 30_000;
    private const double Growth = 1.25;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

    /// <summary>Records that it needs.</summary>
    public int Records => connections / group;

    /// <summary>The rate, and what was measured at it.</summary>
    /// <exception cref="InvalidOperationException">The lowest rate is too much already.</exception>
    public async Task<Dictionary<string, double>> Run(Target target)
    {
        await using var crowd = new Crowd(target, connections, group);
        await crowd.Gather();
        await crowd.Edit(First, WarmUp, Settle);
        var (best, held) = (0.0, (Crowd.Stretch?)null);
        var rate = First;
        for (var growth = Growth; growth > 1.05 && rate < Most; rate = Math.Max(best, First) * growth)
        {
            if (await Holds(crowd, rate) is { } stretch)
            {
                (best, held) = (rate, stretch);
            }
            else
            {
                growth = Math.Sqrt(growth); // Between the last that held and this.
            }
        }

        return held is null ? throw new InvalidOperationException($"{First} edits a second are too much.") : new(held.Row()) { ["edits/s"] = best };
    }

    // A second try, since a step may meet the compiler or the collector.
    private static async Task<Crowd.Stretch?> Holds(Crowd crowd, double rate)
    {
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var stretch = await crowd.Edit(rate, Settle, Measured);
            var holds = stretch.Delivered == stretch.Expected && stretch.Latencies["p99"] <= Within;
            await Console.Error.WriteLineAsync(
                $"  {rate:0}/s: p50 {stretch.Latencies["p50"]:0.0} p99 {stretch.Latencies["p99"]:0.0} ms, {stretch.Delivered} of {stretch.Expected}, cpu {stretch.Server:0.00} + {stretch.Database:0.00}{(holds ? "" : ", too much")}");
            if (holds)
            {
                return stretch;
            }
        }

        return null;
    }
}
