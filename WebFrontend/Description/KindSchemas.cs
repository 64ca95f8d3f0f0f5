using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crm.Web.Description;

/// <summary>A kind as JSON Schema: what a create takes, what a patch takes, what a record holds.</summary>
internal sealed class KindSchemas(KindInfo kind)
{
    private const string Id = "^[A-Za-z0-9_-]{1,64}$";
    private readonly string _name = $"{char.ToUpperInvariant(kind.Name[0])}{kind.Name[1..]}";

    public string Fields => $"{_name}Fields";

    public string Patch => $"{_name}Patch";

    public string Record => $"{_name}Record";

    public string Page => $"{_name}Page";

    public string Done => $"{_name}Done";

    /// <summary>The example's fields that a client may set.</summary>
    public JsonObject ExampleInput => Example(info => info.Editable);

    /// <summary>One of the example's fields, as a patch.</summary>
    public JsonObject ExamplePatch
    {
        get
        {
            var input = ExampleInput;
            var first = input.Select(pair => pair.Key).FirstOrDefault(name => name != kind.Title) ?? input.Select(pair => pair.Key).FirstOrDefault();
            return first is null ? [] : new() { [first] = input[first]!.DeepClone() };
        }
    }

    /// <summary>The whole example as a record.</summary>
    public JsonObject ExampleRecord => new()
    {
        ["id"] = "018f6b1c-7d2a-7c3e-9a51-3f1d2c4b5a69",
        ["kind"] = kind.Name,
        ["version"] = 1,
        ["createdAt"] = "2026-09-01T12:00:00+00:00",
        ["updatedAt"] = "2026-09-01T12:00:00+00:00",
        ["updatedBy"] = "018f6b1c-0000-7000-8000-000000000001",
        ["fields"] = Example(_ => true),
    };

    public void AddTo(JsonObject schemas)
    {
        schemas[Fields] = Object(kind.Fields.Where(field => field.Editable), required: true, nullable: false, $"What a create of {kind.Name} takes.");
        schemas[Patch] = Object(
            kind.Fields.Where(field => field.Editable), required: false, nullable: true, "A JSON merge patch (RFC 7396) of the fields: null takes a value away.");
        schemas[Record] = RecordSchema();
        schemas[Page] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("items", "next"),
            ["properties"] = new JsonObject
            {
                ["items"] = new JsonObject { ["type"] = "array", ["items"] = ApiOperation.Schema(Record) },
                ["next"] = new JsonObject { ["type"] = new JsonArray("string", "null"), ["description"] = "The cursor of the next page; null on the last one." },
            },
        };
        schemas[Done] = new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("status", "version"),
            ["properties"] = new JsonObject
            {
                ["status"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("applied", "merged") },
                ["version"] = new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 0 },
                ["record"] = ApiOperation.Schema(Record),
            },
        };
    }

    private JsonObject RecordSchema() => new()
    {
        ["type"] = "object",
        ["description"] = kind.Summary,
        ["required"] = new JsonArray("id", "kind", "version", "createdAt", "updatedAt", "updatedBy", "fields"),
        ["properties"] = new JsonObject
        {
            ["id"] = new JsonObject { ["type"] = "string", ["pattern"] = Id },
            ["kind"] = new JsonObject { ["type"] = "string", ["const"] = kind.Name },
            ["version"] = new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 1 },
            ["createdAt"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            ["updatedAt"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            ["updatedBy"] = new JsonObject { ["type"] = "string", ["description"] = "The id of a user, or system." },
            ["fields"] = Object(kind.Fields, required: false, nullable: false, "Fields without a value are left out.", open: true),
        },
    };

    private JsonObject Object(IEnumerable<FieldInfo> fields, bool required, bool nullable, string description, bool open = false)
    {
        var properties = new JsonObject();
        var needed = new JsonArray();
        foreach (var field in fields)
        {
            properties[field.Name] = Field(field, nullable);
            if (required && field.Required)
            {
                needed.Add((JsonNode)field.Name);
            }
        }

        if (kind.HasCustom)
        {
            properties["custom"] = new JsonObject
            {
                ["type"] = nullable ? new JsonArray("object", "null") : "object",
                ["description"] = "The fields that the tenant has added, by name.",
                ["additionalProperties"] = true,
            };
        }

        var schema = new JsonObject { ["type"] = "object", ["description"] = description, ["properties"] = properties };
        if (needed.Count > 0)
        {
            schema["required"] = needed;
        }

        if (!open)
        {
            schema["additionalProperties"] = false;
        }

        return schema;
    }

    private static JsonObject Field(FieldInfo field, bool nullable)
    {
        var schema = Value(field);
        if (field.Label is { } label)
        {
            schema["title"] = label;
        }

        if (!field.Editable)
        {
            schema["readOnly"] = true;
        }

        if (nullable && schema["type"] is JsonValue type)
        {
            schema["type"] = new JsonArray(type.GetValue<string>(), "null");
            (schema["enum"] as JsonArray)?.Add(null);
        }

        return schema;
    }

    private static JsonObject Value(FieldInfo field) => field.Type switch
    {
        FieldType.Text or FieldType.LongText when field.MaxLength > 0 => new() { ["type"] = "string", ["maxLength"] = field.MaxLength },
        FieldType.Text or FieldType.LongText => new() { ["type"] = "string" },
        FieldType.Number => new() { ["type"] = "number" },
        FieldType.Counter => new() { ["type"] = "integer", ["format"] = "int64" },
        FieldType.Flag => new() { ["type"] = "boolean" },
        FieldType.Date => new() { ["type"] = "string", ["format"] = "date" },
        FieldType.Instant => new() { ["type"] = "string", ["format"] = "date-time" },
        FieldType.Choice => new() { ["type"] = "string", ["enum"] = Texts(field.Options) },
        FieldType.Set => new() { ["type"] = "array", ["items"] = Item(field) },
        FieldType.User => new() { ["type"] = "string", ["pattern"] = Id, ["description"] = "The id of a user." },
        FieldType.Reference when field.RefersTo is null => new() { ["type"] = "string", ["description"] = "What it is about: the reference of a record of any kind, such as contacts/018f6b1c, or another name." },
        FieldType.Reference => new() { ["type"] = "string", ["pattern"] = Id, ["description"] = $"The id of a record of {field.RefersTo}." },
        FieldType.Parts => Parts(field),
        _ => new() { ["description"] = "Any JSON value, set by the server." },
    };

    private static JsonObject Item(FieldInfo field)
    {
        var item = new JsonObject { ["type"] = "string" };
        if (field.MaxLength > 0)
        {
            item["maxLength"] = field.MaxLength;
        }

        if (field.Options is { Count: > 0 } options)
        {
            item["enum"] = Texts(options);
        }

        return item;
    }

    private static JsonObject Parts(FieldInfo field)
    {
        var parts = new JsonObject();
        foreach (var part in field.Parts ?? [])
        {
            parts[part] = new JsonObject { ["type"] = new JsonArray("string", "null") };
        }

        return new() { ["type"] = "object", ["properties"] = parts, ["additionalProperties"] = false };
    }

    private static JsonArray Texts(IReadOnlyList<string>? texts) => [.. (texts ?? []).Select(text => (JsonNode)text)];

    private JsonObject Example(Func<FieldInfo, bool> shown)
    {
        var fields = new JsonObject();
        foreach (var field in kind.Example.ValueKind == JsonValueKind.Object ? kind.Example.EnumerateObject() : default)
        {
            var known = field.Name == "custom" ? kind.HasCustom : kind.Field(field.Name) is { } info && shown(info);
            if (known && field.Value.ValueKind != JsonValueKind.Null)
            {
                fields[field.Name] = JsonNode.Parse(field.Value.GetRawText());
            }
        }

        return fields;
    }
}
