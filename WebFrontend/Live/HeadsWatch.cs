namespace Crm.Web.Live;

/// <summary>Compares the version of each watched record with the journal every few seconds, so that no lost nudge stays lost.</summary>
internal sealed class HeadsWatch(Relay relay, ILists lists, LiveOptions options, TimeProvider time)
{
    private const int Batch = 500;
    private const int MendsAtOnce = 8;

    /// <summary>Compares the records whose turn it is.</summary>
    public async Task Compare()
    {
        relay.Sweep();
        var now = time.GetTimestamp();
        foreach (var batch in relay.Topics.Where(topic => topic.Version > 0 && (topic.CompareAt <= now || topic.Behind)).Chunk(Batch))
        {
            foreach (var topic in batch)
            {
                topic.CompareAt = now + Next(topic.At);
            }

            var heads = await lists.Heads([.. batch.Select(topic => topic.At)]);
            await Parallel.ForEachAsync(
                batch.Where(topic => !heads.TryGetValue(topic.At, out var head) || head > topic.Version),
                new ParallelOptions { MaxDegreeOfParallelism = MendsAtOnce },
                async (topic, _) => await relay.Mend(topic));
        }
    }

    // Each record has its own rhythm, so that neither its queries nor the repairs of a whole node come at once.
    private long Next(Address at)
    {
        var share = 0.75 + (0.25 * (uint)at.GetHashCode() / uint.MaxValue);
        return (long)(options.HeadsEvery.TotalSeconds * share * time.TimestampFrequency);
    }
}
