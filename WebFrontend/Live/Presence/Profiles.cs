using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Under which name people are shown, in which team they are, and to whom they are shown: from users' records and the tenant's policy.</summary>
internal sealed class Profiles(IRecords records, LiveOptions options, TimeProvider time, ILogger<Profiles> log)
{
    private const string Users = "users";
    private const string Policies = "policies";
    private const string Presence = "presence";
    /// <summary>After this time it is asked again: a nudge may be lost.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Address, (Task<RecordView?> Record, long At)> _known = new();

    /// <summary>What a tenant has decided.</summary>
    internal sealed record Policy(Sharing Sharing, TimeSpan AwayAfter);

    /// <summary>A tenant's people may have to be shown otherwise. Must not throw.</summary>
    public Action<string>? Changed { get; set; }

    /// <summary>How a user is shown now; null where nobody can say: then he is shown to nobody, and it has to be asked again.</summary>
    public async Task<Profile?> Find(string tenant, string user)
    {
        try
        {
            var (person, policy) = (await Read(new(tenant, Users, user)), await Find(tenant));
            var own = person is null ? Sharing.Visible : Share(person, Presence);
            return new(user, Text(person, "name") ?? user, Text(person, "team"), own > policy.Sharing ? own : policy.Sharing);
        }
        catch (Exception fault)
        {
            log.LogWarning(fault, "How {User} is shown cannot be looked up; he is hidden until then.", user);
            return null;
        }
    }

    /// <summary>What holds for all of a tenant.</summary>
    /// <exception cref="UnavailableException">Nobody can say.</exception>
    public async Task<Policy> Find(string tenant)
    {
        var record = await Read(new(tenant, Policies, Presence));
        var minutes = record?.Fields.GetValueOrDefault("awayMinutes") is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var value) ? value : 0;
        return new(record is null ? Sharing.Visible : Share(record, Presence), minutes > 0 ? TimeSpan.FromMinutes(minutes) : options.AwayAfter);
    }

    /// <summary>Forgets every tenant but those that have connections here.</summary>
    public void Keep(IReadOnlySet<string> tenants)
    {
        foreach (var at in _known.Keys.Where(at => !tenants.Contains(at.Tenant)))
        {
            _known.TryRemove(at, out _);
        }
    }

    /// <summary>Hears what moved in a tenant with connections here.</summary>
    public void Hear(Nudge nudge)
    {
        if (nudge.At.Kind is Users or Policies)
        {
            _known[nudge.At] = (Task.FromResult(nudge.After.Deleted ? null : nudge.After), time.GetTimestamp());
            Changed?.Invoke(nudge.At.Tenant);
        }
    }

    private async Task<RecordView?> Read(Address at)
    {
        while (true)
        {
            if (_known.TryGetValue(at, out var known) && time.GetElapsedTime(known.At) < Fresh && !known.Record.IsFaulted)
            {
                return await known.Record;
            }

            var reading = (records.Read(at, Caller.System(at.Tenant)), time.GetTimestamp());
            _known[at] = reading;
            return await reading.Item1;
        }
    }

    private static string? Text(RecordView? record, string field) =>
        record?.Fields.GetValueOrDefault(field) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    private static Sharing Share(RecordView record, string field) => Text(record, field) switch
    {
        "hidden" => Sharing.Hidden,
        "team" => Sharing.Team,
        _ => Sharing.Visible,
    };
}
