namespace Crm.Web.Live;

/// <summary>Compares the version of each watched record with the journal every few seconds, so that no lost nudge stays lost.</summary>
internal sealed class HeadsWatch(Relay relay, ILists lists, LiveOptions options, TimeProvider time)
{
    private const int Batch = 500;
    private const double GoldenRatio = 0.6180339887498949; // Its multiples leave no two neighbours close to each other.
    private const int MendsAtOnce = 8;

    /// <summary>Compares the records whose turn it is.</summary>
    public async Task Compare()
    {
        relay.Sweep();
        var now = time.GetTimestamp();
        var due = relay.Topics.Where(topic => topic.Version > 0 && (topic.CompareAt <= now || topic.Behind)).OrderBy(topic => topic.Number);
        foreach (var batch in due.Chunk(Batch))
        {
            foreach (var topic in batch)
            {
                topic.CompareAt = now + Next(topic.Number);
            }

            var heads = await lists.Heads([.. batch.Select(topic => topic.At)]);
            await Parallel.ForEachAsync(
                batch.Where(topic => !heads.TryGetValue(topic.At, out var head) || head > topic.Version),
                new ParallelOptions { MaxDegreeOfParallelism = MendsAtOnce, TaskScheduler = TaskScheduler.Current },
                async (topic, _) => await relay.Mend(topic, heads.GetValueOrDefault(topic.At)));
        }
    }

    // Each record has its own rhythm, so that neither its queries nor the repairs of a whole node come at once.
    private long Next(long number)
    {
        var share = 0.75 + (0.25 * (number * GoldenRatio % 1));
        return (long)(options.HeadsEvery.TotalSeconds * share * time.TimestampFrequency);
    }
}
