using System.Threading.Channels;
using Crm.Engine;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>One writer: takes what has queued up while it wrote the last group, and writes that as the next one.</summary>
internal sealed class Lane : IAsyncDisposable
{
    private const string UniqueViolation = PostgresErrorCodes.UniqueViolation;
    private const string Fenced = "CRM01";
    private const int Tries = 3;
    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new() { SingleReader = true });
    private readonly List<Pending> _group = [];
    private readonly int _number;
    private readonly JournalConnection _connection;
    private readonly JournalOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _running;
    private int _queued;
    private int _restarts;
    private long _oldest;
    private double _perSecond;
    private long _measured;

    public Lane(int number, JournalConnection connection, JournalOptions options, TimeProvider time, ILogger log)
    {
        (_number, _connection, _options, _time, _log) = (number, connection, options, time, log);
        _measured = time.GetTimestamp();
        _running = Task.Run(Supervise);
    }

    /// <summary>Entries that are enqueued and neither stored nor failed.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>How long the oldest entry of the group that is being written has waited; zero between groups.</summary>
    public TimeSpan Oldest => Volatile.Read(ref _oldest) is not 0 and var since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Times that the writer died and was started again.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>Takes an entry; the task ends when its fate is known.</summary>
    public Task<Recorded?> Enqueue(Pending entry)
    {
        entry.Since = Math.Max(1, _time.GetTimestamp());
        if (Interlocked.Increment(ref _queued) > _options.MostQueued || !_queue.Writer.TryWrite(entry))
        {
            // What was decided on this entry fails with it, so refusing one never reorders the others.
            Interlocked.Decrement(ref _queued);
            entry.Fail(new UnavailableException("Too many writes are waiting."));
        }

        return entry.Done;
    }

    /// <summary>Ends once everything that was enqueued is written or has failed.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running;
        await _connection.DisposeAsync();
    }

    // A dead writer is an outage that nothing else reports: nobody else takes from its queue.
    private async Task Supervise()
    {
        while (true)
        {
            try
            {
                await Run();
                return;
            }
            catch (Exception fault)
            {
                Interlocked.Increment(ref _restarts);
                _log.LogCritical("Writer {Lane} of the journal died of {Fault} with {Count} entries and is started again: {Where}",
                    _number, fault.GetType().Name, _group.Count, fault.StackTrace);
                End(_group, entry => entry.Fail(new UnavailableException("The journal's writer failed.", fault)));
                await _connection.Drop();
            }
        }
    }

    private async Task Run()
    {
        var reader = _queue.Reader;
        while (await reader.WaitToReadAsync())
        {
            if (_perSecond > _options.BusyPerSecond && _options.Window > TimeSpan.Zero)
            {
                await Task.Delay(_options.Window, _time);
            }

            while (_group.Count < _options.MostInGroup && reader.TryRead(out var entry))
            {
                _group.Add(entry);
            }

            Measure(_group.Count);
            Volatile.Write(ref _oldest, _group.Count > 0 ? _group[0].Since : 0);
            var broken = _group.Where(entry => entry.Entry.Lineage.Broken).ToList();
            End(broken, entry => entry.FailStale());
            await Write([.. _group.Except(broken).GroupBy(entry => entry.Entry.Lineage).Select(chain => chain.ToList())]);
            _group.Clear();
            Volatile.Write(ref _oldest, 0);
        }
    }

    // A moving average over about 50 ms, so that a burst is not taken for load.
    private void Measure(int count)
    {
        const double span = 0.05;
        var now = _time.GetTimestamp();
        var seconds = Math.Max(_time.GetElapsedTime(_measured, now).TotalSeconds, 1e-6);
        _measured = now;
        var weight = 1 - Math.Exp(-seconds / span);
        _perSecond += weight * ((count / seconds) - _perSecond);
    }

    // Each chain is one record's entries in order. Halves, until the record that cannot be written stands alone: its neighbours are stored.
    private async Task Write(List<List<Pending>> chains)
    {
        if (chains.Count == 0)
        {
            return;
        }

        try
        {
            await Store([.. chains.SelectMany(chain => chain)]);
            End(chains.SelectMany(chain => chain), entry => entry.Store());
        }
        catch (Exception fault) when (Database.IsPassing(fault))
        {
            await Unknown(chains.SelectMany(chain => chain), fault);
        }
        catch (Exception) when (chains.Count > 1)
        {
            var half = chains.Count / 2;
            await Write(chains[..half]);
            await Write(chains[half..]);
        }
        catch (Exception)
        {
            await Alone(chains[0]);
        }
    }

    private async Task Store(List<Pending> group)
    {
        using var span = JournalSignals.BeginGroup(group);
        var began = _time.GetTimestamp();
        try
        {
            CrashPoint.Reach(CrashPoint.BeforeCommit);
            await _connection.Store(group);
            CrashPoint.Reach(CrashPoint.AfterCommit);
            JournalSignals.Stored(group.Count, _time.GetElapsedTime(began));
        }
        catch (Exception fault)
        {
            JournalSignals.Failed(span, fault);
            throw;
        }
    }

    // One record's entries after a fault that was its own: some are repetitions, or another host has written it, or it cannot be stored at all.
    private async Task Alone(List<Pending> chain)
    {
        try
        {
            for (var attempt = 1; chain.Count > 0; attempt++)
            {
                var known = await _connection.Known(chain);
                var next = Next(chain, known);
                if (next.Count == 0 || await Stored(next, mayRepeat: attempt < Tries))
                {
                    chain = [.. chain.Where(entry => !entry.Done.IsCompleted)];
                }
            }
        }
        catch (Exception fault) when (fault is UnavailableException || Database.IsPassing(fault))
        {
            await Unknown(chain.Where(entry => !entry.Done.IsCompleted), fault);
        }
    }

    // Answers what is known, and takes what may be written in one go: up to a command that stands twice in the chain.
    private List<Pending> Next(List<Pending> chain, Dictionary<(string User, Guid Id), Recorded> known)
    {
        var next = new List<Pending>();
        var seen = new HashSet<(string User, Guid Id)>();
        foreach (var entry in chain)
        {
            if (entry.Entry.Lineage.Broken)
            {
                End([entry], each => each.FailStale());
            }
            else if (!known.TryGetValue(entry.Command, out var earlier))
            {
                if (!seen.Add(entry.Command))
                {
                    break;
                }

                next.Add(entry);
            }
            else if (entry.Change is not null && next.Count > 0)
            {
                break; // What stands before it holds; it is answered in the next round, and what follows it fails.
            }
            else
            {
                End([entry], each => each.Repeat(earlier));
            }
        }

        return next;
    }

    private async Task<bool> Stored(List<Pending> chain, bool mayRepeat)
    {
        try
        {
            await Store(chain);
            End(chain, entry => entry.Store());
            return true;
        }
        catch (PostgresException answered) when (answered is { SqlState: UniqueViolation, ConstraintName: "answers_pkey" } && mayRepeat)
        {
            return false; // Another host answered the same command meanwhile.
        }
        catch (PostgresException answered) when (answered.SqlState is UniqueViolation or Fenced)
        {
            End(chain, entry => entry.FailStale());
            return true;
        }
        catch (Exception fault) when (!Database.IsPassing(fault))
        {
            // Without the detail: it may show values.
            var code = (fault as PostgresException)?.SqlState ?? fault.GetType().Name;
            _log.LogError("{Ref} cannot be stored: {Code}", chain[0].Entry.At, code);
            End(chain, entry => entry.Fail(new InvalidOperationException($"{entry.Entry.At.Ref} cannot be stored: {code}.")));
            return true;
        }
    }

    private async Task Unknown(IEnumerable<Pending> entries, Exception fault)
    {
        await _connection.Drop();
        var lost = entries.ToList();
        _log.LogWarning("The fate of {Count} writes is unknown: {Fault}", lost.Count, (fault as PostgresException)?.SqlState ?? fault.GetType().Name);
        End(lost, entry => entry.Fail(new UnavailableException("The journal did not say whether this is stored.", fault)));
    }

    private void End(IEnumerable<Pending> entries, Action<Pending> fate)
    {
        foreach (var entry in entries)
        {
            if (!entry.Done.IsCompleted)
            {
                fate(entry);
                Interlocked.Decrement(ref _queued);
            }
        }
    }
}
