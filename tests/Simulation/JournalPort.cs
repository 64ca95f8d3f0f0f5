using Crm.Engine;

namespace Crm.Simulation;

/// <summary>A silo's way to the database: entries of one record arrive and are answered in the order in which they were sent.</summary>
public sealed class JournalPort(World world, Network network, Store store, Troubles troubles, Node silo, Node database, Bug bug) : IJournal
{
    private readonly Dictionary<Lineage, (long Arrives, long Answers)> _order = new(ReferenceEqualityComparer.Instance);
    private readonly Questions _questions = new(silo);

    /// <inheritdoc />
    public Task<Loaded> Load(Address at, CancellationToken cancel = default) =>
        network.Call(silo, database, Key(at), () => Task.FromResult(new Loaded(store.Head(at), new Lineage())));

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default) =>
        network.Call(silo, database, Key(at), () => Task.FromResult(store.Read(at, after, limit)));

    /// <inheritdoc />
    public Task<Recorded?> Commit(Entry entry)
    {
        var done = new TaskCompletionSource<Recorded?>();
        var key = _questions.Next(Keyed.Of(entry.CommandId) ^ Keyed.Of(entry.At));
        var (arrives, answers) = _order.GetValueOrDefault(entry.Lineage);
        arrives = Math.Max(arrives + 1, world.Now + network.Delay(key));
        answers = Math.Max(answers + 1, arrives + network.Delay(~key));
        _order[entry.Lineage] = (arrives, answers);
        if (!network.Reaches(silo, database))
        {
            world.Saw("commit failed and not stored");
            entry.Lineage.Break();
            Answer(done, world.Now + Network.Patience.Ticks, key, null, new UnavailableException("The journal did not answer."));
            return done.Task;
        }

        world.At(arrives, key, () => Arrive(entry, key, (earlier, fault) => Answer(done, answers, ~key, earlier, fault)));
        return bug == Bug.AckBeforeCommit && entry.Change is not null ? Task.FromResult<Recorded?>(null) : done.Task;
    }

    private void Arrive(Entry entry, ulong key, Action<Recorded?, Exception?> answer)
    {
        if (entry.Lineage.Broken)
        {
            answer(null, new StaleException(entry.At, entry.Change?.Version ?? entry.Answer.Version));
            return;
        }

        var fate = world.Keyed.Below(1_000, Site.Fate, key);
        var (failed, unknown) = troubles.Writing ? (200, 200) : (troubles.Weather.Failed, troubles.Weather.Unknown);
        if (troubles.Down || fate < failed)
        {
            Unstored(entry, answer);
            return;
        }

        try
        {
            var earlier = store.Commit(entry);
            if (earlier is not null && entry.Change is not null)
            {
                entry.Lineage.Break();
            }

            if (!network.Reaches(database, silo) || fate < failed + unknown)
            {
                world.Saw("commit stored and reported as unknown");
                entry.Lineage.Break();
                answer(null, new UnavailableException("The answer to the write was lost."));
            }
            else
            {
                answer(earlier, null);
            }
        }
        catch (StaleException stale)
        {
            entry.Lineage.Break();
            answer(null, stale);
        }
    }

    private void Unstored(Entry entry, Action<Recorded?, Exception?> answer)
    {
        world.Saw("commit failed and not stored");
        entry.Lineage.Break();
        answer(null, new UnavailableException("The journal did not answer."));
    }

    private void Answer(TaskCompletionSource<Recorded?> done, long at, ulong key, Recorded? earlier, Exception? fault) => world.At(at, key, () =>
    {
        if (fault is null)
        {
            done.TrySetResult(earlier);
        }
        else
        {
            done.TrySetException(fault);
        }
    });

    private ulong Key(Address at) => _questions.Next(Keyed.Of(at));
}

/// <summary>What goes wrong at this moment.</summary>
public sealed class Troubles(Weather weather)
{
    /// <summary>How bad the network is.</summary>
    public Weather Weather { get; set; } = weather;

    /// <summary>The database does not answer.</summary>
    public bool Down => Downs > 0;

    /// <summary>Many writes fail.</summary>
    public bool Writing => Fits > 0;

    /// <summary>Outages under way.</summary>
    public int Downs { get; set; }

    /// <summary>Fits of failing under way.</summary>
    public int Fits { get; set; }
}
