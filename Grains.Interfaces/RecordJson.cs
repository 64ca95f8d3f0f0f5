using System.Runtime.InteropServices;
using System.Text.Json;

namespace Crm;

/// <summary>The one place that writes records, changes and fields as clients see them: flat names become nested objects.</summary>
public static class RecordJson
{
    /// <summary>Before the dot of a custom field's flat name.</summary>
    public const string CustomPrefix = "custom.";

    /// <summary>Writes the fields object; custom fields stand in <c>custom</c>, which is there whenever one has a value.</summary>
    public static void WriteFields(Utf8JsonWriter writer, IReadOnlyDictionary<string, JsonElement> fields)
    {
        writer.WriteStartObject();
        var custom = false;
        foreach (var (name, value) in fields)
        {
            if (name.StartsWith(CustomPrefix, StringComparison.Ordinal))
            {
                custom = true;
            }
            else
            {
                writer.WritePropertyName(name);
                WriteValue(writer, value);
            }
        }

        if (custom)
        {
            writer.WriteStartObject("custom");
            foreach (var (name, value) in fields.Where(field => field.Key.StartsWith(CustomPrefix, StringComparison.Ordinal)))
            {
                writer.WritePropertyName(name.AsSpan(CustomPrefix.Length));
                WriteValue(writer, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes a value as it was received, byte by byte: it was checked then, and taking its texts apart and together again costs more than the rest of a change.</summary>
    public static void WriteValue(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    /// <summary>Writes <c>{id, kind, version, createdAt, updatedAt, updatedBy, fields}</c>.</summary>
    public static void WriteRecord(Utf8JsonWriter writer, RecordView record)
    {
        writer.WriteStartObject();
        writer.WriteString("id", record.Id);
        writer.WriteString("kind", record.Kind);
        writer.WriteNumber("version", record.Version);
        writer.WriteString("createdAt", record.CreatedAt);
        writer.WriteString("updatedAt", record.UpdatedAt);
        writer.WriteString("updatedBy", record.UpdatedBy);
        writer.WritePropertyName("fields");
        WriteFields(writer, record.Fields);
        writer.WriteEndObject();
    }

    /// <summary>Writes a change; its field map keeps flat names, under <paramref name="fieldsName"/>.</summary>
    /// <param name="reference">The record's reference where the message needs one, else null.</param>
    public static void WriteChange(Utf8JsonWriter writer, Change change, string fieldsName, string? reference = null)
    {
        writer.WriteStartObject();
        if (reference is not null)
        {
            writer.WriteString("ref", reference);
        }

        writer.WriteNumber("version", change.Version);
        writer.WriteString("at", change.At);
        writer.WriteString("by", change.By);
        writer.WriteString("type", change.Type);
        writer.WriteStartObject(fieldsName);
        foreach (var (name, value) in change.Fields)
        {
            WriteFromTo(writer, name, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>Writes <c>"name":{from, to}</c>.</summary>
    public static void WriteFromTo(Utf8JsonWriter writer, string name, FromTo value)
    {
        writer.WriteStartObject(name);
        writer.WritePropertyName("from");
        WriteValue(writer, value.From);
        writer.WritePropertyName("to");
        WriteValue(writer, value.To);
        writer.WriteEndObject();
    }
}
