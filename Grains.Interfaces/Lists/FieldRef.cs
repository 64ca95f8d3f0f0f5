using System.Text.Json;

namespace Crm;

/// <summary>Where a list reads what it filters or sorts by.</summary>
public enum FieldSource
{
    /// <summary>The record's fields.</summary>
    Field,

    /// <summary>The record's id.</summary>
    Id,

    /// <summary>The record's version.</summary>
    Version,

    /// <summary>When it was made.</summary>
    CreatedAt,

    /// <summary>When it was last changed.</summary>
    UpdatedAt,

    /// <summary>Who changed it last.</summary>
    UpdatedBy,
}

/// <summary>Something that lists can be filtered and sorted by: a field, a part of one (<c>address.city</c>), or what every record has.</summary>
/// <param name="Name">As on the wire.</param>
/// <param name="Field">The flat name; equal to <paramref name="Name"/> unless there is a part.</param>
/// <param name="Part">The part of a field of parts; null for the whole.</param>
/// <param name="Options">The values of a choice, or of a set that has options; else empty.</param>
public sealed record FieldRef(string Name, FieldType Type, FieldSource Source, string Field, string? Part, IReadOnlyList<string> Options)
{
    private static readonly FieldRef[] BuiltIn =
    [
        new("id", FieldType.Text, FieldSource.Id, "id", null, []),
        new("version", FieldType.Counter, FieldSource.Version, "version", null, []),
        new("createdAt", FieldType.Instant, FieldSource.CreatedAt, "createdAt", null, []),
        new("updatedAt", FieldType.Instant, FieldSource.UpdatedAt, "updatedAt", null, []),
        new("updatedBy", FieldType.User, FieldSource.UpdatedBy, "updatedBy", null, []),
    ];

    /// <summary>Whether its values are facets of the index.</summary>
    public bool IsFacet => Source == FieldSource.Field && Part is null && (Type is FieldType.Choice or FieldType.Set or FieldType.Flag or FieldType.User or FieldType.Reference
        || (Type is FieldType.Text or FieldType.LongText or FieldType.Date && Field.StartsWith(RecordJson.CustomPrefix, StringComparison.Ordinal)));

    /// <summary>Whether it has an order. Sets, whole objects and data have none.</summary>
    public bool IsSortable => Type is not (FieldType.Set or FieldType.Parts or FieldType.Data);

    /// <summary>All that this caller may filter by. What he may not see is not there.</summary>
    public static IReadOnlyDictionary<string, FieldRef> Visible(KindInfo kind, IReadOnlyList<FieldInfo> custom, Redaction redaction)
    {
        var found = new Dictionary<string, FieldRef>();
        foreach (var field in kind.Fields.Concat(custom).Where(field => redaction.SeesField(field.Name)))
        {
            found[field.Name] = new(field.Name, field.Type, FieldSource.Field, field.Name, null, field.Options ?? []);
            foreach (var part in field.Type == FieldType.Parts ? field.Parts ?? [] : [])
            {
                var name = $"{field.Name}.{part}";
                found[name] = new(name, FieldType.Text, FieldSource.Field, field.Name, part, []);
            }
        }

        foreach (var field in BuiltIn)
        {
            found[field.Name] = field;
        }

        return found;
    }

    /// <summary>The stored value; undefined when there is none, and for what every record has.</summary>
    public JsonElement Value(RecordView record)
    {
        if (Source != FieldSource.Field || !record.Fields.TryGetValue(Field, out var value))
        {
            return default;
        }

        return Part is null ? value : value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Part, out var part) ? part : default;
    }

    /// <summary>The text; null when there is none.</summary>
    public string? Text(RecordView record) => Source switch
    {
        FieldSource.Id => record.Id,
        FieldSource.UpdatedBy => record.UpdatedBy,
        _ => Values.Text(Value(record)),
    };

    /// <summary>Microseconds since 1970; null when there is no instant.</summary>
    public long? Micros(RecordView record) => Source switch
    {
        FieldSource.CreatedAt => Values.Micros(record.CreatedAt),
        FieldSource.UpdatedAt => Values.Micros(record.UpdatedAt),
        _ => Values.Text(Value(record)) is { } text ? Values.Instant(text) : null,
    };

    /// <summary>The number; null when there is none.</summary>
    public Numeric? Number(RecordView record) => Source == FieldSource.Version
        ? Numeric.Parse(record.Version.ToString())
        : Value(record) is { ValueKind: JsonValueKind.Number } value ? Numeric.Parse(value.GetRawText()) : null;
}
