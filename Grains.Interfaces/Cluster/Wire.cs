using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Cluster;

/// <summary>How values cross from node to node: JSON, so that nodes of neighbouring versions understand each other; a member that is not known is left out.</summary>
public static class Wire
{
    /// <summary>Every type that crosses by itself, under the name it has there for good.</summary>
    public static IReadOnlyDictionary<string, Type> Types { get; } = new Dictionary<string, Type>
    {
        ["crm.answers"] = typeof(Answers),
        ["crm.beat"] = typeof(Beat),
        ["crm.caller"] = typeof(Caller),
        ["crm.catchup"] = typeof(CatchUp),
        ["crm.changes"] = typeof(Changes),
        ["crm.commands"] = typeof(Commands),
        ["crm.held"] = typeof(Held),
        ["crm.holding"] = typeof(Holding),
        ["crm.interest"] = typeof(Interest),
        ["crm.news"] = typeof(RoomNews),
        ["crm.view"] = typeof(RecordView),
    };

    /// <summary>Camel case, no nulls, JSON values exactly as they came.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters =
        {
            new ValueConverter(), new AddressConverter(), new SetConverter(), new JsonStringEnumConverter<Status>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<Doing>(JsonNamingPolicy.CamelCase), new JsonStringEnumConverter<Sharing>(JsonNamingPolicy.CamelCase),
            new JsonStringEnumConverter<ClaimHow>(JsonNamingPolicy.CamelCase),
        },
    };

    /// <summary>Whether it is one of <see cref="Types"/>.</summary>
    public static bool Carries(Type type) => Carried.Contains(type);

    /// <summary>A nudge as bytes.</summary>
    public static byte[] Encode(Nudge nudge) => JsonSerializer.SerializeToUtf8Bytes(nudge, Options);

    /// <summary>The nudge that <see cref="Encode"/> wrote.</summary>
    /// <exception cref="JsonException">They are no such bytes.</exception>
    public static Nudge Decode(byte[] bytes) => JsonSerializer.Deserialize<Nudge>(bytes, Options) ?? throw new JsonException("No nudge.");

    private static readonly HashSet<Type> Carried = [.. Types.Values];

    // The text itself crosses: whether a command is a repetition is told by its bytes.
    private sealed class ValueConverter : JsonConverter<JsonElement>
    {
        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
        {
            if (value.ValueKind == JsonValueKind.Undefined)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }
        }
    }

    private sealed class AddressConverter : JsonConverter<Address>
    {
        public override Address Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Address.Parse(reader.GetString() ?? throw new JsonException("No address."));

        public override void Write(Utf8JsonWriter writer, Address value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }

    private sealed class SetConverter : JsonConverter<IReadOnlySet<string>>
    {
        public override IReadOnlySet<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var set = new HashSet<string>();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new JsonException("No set.");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.String)
            {
                set.Add(reader.GetString()!);
            }

            return set;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<string> value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var item in value)
            {
                writer.WriteStringValue(item);
            }

            writer.WriteEndArray();
        }
    }
}
