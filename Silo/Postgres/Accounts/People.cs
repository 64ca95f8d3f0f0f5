using Crm.Engine;
using Crm.Roles;
using Crm.Users;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Users and roles as they are now, from their records.</summary>
/// <param name="records">The host itself, not its door.</param>
public sealed class People(IRecords records)
{
    private const string Users = "users";
    private const string Roles = "roles";

    /// <summary>Where a user's record is.</summary>
    public static Address At(string tenant, string user) => new(tenant, Users, user);

    /// <summary>Where a role's record is.</summary>
    public static Address AtRole(string tenant, string role) => new(tenant, Roles, role);

    /// <summary>The user, or null.</summary>
    public async Task<User?> Find(string tenant, string user) =>
        await records.Read(At(tenant, user), Crm.Caller.System(tenant)) is { } view ? Json.Unflatten<User>(view.Fields) : null;

    /// <summary>The role, or null.</summary>
    public async Task<Role?> Role(string tenant, string role) =>
        await records.Read(AtRole(tenant, role), Crm.Caller.System(tenant)) is { } view ? Json.Unflatten<Role>(view.Fields) : null;

    /// <summary>The roles that a user holds; those that are gone give nothing.</summary>
    public async Task<IReadOnlyList<Role>> RolesOf(string tenant, User user)
    {
        var roles = new List<Role>();
        foreach (var id in user.Roles ?? [])
        {
            if (await Role(tenant, id) is { } role)
            {
                roles.Add(role);
            }
        }

        return roles;
    }

    /// <summary>What a user may do; null when he may not sign in.</summary>
    public async Task<Caller?> Caller(string tenant, string user) => await Find(tenant, user) is { Active: true } found ? await Caller(tenant, user, found) : null;

    /// <summary>The same for a user that was read already.</summary>
    public async Task<Caller> Caller(string tenant, string id, User user) => Rights.Of(tenant, id, await RolesOf(tenant, user));

    /// <summary>Says in the user's record that a session has ended, so that whoever holds its connections open hears it.</summary>
    public Task Say(SessionKey ended) => records.Do(
        At(ended.Tenant, ended.User), Crm.Caller.System(ended.Tenant), CommandIds.Derive("session ended", ended.Tenant, ended.Session), EndSession.Name,
        Json.Element(new EndSession(ended.Session)));
}
