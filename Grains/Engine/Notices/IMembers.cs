namespace Crm.Engine;

/// <summary>Somebody of a tenant who may sign in.</summary>
/// <param name="Roles">Ids of records of kind <c>roles</c>.</param>
public sealed record Member(string Id, string Name, string Email, string? Team, IReadOnlyList<string> Roles);

/// <summary>Who there is in a tenant, for the product itself.</summary>
public interface IMembers
{
    /// <summary>Everybody who may sign in, by id; from memory as a rule.</summary>
    /// <exception cref="UnavailableException">Nobody can say now.</exception>
    ValueTask<IReadOnlyDictionary<string, Member>> Of(string tenant);

    /// <summary>What one of them may do now; null when he may not sign in.</summary>
    Task<Caller?> Caller(string tenant, string user);
}
