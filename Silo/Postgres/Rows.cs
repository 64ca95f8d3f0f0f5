using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Crm.Silo.Postgres;

/// <summary>What the read model keeps of a record.</summary>
internal sealed class Rows(ICatalog catalog, Func<KindInfo, string, RecordView, Row> row)
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The row, made once per entry.</summary>
    public Row Of(Pending entry) => entry.Row ??= row(
        catalog.Find(entry.Entry.At.Kind) ?? throw new InvalidOperationException($"There is no kind {entry.Entry.At.Kind}."),
        entry.Entry.At.Tenant, entry.Entry.After!);

    /// <summary>Whether the row may be another one after this change: no field that it touches is merely shown.</summary>
    public bool Touches(Pending entry) => catalog.Find(entry.Entry.At.Kind) is not { } kind
        || entry.Entry.Change!.Fields.Any(field => ListRow.Holds(kind, field.Key, field.Value.From) || ListRow.Holds(kind, field.Key, field.Value.To));

    /// <summary>Fields by flat name as one JSON object in UTF-8.</summary>
    public static byte[] Json(IReadOnlyDictionary<string, JsonElement> fields)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in fields)
            {
                writer.WritePropertyName(name);
                RecordJson.WriteValue(writer, value);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
