using Crm.Notices;

namespace Crm.Engine;

/// <summary>Reads how people want to be told.</summary>
public sealed class WishBook(IMembers members)
{
    /// <summary>A user's wishes: his own, then those of his roles.</summary>
    public async Task<Wishes> Of(string tenant, string user, IRecords records, Preference? own = null) =>
        new([own ?? await Read(tenant, user, records) ?? new(), .. await OfRoles(tenant, user, records)]);

    /// <summary>What a user or a role has chosen; null for nothing.</summary>
    public static async Task<Preference?> Read(string tenant, string id, IRecords records) =>
        await records.Read(new(tenant, Preference.KindName, id), Caller.System(tenant)) is { } view ? Json.Unflatten<Preference>(view.Fields) : null;

    private async Task<IEnumerable<Preference>> OfRoles(string tenant, string user, IRecords records)
    {
        var roles = (await members.Of(tenant)).TryGetValue(user, out var member) ? member.Roles : [];
        return (await Task.WhenAll(roles.Order(StringComparer.Ordinal).Select(role => Read(tenant, Preference.OfRole(role), records)))).OfType<Preference>();
    }
}
