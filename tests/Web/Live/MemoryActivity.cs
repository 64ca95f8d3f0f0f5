using System.Collections.Concurrent;

namespace Crm.Web.Tests.Live;

/// <summary>Feeds over the records of a test, by the product's own predicate. Who follows what, the test says.</summary>
internal sealed class MemoryActivity(FakeRecords records, ICatalog catalog) : IActivity
{
    public ConcurrentDictionary<string, string[]> Followed { get; } = new();

    public async Task<ActivityAnswer> Read(Caller caller, ActivityQuery query, CancellationToken cancel = default)
    {
        var (spec, refusal) = await Open(caller, query, cancel);
        return spec is null ? new(null, refusal) : new(new([.. Entries(spec).Take(query.Limit)], null), null);
    }

    public Task<(ActivitySpec? Spec, Problem? Refusal)> Open(Caller caller, ActivityQuery query, CancellationToken cancel = default)
    {
        if (query.About == "contacts/nobody")
        {
            return Task.FromResult<(ActivitySpec?, Problem?)>((null, new("about", "record.missing", "There is no such record.")));
        }

        var refs = query.About is { } about ? new HashSet<string> { about } : [.. Followed.GetValueOrDefault(caller.User, [])];
        return Task.FromResult<(ActivitySpec?, Problem?)>((new(caller, catalog, query, new(refs, [], new HashSet<string>(), null, new HashSet<string>())), null));
    }

    public Task<IReadOnlyList<(Address At, long Version)>> Since(string tenant, DateTimeOffset at, int limit, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<(Address, long)>>([.. records.All().Where(entry => entry.At.Tenant == tenant).Select(entry => (entry.At, entry.Change.Version))]);

    private IEnumerable<ActivityEntry> Entries(ActivitySpec spec) => records.All().Reverse()
        .Where(entry => spec.Selects(new(entry.At, entry.Change, entry.Head)))
        .Select(entry => spec.Show(entry.At, entry.Change, entry.Head)).OfType<ActivityEntry>();
}
