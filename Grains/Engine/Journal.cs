namespace Crm.Engine;

/// <summary>The truth. All else derives from it and can be rebuilt.</summary>
/// <remarks>
/// Entries take effect in the order in which <see cref="Commit"/> was called, per record; their tasks complete in that order too.
/// Several entries of one record may be in flight: each was decided on the state that the one before it makes.
/// </remarks>
public interface IJournal
{
    /// <summary>The record as its last change left it, and the lineage that its next changes continue.</summary>
    Task<Loaded> Load(Address at, CancellationToken cancel = default);

    /// <summary>Changes after a version, oldest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default);

    /// <summary>In one transaction: the change if there is one, the read model, the answer and the outbox.</summary>
    /// <returns>Null when it is stored; else nothing is stored, and this is the answer that the same command got before.</returns>
    /// <exception cref="StaleException">The lineage is broken: another host wrote this version, or an entry before this one failed.</exception>
    /// <exception cref="UnavailableException">It may or may not be stored. Forget the state and load it again.</exception>
    Task<Recorded?> Commit(Entry entry);
}

/// <summary>What a journal knows of a record.</summary>
/// <param name="View">Null when nothing was ever written.</param>
public sealed record Loaded(RecordView? View, Lineage Lineage);

/// <summary>Ties the entries that one copy of a record writes to each other. Journals derive from it to keep what the next change needs.</summary>
public class Lineage
{
    private volatile bool _broken;

    /// <summary>Once an entry has failed every later one fails too, since it was decided on what did not happen.</summary>
    public bool Broken => _broken;

    /// <summary>Nothing more is written through this lineage.</summary>
    public void Break() => _broken = true;
}

/// <summary>One command's mark on the journal.</summary>
/// <param name="BodyHash">Tells a repetition of the command from another one under the same id.</param>
/// <param name="Change">Null when the command changed nothing: then only its answer is kept.</param>
/// <param name="After">The record once the change holds; null exactly when there is no change.</param>
/// <param name="Reactions">Names of the processes that must hear of the change: one row in the outbox each.</param>
public sealed record Entry(
    Address At, Lineage Lineage, string User, Guid CommandId, ReadOnlyMemory<byte> BodyHash, Outcome Answer,
    Change? Change, RecordView? After, IReadOnlyList<string> Reactions)
{
    /// <summary>The version of the state that the command was decided on, 0 for no record. Without a change it is the fence: an answer from an older state is as stale as a change would be.</summary>
    public long Seen { get; init; }
}

/// <summary>An answer that was given before.</summary>
public sealed record Recorded(ReadOnlyMemory<byte> BodyHash, Outcome Answer);

/// <summary>This copy of the record is not the record any more. Load it again; the command may be tried on what is found.</summary>
public sealed class StaleException(Address at, long version)
    : Exception($"{at} is past the state that version {version} was decided on.");
