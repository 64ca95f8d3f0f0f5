using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Follows;

namespace Crm.Engine;

/// <summary>Hears the changes of records that somebody follows, and of no others: an edit that nobody follows costs nothing for it.</summary>
/// <remarks>What is followed is read once for each tenant, and again when somebody follows something else; a nudge that was lost costs at most <see cref="Fresh"/>.</remarks>
public sealed class FollowedBook : IListeners, IDisposable
{
    /// <summary>How long what was read serves.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private const string ListenerName = "notices.followed";
    private const int PageSize = 200;
    private readonly ConcurrentDictionary<string, Task<IReadOnlyList<Listener>>> _tenants = new();
    private readonly Func<ILists> _lists;
    private readonly Func<NoticeCourse> _course;
    private readonly Func<IRecords> _records;
    private readonly IDisposable _hearing;
    private readonly ITimer _timer;

    /// <summary>Starts to listen for what is followed.</summary>
    /// <param name="lists">Asked for late, as the others are: they know the host that this is a part of.</param>
    public FollowedBook(Func<ILists> lists, Func<NoticeCourse> course, Func<IRecords> records, IFeed feed, TimeProvider time)
    {
        (_lists, _course, _records) = (lists, course, records);
        _hearing = feed.Subscribe(null, Follow.KindName, nudge => _tenants.TryRemove(nudge.At.Tenant, out _));
        _timer = time.CreateTimer(_ => _tenants.Clear(), null, Fresh, Fresh);
    }

    /// <inheritdoc />
    public bool Has(string name) => name == ListenerName;

    /// <inheritdoc />
    public ValueTask<IReadOnlyList<Listener>> Of(string tenant)
    {
        var loading = _tenants.GetOrAdd(tenant, Load);
        if (loading is { IsCompleted: true, IsCompletedSuccessfully: false })
        {
            _tenants.TryRemove(new(tenant, loading));
        }

        return new(loading);
    }

    /// <inheritdoc />
    public Task Tell(string name, Nudge heard, CancellationToken cancel) => _course().RunFollowed(heard, _records(), cancel);

    /// <inheritdoc />
    public void Dispose()
    {
        _hearing.Dispose();
        _timer.Dispose();
    }

    private async Task<IReadOnlyList<Listener>> Load(string tenant)
    {
        var targets = new HashSet<string>();
        string? cursor = null;
        do
        {
            var answer = await _lists().Find(Caller.System(tenant), Follow.KindName, new(null, default, null, PageSize, cursor));
            var page = answer.Page ?? throw new UnavailableException($"What is followed cannot be read: {answer.Refusal?.Text}");
            targets.UnionWith(page.Items.Select(follow => follow.Fields["target"]).Where(target => target.ValueKind == JsonValueKind.String).Select(target => target.GetString()!));
            cursor = page.Next;
        }
        while (cursor is not null);
        return targets.Count == 0 ? [] : [new(ListenerName, []) { Refs = targets }];
    }
}
