using System.Collections.Concurrent;
using System.Text.Json;
using Crm.Notices;

namespace Crm.Engine;

/// <summary>Deletes the notices of a tenant that are older than <see cref="Days"/>, once a day.</summary>
public sealed class SweepBell(ILists lists, TimeProvider time) : IBell
{
    /// <summary>How long notices are kept.</summary>
    public const int Days = 30;

    private const string Bell = "notices.sweep";
    private const int PageSize = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, bool> _set = new();

    /// <inheritdoc />
    public string Name => Bell;

    /// <summary>Sees to it that the tenant's notices are swept from now on.</summary>
    public async Task Set(string tenant, ITimers timers, DateTimeOffset now, CancellationToken cancel)
    {
        if (!_set.ContainsKey(tenant))
        {
            await timers.Set(new(tenant, Bell, "all", now.AddDays(1)), cancel: cancel);
            _set[tenant] = true;
        }
    }

    /// <inheritdoc />
    public async Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
    {
        var (now, system) = (time.GetUtcNow(), Caller.System(alarm.Tenant));
        var old = JsonSerializer.SerializeToElement(new { createdAt = new { lt = now.AddDays(-Days) } });
        var answer = await lists.Find(system, Notice.KindName, new(null, old, "createdAt", PageSize), cancel);
        var found = answer.Page?.Items ?? throw new UnavailableException($"Old notices cannot be read: {answer.Refusal?.Text}");
        foreach (var view in found)
        {
            await records.Do(new(alarm.Tenant, Notice.KindName, view.Id), system, CommandIds.Derive(Bell, view.Id), "delete", JsonElement.Parse("{}"));
        }

        return alarm with { Due = found.Count == PageSize ? now + Pause : now.AddDays(1) };
    }
}
