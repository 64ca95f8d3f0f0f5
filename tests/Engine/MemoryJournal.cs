namespace Crm.Engine.Tests;

/// <summary>The journal's contract without a database: what tests of the engine write to.</summary>
/// <remarks>
/// Completes on the caller's thread unless told to hold, and reads no clock, so a seeded scheduler can drive it.
/// </remarks>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Address, Stored> _records = [];
    private readonly Dictionary<(Address At, string User, Guid Command), Recorded> _answers = [];
    private readonly Queue<Waiting> _held = [];
    private readonly Queue<Fate> _fates = [];
    private readonly List<Reacting> _outbox = [];
    private bool _holding;

    /// <summary>What becomes of a write that is not simply stored.</summary>
    public enum Fate
    {
        /// <summary>Fails and is not stored, but its caller cannot know that.</summary>
        Lost,

        /// <summary>Fails though it is stored, and its caller cannot know that.</summary>
        StoredUnknown,
    }

    /// <summary>One row of the outbox for each process that must hear of a change, in the order of the commits.</summary>
    public IReadOnlyList<Reacting> Outbox
    {
        get
        {
            lock (_lock)
            {
                return [.. _outbox];
            }
        }
    }

    /// <summary>Entries that wait since <see cref="Hold"/>.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>From now on entries wait, as they do while a commit before them runs.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _holding = true;
        }
    }

    /// <summary>Lets the oldest waiting entries through; all of them, and every later one, when no number is given.</summary>
    public void Release(int? count = null)
    {
        lock (_lock)
        {
            _holding = count is not null;
        }

        for (var left = count ?? int.MaxValue; left > 0; left--)
        {
            Waiting next;
            lock (_lock)
            {
                if (!_held.TryDequeue(out next))
                {
                    return;
                }
            }

            Store(next.Entry, next.Done);
        }
    }

    /// <summary>The next entry to be stored meets this fate; call it again for the one after.</summary>
    public void Next(Fate fate)
    {
        lock (_lock)
        {
            _fates.Enqueue(fate);
        }
    }

    /// <inheritdoc />
    public Task<Loaded> Load(Address at, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            return Task.FromResult(new Loaded(_records.GetValueOrDefault(at)?.Head, new Lineage()));
        }
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Change>>(
                _records.TryGetValue(at, out var stored) ? [.. stored.Changes.Skip((int)Math.Max(after, 0)).Take(limit)] : []);
        }
    }

    /// <inheritdoc />
    public Task<Recorded?> Commit(Entry entry)
    {
        var done = new TaskCompletionSource<Recorded?>();
        lock (_lock)
        {
            if (_holding)
            {
                _held.Enqueue(new(entry, done));
                return done.Task;
            }
        }

        Store(entry, done);
        return done.Task;
    }

    // Completed outside the lock: whoever waits for it may commit again at once.
    private void Store(Entry entry, TaskCompletionSource<Recorded?> done)
    {
        Recorded? earlier = null;
        Exception? fault;
        lock (_lock)
        {
            fault = Refusal(entry) ?? Try(entry, out earlier);
            if (fault is not null || (earlier is not null && entry.Change is not null))
            {
                entry.Lineage.Break();
            }
        }

        if (fault is null)
        {
            done.SetResult(earlier);
        }
        else
        {
            done.SetException(fault);
        }
    }

    private static StaleException? Refusal(Entry entry) =>
        entry.Lineage.Broken ? new StaleException(entry.At, entry.Change?.Version ?? entry.Answer.Version) : null;

    private Exception? Try(Entry entry, out Recorded? earlier)
    {
        if (_answers.TryGetValue((entry.At, entry.User, entry.CommandId), out earlier))
        {
            return null;
        }

        Fate? fate = _fates.TryDequeue(out var drawn) ? drawn : null;
        if (fate == Fate.Lost)
        {
            return new UnavailableException("The journal did not answer.");
        }

        if (entry.Change is { } change)
        {
            var stored = _records.GetValueOrDefault(entry.At) ?? (_records[entry.At] = new());
            if (change.Version != stored.Changes.Count + 1)
            {
                return new StaleException(entry.At, change.Version);
            }

            stored.Changes.Add(change);
            stored.Head = entry.After;
            _outbox.AddRange(entry.Reactions.Select(reaction => new Reacting(entry.At, change.Version, reaction)));
        }

        else if ((_records.GetValueOrDefault(entry.At)?.Head?.Version ?? 0) != entry.Seen)
        {
            return new StaleException(entry.At, entry.Seen);
        }

        _answers.Add((entry.At, entry.User, entry.CommandId), new(entry.BodyHash, entry.Answer));
        return fate is null ? null : new UnavailableException("The journal did not answer.");
    }

    /// <summary>A process that must hear of a change.</summary>
    public sealed record Reacting(Address At, long Version, string Reaction);

    private readonly record struct Waiting(Entry Entry, TaskCompletionSource<Recorded?> Done);

    private sealed class Stored
    {
        public List<Change> Changes { get; } = [];

        public RecordView? Head { get; set; }
    }
}
