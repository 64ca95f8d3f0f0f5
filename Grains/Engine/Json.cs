using System.Buffers;
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

    private static readonly JsonWriterOptions Raw = new() { SkipValidation = true };

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
    public static Dictionary<string, JsonElement> Flatten<T>(T record) where T : class, IKind<T>
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var field in JsonSerializer.SerializeToElement(T.Kind.WithCustom(record, null), Options).EnumerateObject())
        {
            if (field.Value.ValueKind != JsonValueKind.Null)
            {
                fields[field.Name] = field.Value;
            }
        }

        if (T.Kind.CustomOf(record) is { } custom)
        {
            foreach (var (name, value) in custom)
            {
                if (value.ValueKind != JsonValueKind.Null)
                {
                    fields[CustomName(name)] = value;
                }
            }
        }

        return fields;
    }

    /// <summary>The record that flat fields describe.</summary>
    /// <remarks>Custom fields go round the serialiser: the type knows nothing of them, and they may be most of a record.</remarks>
    public static T Unflatten<T>(IReadOnlyDictionary<string, JsonElement> fields) where T : class, IKind<T>
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Dictionary<string, JsonElement>? custom = null;
        using (var writer = new Utf8JsonWriter(buffer, Raw))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                if (name.StartsWith(RecordJson.CustomPrefix, StringComparison.Ordinal))
                {
                    (custom ??= [])[name[RecordJson.CustomPrefix.Length..]] = value;
                }
                else
                {
                    writer.WritePropertyName(name);
                    RecordJson.WriteValue(writer, value);
                }
            }

            writer.WriteEndObject();
        }

        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return T.Kind.WithCustom(JsonSerializer.Deserialize<T>(ref reader, Options)!, custom);
    }

    /// <summary>The flat name of a custom field.</summary>
    public static string CustomName(string name) => RecordJson.CustomPrefix + name;

    /// <summary>A value's element.</summary>
    public static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value, Options);
}
