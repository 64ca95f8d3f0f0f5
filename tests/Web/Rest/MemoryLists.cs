using System.Collections.Concurrent;

namespace Crm.Web.Tests.Rest;

/// <summary>Lists over what was nudged, by the product's own predicate and order. Its cursor is the number of items before the page.</summary>
public sealed class MemoryLists : ILists, IDisposable
{
    private readonly ConcurrentDictionary<Address, RecordView> _heads = new();
    private readonly ICatalog _catalog;
    private readonly IDisposable _heard;

    public MemoryLists(ICatalog catalog, IFeed feed) =>
        (_catalog, _heard) = (catalog, feed.Subscribe(null, nudge => _heads[nudge.At] = nudge.After));

    public void Dispose() => _heard.Dispose();

    public async Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        var (spec, refusal) = ListSpec.Read(caller, _catalog.Find(kind)!, await _catalog.Custom(caller.Tenant, kind), query.Q, query.Filter, query.Sort);
        if (spec is null)
        {
            return new(null, refusal);
        }

        var skip = int.Parse(query.Cursor ?? "0");
        var all = _heads.Where(head => head.Key.Tenant == caller.Tenant && spec.Matches(head.Value)).Select(head => head.Value).ToList();
        all.Sort(spec.Compare);
        var page = all.Skip(skip).Take(query.Limit).Select(record => spec.Redaction.Show(record)!).ToList();
        return new(new(page, skip + page.Count < all.Count ? $"{skip + page.Count}" : null), null);
    }

    public Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyDictionary<Address, long>>(
            records.Where(_heads.ContainsKey).ToDictionary(at => at, at => _heads[at].Version));
}
