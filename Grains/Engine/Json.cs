using System.Text.Json;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Crm.Engine;

/// <summary>How records are written and read: lenient with what is stored, strict with what is received.</summary>
public static class Json
{
    /// <summary>The JSON null that stands for "no value" in changes and conflicts.</summary>
    public static readonly JsonElement Null = JsonElement.Parse("null");

    /// <summary>Stored: fields that a kind no longer has are history, and pass.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.Strict,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private const string Custom = "custom";

    // Received: what is not understood is refused.
    private static readonly JsonSerializerOptions Strict = new(Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    private static readonly JsonElement EmptyObject = JsonElement.Parse("{}");

    /// <summary>Reads a verb's arguments.</summary>
    /// <exception cref="JsonException">They do not fit; its path names the argument.</exception>
    public static T Read<T>(JsonElement json) =>
        (json.ValueKind == JsonValueKind.Undefined ? EmptyObject : json).Deserialize<T>(Strict) ?? throw new JsonException("null");

    /// <summary>The JSON Schema of a verb's arguments.</summary>
    public static JsonElement Schema<T>() => JsonSerializer.SerializeToElement(Strict.GetJsonSchemaAsNode(typeof(T)));

    /// <summary>A record's fields by flat name; what has no value is left out.</summary>
    public static Dictionary<string, JsonElement> Flatten<T>(T record)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var field in JsonSerializer.SerializeToElement(record, Options).EnumerateObject())
        {
            if (field.Name == Custom && field.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var own in field.Value.EnumerateObject().Where(own => own.Value.ValueKind != JsonValueKind.Null))
                {
                    fields[CustomName(own.Name)] = own.Value;
                }
            }
            else if (field.Value.ValueKind != JsonValueKind.Null)
            {
                fields[field.Name] = field.Value;
            }
        }

        return fields;
    }

    /// <summary>The record that flat fields describe.</summary>
    public static T Unflatten<T>(IReadOnlyDictionary<string, JsonElement> fields)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            RecordJson.WriteFields(writer, fields);
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonSerializer.Deserialize<T>(ref reader, Options)!;
    }

    /// <summary>The flat name of a custom field.</summary>
    public static string CustomName(string name) => $"{Custom}.{name}";

    /// <summary>A value's element.</summary>
    public static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value, Options);
}
