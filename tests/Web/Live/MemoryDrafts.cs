using System.Collections.Concurrent;

namespace Crm.Web.Tests.Live;

/// <summary>Kept drafts in memory.</summary>
internal sealed class MemoryDrafts : IKeptDrafts
{
    private readonly ConcurrentDictionary<(Address At, string User, string Field), KeptDraft> _drafts = new();

    public Task Keep(Address at, string user, KeptDraft draft, CancellationToken cancel = default)
    {
        _drafts[(at, user, draft.Field)] = draft with { Value = draft.Value.Clone() };
        return Task.CompletedTask;
    }

    public Task Drop(Address at, string user, string field, CancellationToken cancel = default)
    {
        _drafts.TryRemove((at, user, field), out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<KeptDraft>> Of(Address at, string user, CancellationToken cancel = default) => Task.FromResult<IReadOnlyList<KeptDraft>>(
        [.. _drafts.Where(draft => draft.Key.At == at && draft.Key.User == user).Select(draft => draft.Value).OrderBy(draft => draft.Field, StringComparer.Ordinal)]);
}
