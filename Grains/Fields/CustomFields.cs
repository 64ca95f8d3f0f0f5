using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Fields;

/// <summary>Reads the definitions of custom fields for <see cref="Kinds.LoadCustomWith"/>, and has them read again when one changed.</summary>
/// <remarks>A nudge may be lost: whatever is older than <see cref="Fresh"/> is read again too.</remarks>
public sealed class CustomFields : IDisposable
{
    /// <summary>How long a definition may be out of date when its nudge was lost.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);

    private const int PageSize = 200;
    private readonly ILists _lists;
    private readonly ConcurrentDictionary<string, byte> _tenants = new();
    private readonly IDisposable _hearing;
    private readonly ITimer _timer;

    /// <summary>Starts to serve the kinds.</summary>
    public CustomFields(Kinds kinds, ILists lists, IFeed feed, TimeProvider time)
    {
        _lists = lists;
        kinds.LoadCustomWith(Load);
        _hearing = feed.Subscribe(null, CustomField.KindName, nudge => kinds.Forget(nudge.At.Tenant));
        _timer = time.CreateTimer(_ =>
        {
            foreach (var tenant in _tenants.Keys)
            {
                kinds.Forget(tenant);
            }
        }, null, Fresh, Fresh);
    }

    /// <summary>The fields of a tenant's kind; where two definitions have one name the older one holds.</summary>
    /// <exception cref="UnavailableException">The definitions cannot be read now.</exception>
    public async Task<IReadOnlyList<FieldInfo>> Load(string tenant, string kind)
    {
        _tenants.TryAdd(tenant, 0);
        var filter = Json.Element(new Dictionary<string, string> { ["on"] = kind });
        var found = new List<RecordView>();
        string? cursor = null;
        do
        {
            var answer = await _lists.Find(Caller.System(tenant), CustomField.KindName, new ListQuery(null, filter, null, PageSize, cursor));
            if (answer.Page is not { } page)
            {
                throw new UnavailableException($"The custom fields of {kind} cannot be read: {answer.Refusal?.Text}");
            }

            found.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);

        return [.. found.OrderBy(view => view.CreatedAt).ThenBy(view => view.Id, StringComparer.Ordinal)
            .Select(view => Json.Unflatten<CustomField>(view.Fields))
            .Where(field => field.On == kind && field.Name is not null)
            .Select(field => field.ToInfo())
            .DistinctBy(field => field.Name)];
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _hearing.Dispose();
        _timer.Dispose();
    }
}
