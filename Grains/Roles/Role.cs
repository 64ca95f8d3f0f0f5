using System.Text.Json.Serialization;
using Crm.Engine;

namespace Crm.Roles;

/// <summary>What its holders may do. The record's id is what users name: <c>admin</c>, <c>sales</c>.</summary>
/// <param name="Permissions"><c>kind.verb</c>, <c>kind.*</c>, or <c>*</c> for everything.</param>
/// <param name="Hidden">Fields that this role does not show, as <c>kind.field</c>.</param>
/// <param name="ReadOnly">Fields that this role shows and does not let write, as <c>kind.field</c>.</param>
public sealed record Role(
    string Name = "", IReadOnlyList<string>? Permissions = null, IReadOnlyList<string>? Hidden = null, IReadOnlyList<string>? ReadOnly = null)
    : IKind<Role>
{
    private const int MaxNameLength = 80;

    public static Kind<Role> Kind { get; } = new Kind<Role>("roles", "name", new Role(), "What the holders of a role may do and see.")
        .Field(nameof(Name), FieldType.Text, searched: true, required: true, maxLength: MaxNameLength)
        .Field(nameof(Permissions), FieldType.Set, important: true)
        .Field(nameof(Hidden), FieldType.Set, important: true)
        .Field(nameof(ReadOnly), FieldType.Set, important: true)
        .Silent("create", "edit", "delete", "restore", "undo")
        .Example(new("Support", ["contacts.read", "contacts.edit"], ["contacts.priority"], ["contacts.owner"]));

    /// <summary>Whether the role holds every right there is, now and later.</summary>
    [JsonIgnore]
    public bool IsEverything => (Permissions ?? []).Contains(Caller.Everything);

    public Role Tidied(Moment moment) => this with
    {
        Name = Name.Trim(), Permissions = Sorted(Permissions), Hidden = Sorted(Hidden), ReadOnly = Sorted(ReadOnly),
    };

    public IEnumerable<Problem> Check()
    {
        if (Name.Length == 0)
        {
            yield return new("name", "role.name", "A role needs a name.");
        }

        if ((Permissions ?? []).Any(permission => permission != Caller.Everything && !IsPath(permission, orAll: true)))
        {
            yield return new("permissions", "role.permission", "A permission is kind.verb, kind.* or *.");
        }

        foreach (var (field, entries) in new[] { ("hidden", Hidden), ("readOnly", ReadOnly) })
        {
            if ((entries ?? []).Any(entry => !IsPath(entry, orAll: false)))
            {
                yield return new(field, "role.field", "A field is kind.field, such as contacts.notes.");
            }
        }
    }

    // Somebody must always be able to let others in and give them rights.
    public IEnumerable<Problem> CheckStep(Role before)
    {
        if (before.IsEverything && (!IsEverything || Permissions!.Count > 1 || Hidden is { Count: > 0 } || ReadOnly is { Count: > 0 }))
        {
            yield return new("permissions", "role.everything", "The role that may do everything stays as it is, so that nobody is locked out. Make another role.");
        }
    }

    // Nobody gives rights that he does not hold. What the role gave before is not his doing.
    public IEnumerable<Problem> CheckCaller(Role before, Caller caller) =>
        Rights.Beyond(this, caller).Except(Rights.Beyond(before, caller)).DistinctBy(right => right.Field)
            .Select(right => new Problem(right.Field, "role.beyond", $"You cannot give a right that you do not have: {right.Name}."));

    public Problem? CheckDelete() => IsEverything
        ? new("", "role.everything", "The role that may do everything cannot be deleted, so that nobody is locked out.")
        : null;

    private static List<string> Sorted(IReadOnlyList<string>? entries) => [.. (entries ?? []).Select(entry => entry.Trim()).Distinct().Order(StringComparer.Ordinal)];

    private static bool IsPath(string text, bool orAll)
    {
        var parts = text.Split('.');
        return parts.Length > 1 && parts.All(part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            || (orAll && parts is [{ Length: > 0 } kind, "*"] && kind.All(char.IsAsciiLetterOrDigit));
    }
}
