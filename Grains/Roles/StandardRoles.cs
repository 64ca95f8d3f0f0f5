namespace Crm.Roles;

/// <summary>The roles that a new tenant starts with. They are data from then on: an administrator may change all but the first.</summary>
public static class StandardRoles
{
    private static readonly string[] Everyone =
    [
        "users.read", "roles.read", "fields.read", "policies.read", "views.read.own", "views.create", "views.edit", "views.delete", "views.restore", "views.undo",
        "follows.read.own", "follows.create", "follows.delete", "follows.restore",
    ];

    private static readonly string[] Selling =
    [
        "contacts.read", "contacts.create", "contacts.edit", "contacts.delete", "contacts.restore", "contacts.undo", "contacts.merge", "contacts.import",
        "imports.*", "merges.*",
    ];

    /// <summary>By the id of their record.</summary>
    public static IReadOnlyDictionary<string, Role> All { get; } = new Dictionary<string, Role>
    {
        ["admin"] = new("Admin", [Caller.Everything]),
        ["manager"] = new("Manager", [.. Everyone, "contacts.*", "imports.*", "merges.*", "fields.*"]),
        ["sales"] = new("Sales", [.. Everyone, .. Selling]),
        ["marketing"] = new("Marketing",
        [
            .. Everyone, "contacts.read", "contacts.create", "contacts.edit", "contacts.undo", "contacts.import", "contacts.export", "imports.*", "merges.read",
        ], ReadOnly: ["contacts.owner"]),
    };
}
