using System.Diagnostics;
using Crm.Engine;

namespace Crm.Silo.Postgres;

/// <summary>What lists find and sort a record by.</summary>
/// <param name="Title">Folded, for sorting.</param>
/// <param name="Search">Folded words with a blank at both ends.</param>
/// <param name="Terms">Hashes of words, near words, pieces and facets.</param>
/// <param name="Keys">Hashes of identity keys.</param>
public sealed record Row(string Title, string Search, int[] Terms, int[] Keys);

/// <summary>How the journal writes.</summary>
/// <param name="Row">The read model's row of a record. Called on the writer: quick, pure.</param>
/// <param name="Lanes">Writers side by side, each with a connection; a record always takes the same one.</param>
/// <param name="MostInGroup">Entries that share a transaction at most.</param>
/// <param name="MostQueued">Entries that may wait in a lane; the next one is refused as unavailable at once, so memory stays bounded.</param>
public sealed record JournalOptions(
    Func<KindInfo, string, RecordView, Row> Row, int Lanes = 1, int MostInGroup = 256, int MostQueued = 20_000)
{
    /// <summary>How long a transaction may take before its fate counts as unknown.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A group waits this long for company when entries come faster than <see cref="BusyPerSecond"/>.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Entries a second in a lane above which groups wait.</summary>
    public double BusyPerSecond { get; init; } = 2_000;
}

/// <summary>What the next change of a record continues: the head of its chain and the key that its values are sealed under.</summary>
internal sealed class PostgresLineage(byte[] tenantKey, long version, byte[] head, SubjectKey? key) : Lineage
{
    public byte[] TenantKey { get; } = tenantKey;

    /// <summary>Of the last change that was enqueued.</summary>
    public long Version { get; set; } = version;

    public byte[] Head { get; set; } = head;

    /// <summary>Null for a new record, and after the key was destroyed.</summary>
    public SubjectKey? Key { get; set; } = key;
}

/// <summary>The key of a record's personal values from a version on.</summary>
internal sealed record SubjectKey(long Since, byte[] Key);

/// <summary>A subject's key on its way to the database.</summary>
internal sealed record NewKey(long Since, byte[] Wrapped);

/// <summary>An answer as it is stored.</summary>
internal sealed record StoredAnswer(short Status, long Version, string? Errors, byte[]? Sealed);

/// <summary>An entry that waits for its commit, ready to be written.</summary>
internal sealed class Pending(Entry entry, StoredChange? change, StoredAnswer answer, NewKey? newKey)
{
    // Whoever waits goes on elsewhere: the writer runs nobody's code.
    private readonly TaskCompletionSource<Recorded?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Entry Entry { get; } = entry;

    public StoredChange? Change { get; } = change;

    public StoredAnswer Answer { get; } = answer;

    public NewKey? NewKey { get; } = newKey;

    public Row? Row { get; set; }

    /// <summary>The timestamp at which it was enqueued.</summary>
    public long Since { get; set; }

    /// <summary>Lasts until its fate is known; null while nobody traces.</summary>
    public Activity? Span { get; } = JournalSignals.Begin();

    public Task<Recorded?> Done => _done.Task;

    public (string User, Guid Id) Command => (Entry.User, Entry.CommandId);

    /// <summary>It is stored.</summary>
    public void Store()
    {
        JournalSignals.End(Span, "stored");
        _done.TrySetResult(null);
    }

    /// <summary>Its command was answered before. What was decided on its change has to go.</summary>
    public void Repeat(Recorded earlier)
    {
        if (Change is not null)
        {
            Entry.Lineage.Break();
        }

        JournalSignals.End(Span, "repeated");
        _done.TrySetResult(earlier);
    }

    /// <summary>It is not stored, or nobody knows.</summary>
    public void Fail(Exception fault)
    {
        Entry.Lineage.Break();
        JournalSignals.End(Span, fault is StaleException ? "stale" : "failed");
        _done.TrySetException(fault);
    }

    /// <summary>Another one wrote this version, or an entry before this one failed.</summary>
    public void FailStale() => Fail(new StaleException(Entry.At, Change?.Version ?? Entry.Answer.Version));
}
