using System.Text.Json;

namespace Crm;

/// <summary>What values a field takes, and with that how two edits of it merge and how it is filtered.</summary>
public enum FieldType
{
    /// <summary>One line.</summary>
    Text,

    /// <summary>Many lines; two edits merge line by line.</summary>
    LongText,

    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A whole number that edits add to: two edits both count.</summary>
    Counter,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A calendar day, <c>2026-09-01</c>.</summary>
    Date,

    /// <summary>An instant, RFC 3339.</summary>
    Instant,

    /// <summary>One of the field's options.</summary>
    Choice,

    /// <summary>A set of short texts, without order or repetition; two edits unite.</summary>
    Set,

    /// <summary>The id of a user.</summary>
    User,

    /// <summary>The id of another record of <see cref="FieldInfo.RefersTo"/>; where that is null, a whole reference or name that the server owns.</summary>
    Reference,

    /// <summary>An object of texts that is edited as one, such as an address.</summary>
    Parts,

    /// <summary>Any JSON value, owned by the server.</summary>
    Data,
}

/// <summary>One field of a kind, for whoever must read, check, show, filter or seal it.</summary>
/// <param name="Name">camelCase; a custom field is <c>custom.name</c>.</param>
/// <param name="Editable">Whether an edit may set it; otherwise only verbs do.</param>
/// <param name="Personal">About a person: encrypted in the journal under the record's own key.</param>
/// <param name="Searched">Found by the fuzzy <c>q</c>.</param>
/// <param name="MaxLength">Longest text in characters; 0 where that means nothing.</param>
/// <param name="Options">The values of a choice; empty for other types.</param>
/// <param name="Important">A change of it is highlighted in feeds.</param>
public sealed record FieldInfo(
    string Name, FieldType Type, bool Editable = true, bool Personal = false, bool Searched = false, bool Required = false,
    int MaxLength = 0, IReadOnlyList<string>? Options = null, IReadOnlyList<string>? Parts = null, string? RefersTo = null,
    string? Label = null, bool Important = false);

/// <summary>One action on a record.</summary>
/// <param name="Name">As in the path: <c>merge</c>.</param>
/// <param name="Permission">What the caller must hold.</param>
/// <param name="ArgsSchema">JSON Schema of the arguments, for the API description.</param>
public sealed record VerbInfo(string Name, string Permission, JsonElement ArgsSchema, string Summary = "");

/// <summary>What the world outside the engine knows of a kind.</summary>
/// <param name="Name">Plural noun, also the REST path.</param>
/// <param name="Title">The field that names a record in lists, and that they are sorted by unless told otherwise.</param>
/// <param name="Owner">The field with the user who owns a record; null when records have no owner.</param>
/// <param name="HasCustom">Whether tenants may define fields of their own for it.</param>
/// <param name="Summary">One sentence for the API description.</param>
/// <param name="Example">Fields of an example record.</param>
/// <param name="Shared">The flag that shows an owned record to those as well who see only what is theirs; null when there is none.</param>
/// <param name="Quiet">Whether its records are somebody's own affair, of which no feed tells.</param>
/// <param name="Private">Whether nobody but the owner, and the product itself, sees a record, whatever else he may.</param>
public sealed record KindInfo(
    string Name, string Title, string? Owner, bool HasCustom, IReadOnlyList<FieldInfo> Fields, IReadOnlyList<VerbInfo> Verbs,
    string Summary, JsonElement Example, string? Shared = null, bool Quiet = false, bool Private = false)
{
    private readonly Dictionary<string, FieldInfo> _byName = Fields.ToDictionary(field => field.Name);

    /// <summary>The declared field of that name; null for custom and unknown ones.</summary>
    public FieldInfo? Field(string name) => _byName.GetValueOrDefault(name);
}

/// <summary>Every kind there is, and the fields that tenants have added.</summary>
public interface ICatalog
{
    /// <summary>In the order of navigation.</summary>
    IReadOnlyList<KindInfo> Kinds { get; }

    /// <summary>The kind of that name, or null.</summary>
    KindInfo? Find(string kind);

    /// <summary>The custom fields of a tenant's kind, named <c>custom.name</c>; empty when it has none.</summary>
    ValueTask<IReadOnlyList<FieldInfo>> Custom(string tenant, string kind);
}
