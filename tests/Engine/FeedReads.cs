using System.Collections.Concurrent;

namespace Crm.Engine.Tests;

/// <summary>Lists and look-ups over what the feed has told, for tests without a database. Every commit is seen at once.</summary>
public sealed class FeedReads : ILists, ILookup
{
    private readonly ConcurrentDictionary<Address, RecordView> _records = new();
    private readonly Kinds _kinds;

    public FeedReads(Kinds kinds, IFeed feed)
    {
        _kinds = kinds;
        feed.Subscribe(null, nudge => _records[nudge.At] = nudge.After);
    }

    public Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        var info = _kinds.Find(kind)!;
        var (spec, refusal) = ListSpec.Read(caller, info, [], query.Q, query.Filter, query.Sort);
        if (spec is null)
        {
            return Task.FromResult(new PageAnswer(null, refusal));
        }

        var after = query.Cursor is { } cursor ? _records.Values.First(view => view.Kind == kind && view.Id == cursor) : null;
        var belonging = _records.Where(each => each.Key.Tenant == caller.Tenant).Select(each => each.Value).Where(spec.Matches).ToList();
        belonging.Sort(spec.Compare);
        var page = belonging.Where(view => after is null || ByTitle(view, after) > 0).Take(query.Limit + 1).ToList();
        return Task.FromResult(new PageAnswer(
            new([.. page.Take(query.Limit).Select(view => spec.Redaction.Show(view)!)], page.Count > query.Limit ? page[query.Limit - 1].Id : null), null));

        // The record of the cursor may be gone from the list by now: its place is not.
        int ByTitle(RecordView first, RecordView second) =>
            Values.Compare(ListRow.Title(info, first.Fields), ListRow.Title(info, second.Fields)) is not 0 and var order ? order : Values.Compare(first.Id, second.Id);
    }

    public Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyDictionary<Address, long>>(records.Where(_records.ContainsKey).ToDictionary(at => at, at => _records[at].Version));

    public Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ByKeys(string tenant, string kind, IReadOnlyCollection<string> keys, CancellationToken cancel = default)
    {
        keys.Count.ShouldBeLessThanOrEqualTo(ILookup.MostKeys);
        var asked = keys.ToHashSet();
        return Task.FromResult<IReadOnlyDictionary<string, IReadOnlyList<string>>>(_records
            .Where(each => each.Key.Tenant == tenant && each.Key.Kind == kind && !each.Value.Deleted)
            .SelectMany(each => _kinds.Runtime(kind)!.Keys(each.Value.Fields).Where(asked.Contains).Distinct().Select(key => (key, each.Key.Id)))
            .GroupBy(held => held.key).ToDictionary(held => held.Key, held => (IReadOnlyList<string>)[.. held.Select(each => each.Id).Order(StringComparer.Ordinal)]));
    }

    public Task<IReadOnlyList<Resembling>> Similar(string tenant, string kind, string text, int limit, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<Resembling>>([.. _records
            .Where(each => each.Key.Tenant == tenant && each.Key.Kind == kind && !each.Value.Deleted)
            .Select(each => new Resembling(each.Key.Id, 0.5)).OrderBy(each => each.Id, StringComparer.Ordinal).Take(limit)]);
}
