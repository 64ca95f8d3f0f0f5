namespace Crm.Engine.Tests;

/// <summary>How a bench opens a host: a fresh one each time, with no record in memory, over the services of that bench.</summary>
public delegate IRecords OpenHost(Kinds kinds, RecordServices services);

/// <summary>A host over a journal in memory whose commits can be held back and made to fail.</summary>
public sealed class Bench : IDisposable
{
    private readonly Kinds _kinds = new Kinds().Add<Note>();
    private readonly List<IRecords> _hosts = [];
    private readonly OpenHost _open;
    private int _ids;

    /// <param name="open">Null for the host inside one process.</param>
    public Bench(OpenHost? open = null)
    {
        _open = open ?? ((kinds, services) => new EmbeddedRecords(kinds, services));
        _kinds.LoadCustomWith((_, _) => Task.FromResult<IReadOnlyList<FieldInfo>>(
            [new("custom.budget", FieldType.Number), new("custom.stage", FieldType.Text)]));
        Records = AnotherHost();
    }

    public HeldJournal Journal { get; } = new(new MemoryJournal());

    public FakeTime Time { get; } = new();

    public List<Nudge> Nudges { get; } = [];

    public IRecords Records { get; private set; }

    public static Caller Caller(string user, params string[] permissions) => new(
        "acme", user, permissions.Length == 0 ? new HashSet<string> { "notes.*" } : permissions.ToHashSet(), new HashSet<string>(), new HashSet<string>());

    public Guid NewId() => CommandIds.Derive("bench", Interlocked.Increment(ref _ids).ToString());

    public IRecords AnotherHost()
    {
        var host = _open(_kinds, Services);
        _hosts.Add(host);
        return host;
    }

    /// <summary>One with bounds of its own, in one process.</summary>
    public EmbeddedRecords EmbeddedHost(EmbeddedOptions options)
    {
        var host = new EmbeddedRecords(_kinds, Services, options);
        _hosts.Add(host);
        return host;
    }

    public void Restart() => Records = AnotherHost();

    public void Dispose() => _hosts.OfType<IDisposable>().ToList().ForEach(host => host.Dispose());

    private RecordServices Services => new(Journal, new Ear(Nudges), _kinds, Processes.None, Time);

    private sealed class Ear(List<Nudge> nudges) : INudges
    {
        public void Nudge(Nudge nudge)
        {
            lock (nudges)
            {
                nudges.Add(nudge);
            }
        }
    }
}

/// <summary>Holds commits back in their order, and lets one fail as if its fate were unknown.</summary>
public sealed class HeldJournal(IJournal inner) : IJournal
{
    private readonly Queue<TaskCompletionSource> _held = [];
    private bool _holding;
    private bool _failing;
    private TaskCompletionSource _reads = Released();
    private int _waiting;

    public void HoldCommits() => _holding = true;

    public void FailNextCommit() => _failing = true;

    public void ReleaseCommits()
    {
        lock (_held)
        {
            _holding = false;
            while (_held.TryDequeue(out var next))
            {
                next.SetResult();
            }
        }
    }

    /// <summary>Reads that wait for <see cref="ReleaseReads"/> now.</summary>
    public int HeldReads => _waiting;

    public void HoldReads() => _reads = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ReleaseReads() => _reads.SetResult();

    public async Task<Loaded> Load(Address at, CancellationToken cancel = default)
    {
        await MayRead(cancel);
        return await inner.Load(at, cancel);
    }

    public async Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default)
    {
        await MayRead(cancel);
        return await inner.Read(at, after, limit, cancel);
    }

    public Task<Recorded?> Commit(Entry entry)
    {
        TaskCompletionSource? turn = null;
        lock (_held)
        {
            if (_holding)
            {
                _held.Enqueue(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }

        return turn is null ? CommitNow(entry) : Later(turn.Task, entry);
    }

    private async Task MayRead(CancellationToken cancel)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _reads.Task.WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static TaskCompletionSource Released()
    {
        var released = new TaskCompletionSource();
        released.SetResult();
        return released;
    }

    private async Task<Recorded?> Later(Task turn, Entry entry)
    {
        await turn; // Back on the record's own scheduler, so in the order of the calls.
        return await CommitNow(entry);
    }

    private Task<Recorded?> CommitNow(Entry entry)
    {
        if (_failing)
        {
            _failing = false;
            entry.Lineage.Break();
            return Task.FromException<Recorded?>(new UnavailableException("The journal did not answer."));
        }

        return inner.Commit(entry);
    }
}

internal static class OutcomeAssertions
{
    public static void ShouldBeDone(this Outcome outcome, Status status, long version)
    {
        outcome.Errors.ShouldBeEmpty();
        (outcome.Status, outcome.Version).ShouldBe((status, version));
    }

    public static void ShouldBeRefused(this Outcome outcome, string code)
    {
        outcome.Status.ShouldBe(Status.Rejected);
        outcome.Errors.ShouldContain(error => error.Code == code);
    }
}
