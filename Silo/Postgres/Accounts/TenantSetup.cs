using Crm.Engine;
using Crm.Roles;
using Crm.Users;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Makes tenants and their first users. May be repeated: what is there already stays as it is.</summary>
public sealed class TenantSetup(Tenants tenants, IRecords records, PostgresAccounts accounts)
{
    /// <summary>A tenant with its key and the standard roles.</summary>
    public async Task Create(string tenant, string name, CancellationToken cancel = default)
    {
        await tenants.Add(tenant, name, cancel);
        foreach (var problem in await Task.WhenAll(StandardRoles.All.Select(role => Make(People.AtRole(tenant, role.Key), role.Value))))
        {
            if (problem is not null)
            {
                throw new InvalidOperationException($"Tenant {tenant} cannot have its roles: {problem.Code} ({problem.Field}).");
            }
        }
    }

    /// <summary>A user who can sign in.</summary>
    /// <param name="roles">Ids of roles.</param>
    /// <returns>Null, or what is wrong with the password or the address.</returns>
    public async Task<Problem?> CreateUser(
        string tenant, string user, string name, string email, string password, IReadOnlyList<string> roles, CancellationToken cancel = default) =>
        await MakeUser(tenant, user, name, email, roles) ?? await accounts.SetPassword(tenant, user, email, password, cancel);

    /// <summary>The same with a hash that was made already.</summary>
    internal async Task<Problem?> CreateUserWithHash(
        string tenant, string user, string name, string email, string hash, IReadOnlyList<string> roles, CancellationToken cancel = default) =>
        await MakeUser(tenant, user, name, email, roles) ?? await accounts.SetHash(tenant, user, email, hash, cancel);

    private async Task<Problem?> MakeUser(string tenant, string user, string name, string email, IReadOnlyList<string> roles)
    {
        var at = People.At(tenant, user);
        var made = await Make(at, new { name, email });
        return made is not null
            ? made
            : Refusal(await records.Do(at, Crm.Caller.System(tenant), Id(at, "roles"), Assign.Name, Json.Element(new Assign(roles))));
    }

    private async Task<Problem?> Make<T>(Address at, T fields) =>
        Refusal(await records.Edit(at, Crm.Caller.System(at.Tenant), Id(at, "create"), 0, Json.Element(fields)));

    private static Problem? Refusal(Outcome outcome) =>
        outcome.Status == Status.Rejected ? outcome.Errors.FirstOrDefault(error => error.Code != "record.exists") : null;

    private static Guid Id(Address at, string step) => CommandIds.Derive("setup", at.ToString(), step);
}
