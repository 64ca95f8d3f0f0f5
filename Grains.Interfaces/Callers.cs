using System.Collections.Frozen;

namespace Crm;

/// <summary>Who is asking. Built on the server from a verified session, never from a payload.</summary>
/// <param name="Tenant">The only tenant that this caller can touch.</param>
/// <param name="User">The user's id; <see cref="SystemUser"/> for the product itself.</param>
/// <param name="Permissions"><c>kind.verb</c>; <c>kind.read</c> for all records of a kind, <c>kind.read.own</c> for one's own.</param>
/// <param name="Hidden">Fields this caller may not see, as <c>kind.field</c>. A hidden field cannot be written either.</param>
/// <param name="ReadOnly">Fields this caller may see and not write, as <c>kind.field</c>.</param>
public sealed record Caller(
    string Tenant, string User, IReadOnlySet<string> Permissions, IReadOnlySet<string> Hidden, IReadOnlySet<string> ReadOnly)
{
    /// <summary>The user id of the product itself.</summary>
    public const string SystemUser = "system";

    /// <summary>The permission that holds every other one.</summary>
    public const string Everything = "*";

    private static readonly FrozenSet<string> All = FrozenSet.Create(Everything);

    /// <summary>The product itself, inside one tenant: relays, workers and processes.</summary>
    public static Caller System(string tenant) =>
        new(tenant, SystemUser, All, FrozenSet<string>.Empty, FrozenSet<string>.Empty);

    /// <summary>Whether a permission is held, by itself, by <c>kind.*</c> or by <c>*</c>.</summary>
    public bool Can(string permission)
    {
        if (Permissions.Contains(permission) || Permissions.Contains(Everything))
        {
            return true;
        }

        var dot = permission.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && Permissions.Contains(string.Concat(permission.AsSpan(0, dot), ".*"));
    }
}
