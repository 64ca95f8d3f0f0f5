using System.Text.Json;

namespace Crm;

/// <summary>What a user has written in a field and not saved, kept for himself.</summary>
/// <param name="Base">The version of the record that he saw when he began; what others changed since is told by it.</param>
/// <param name="At">When he wrote it.</param>
public sealed record KeptDraft(string Field, JsonElement Value, long Base, DateTimeOffset At);

/// <summary>Unsaved writing of each user, so that it outlives a tab, a sign-in and a device. Sealed, bounded, and gone by itself after a while.</summary>
public interface IKeptDrafts
{
    /// <summary>A draft that nobody touches is forgotten after this many days.</summary>
    const int Days = 14;

    /// <summary>The most drafts of one user; of more the oldest are forgotten.</summary>
    const int MostOfUser = 200;

    /// <summary>Keeps one, in the place of the one before.</summary>
    Task Keep(Address at, string user, KeptDraft draft, CancellationToken cancel = default);

    /// <summary>Forgets one: it is saved, or given up.</summary>
    Task Drop(Address at, string user, string field, CancellationToken cancel = default);

    /// <summary>Those of one user in one record, by field.</summary>
    Task<IReadOnlyList<KeptDraft>> Of(Address at, string user, CancellationToken cancel = default);
}
