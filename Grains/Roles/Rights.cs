namespace Crm.Roles;

/// <summary>One right of a role.</summary>
/// <param name="Field">The role's field that gives it: <c>permissions</c>, <c>hidden</c> or <c>readOnly</c>.</param>
/// <param name="Name">A permission, or a record's field as <c>kind.field</c>.</param>
public readonly record struct Right(string Field, string Name);

/// <summary>What several roles come to. Pure.</summary>
public static class Rights
{
    private static readonly string[] Writing = ["create", "edit"];

    // Whoever holds any role is told things, and says how: also under roles that were made before there was this.
    private static readonly string[] Everybody = ["notices.read.own", "preferences.read.own", "announcements.read", "rankings.read.own", "rankings.forget"];

    /// <summary>
    /// The caller who holds these roles: every permission that one of them gives. A field is hidden, or read-only, only when each role that reads,
    /// or writes, records of its kind says so; a role that does not touch the kind has no say.
    /// </summary>
    public static Caller Of(string tenant, string user, IReadOnlyCollection<Role> roles) => new(
        tenant,
        user,
        roles.SelectMany(role => role.Permissions ?? []).Concat(roles.Count > 0 ? Everybody : []).ToHashSet(),
        Closed(roles, role => role.Hidden, Reads, Hides),
        Closed(roles, role => role.ReadOnly, Writes, (role, field) => Hides(role, field) || Locks(role, field)));

    /// <summary>The same caller held to a scope: what both he and the scope hold.</summary>
    /// <param name="scope">Permissions as roles have them; null for no bounds.</param>
    public static Caller Within(Caller caller, IEnumerable<string>? scope)
    {
        if (scope is null)
        {
            return caller;
        }

        var bounds = caller with { Permissions = scope.ToHashSet() };
        return caller with { Permissions = caller.Permissions.Where(bounds.Can).Concat(bounds.Permissions.Where(caller.Can)).ToHashSet() };
    }

    /// <summary>The rights of a role that this caller does not hold, and so cannot give.</summary>
    public static IEnumerable<Right> Beyond(Role role, Caller caller)
    {
        var permissions = (role.Permissions ?? []).Where(permission => !caller.Can(permission)).Select(name => new Right("permissions", name));
        var shown = caller.Hidden.Where(field => Reads(role, KindOf(field)) && !Hides(role, field)).Select(name => new Right("hidden", name));
        var open = caller.ReadOnly.Where(field => Writes(role, KindOf(field)) && !Hides(role, field) && !Locks(role, field))
            .Select(name => new Right("readOnly", name));
        return permissions.Concat(shown).Concat(open);
    }

    private static HashSet<string> Closed(
        IReadOnlyCollection<Role> roles, Func<Role, IReadOnlyList<string>?> closed, Func<Role, string, bool> touches, Func<Role, string, bool> closes) => roles
        .SelectMany(role => closed(role) ?? [])
        .Where(field => roles.Where(role => touches(role, KindOf(field))).All(role => closes(role, field)))
        .ToHashSet();

    private static bool Hides(Role role, string field) => role.Hidden?.Contains(field) is true;

    private static bool Locks(Role role, string field) => role.ReadOnly?.Contains(field) is true;

    private static bool Reads(Role role, string kind) => Gives(role, $"{kind}.read") || Gives(role, $"{kind}.read.own");

    private static bool Writes(Role role, string kind) => Writing.Any(verb => Gives(role, $"{kind}.{verb}"));

    private static bool Gives(Role role, string permission) => new Caller("", "", (role.Permissions ?? []).ToHashSet(), Empty, Empty).Can(permission);

    private static string KindOf(string field) => field[..Math.Max(0, field.IndexOf('.', StringComparison.Ordinal))];

    private static readonly HashSet<string> Empty = [];
}
