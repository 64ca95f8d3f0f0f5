using System.Text.Json;
using Crm.Engine;
using Crm.Roles;
using Microsoft.Extensions.Logging;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Gives the standard roles of tenants that are older than a permission that permission.</summary>
/// <remarks>
/// What an administrator took away is not given again: a permission that a role never held and never lost is in none of its changes, and only such a one
/// is new to it. A role that was deleted stays so.
/// </remarks>
public sealed class StandardGrants(Tenants tenants, IRecords records, ILogger<StandardGrants> log)
{
    private const int PageSize = 200;
    private const string Field = "permissions";

    /// <summary>Looks at every tenant. May be repeated.</summary>
    /// <returns>How many roles were given something.</returns>
    public async Task<int> Make(CancellationToken cancel = default)
    {
        var count = 0;
        foreach (var tenant in await tenants.All(cancel))
        {
            foreach (var (id, standard) in StandardRoles.All)
            {
                count += await Give(People.AtRole(tenant, id), standard, cancel) ? 1 : 0;
            }
        }

        return count;
    }

    private async Task<bool> Give(Address at, Role standard, CancellationToken cancel)
    {
        var system = Caller.System(at.Tenant);
        if (await records.Read(at, system, cancel) is not { } view)
        {
            return false;
        }

        var held = Json.Unflatten<Role>(view.Fields).Permissions ?? [];
        var holder = system with { Permissions = held.ToHashSet() };
        var missing = (standard.Permissions ?? []).Where(permission => !holder.Can(permission)).ToList();
        if (missing.Count == 0)
        {
            return false;
        }

        var known = await Mentioned(at, system, cancel);
        var given = missing.Where(permission => !known.Contains(permission)).ToList();
        if (given.Count == 0)
        {
            return false;
        }

        var command = CommandIds.Derive("standard grants", at.ToString(), string.Join(' ', given));
        var outcome = await records.Edit(at, system, command, view.Version, Json.Element(new Dictionary<string, IEnumerable<string>> { [Field] = held.Concat(given) }));
        if (outcome.Status is Status.Rejected or Status.Conflict)
        {
            log.LogWarning("The role {Role} of {Tenant} was not given {Permissions}: {Why}", at.Id, at.Tenant, given, outcome.Errors is [var first, ..] ? first.Code : "conflict");
            return false;
        }

        log.LogInformation("The role {Role} of {Tenant} has new permissions of this version: {Permissions}", at.Id, at.Tenant, given);
        return true;
    }

    // Every permission that the role has ever held, from the first change on; kind.* stands for none but itself.
    private async Task<HashSet<string>> Mentioned(Address at, Caller system, CancellationToken cancel)
    {
        var (found, after) = (new HashSet<string>(), 0L);
        while (await records.History(at, system, after, PageSize, cancel) is { Count: > 0 } page)
        {
            foreach (var value in page.Where(change => change.Fields.ContainsKey(Field)).SelectMany(change => new[] { change.Fields[Field].From, change.Fields[Field].To }))
            {
                found.UnionWith(value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(permission => permission.GetString() ?? "") : []);
            }

            after = page[^1].Version;
        }

        return found;
    }
}
