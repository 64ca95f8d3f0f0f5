namespace Crm.Engine.Tests;

/// <summary>A host over a journal in memory whose commits can be held back and made to fail.</summary>
public sealed class Bench : IDisposable
{
    private readonly Kinds _kinds = new Kinds().Add<Note>();
    private readonly List<EmbeddedRecords> _hosts = [];
    private int _ids;

    public Bench()
    {
        _kinds.LoadCustomWith((_, _) => Task.FromResult<IReadOnlyList<FieldInfo>>(
            [new("custom.budget", FieldType.Number), new("custom.stage", FieldType.Text)]));
        Records = AnotherHost();
    }

    public HeldJournal Journal { get; } = new(new MemoryJournal());

    public FakeTime Time { get; } = new();

    public List<Nudge> Nudges { get; } = [];

    public EmbeddedRecords Records { get; private set; }

    public static Caller Caller(string user, params string[] permissions) => new(
        "acme", user, permissions.Length == 0 ? new HashSet<string> { "notes.*" } : permissions.ToHashSet(), new HashSet<string>(), new HashSet<string>());

    public Guid NewId() => CommandIds.Derive("bench", Interlocked.Increment(ref _ids).ToString());

    public EmbeddedRecords AnotherHost(EmbeddedOptions? options = null)
    {
        var host = new EmbeddedRecords(_kinds, new(Journal, new Ear(Nudges), _kinds, Processes.None, Time), options);
        _hosts.Add(host);
        return host;
    }

    public void Restart() => Records = AnotherHost();

    public void Dispose() => _hosts.ForEach(host => host.Dispose());

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

    public Task<Loaded> Load(Address at, CancellationToken cancel = default) => inner.Load(at, cancel);

    public Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default) =>
        inner.Read(at, after, limit, cancel);

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
