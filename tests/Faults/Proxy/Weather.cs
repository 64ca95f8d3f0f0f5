namespace Crm.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to what passes it, both ways. It can change at any time and holds from then on.</summary>
/// <param name="Delay">Every piece comes so much later; order is kept.</param>
/// <param name="Jitter">And by up to so much more, drawn from the proxy's seed.</param>
/// <param name="BytesPerSecond">No more than this passes each way; 0 for no bound.</param>
/// <param name="Stalled">Nothing passes, and nobody is told: neither bytes nor ends. What was held passes later. A half-open connection is one that stays so.</param>
/// <param name="ResetsPerMille">So many of a thousand pieces reset their connection instead of passing, drawn from the seed.</param>
public sealed record Weather(
    TimeSpan Delay = default, TimeSpan Jitter = default, int BytesPerSecond = 0, bool Stalled = false, int ResetsPerMille = 0)
{
    /// <summary>Everything passes at once.</summary>
    public static Weather Fair { get; } = new();
}
