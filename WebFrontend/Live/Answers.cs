using System.Text.Json;
using System.Text.Json.Serialization;

namespace Crm.Web.Live;

/// <summary>The answer to Watch, and the signal that it is being written: what is newer may follow it.</summary>
/// <remarks>
/// SignalR serialises results while it holds the connection's turn to write. So whatever is handed to the connection
/// after <see cref="Written"/> stands behind the answer, on every transport.
/// </remarks>
[JsonConverter(typeof(Json))]
internal sealed record WatchAnswer(string Reference, CatchUp State, string View, Action Written)
{
    internal sealed class Json : JsonConverter<WatchAnswer>
    {
        public override WatchAnswer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, WatchAnswer value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", value.State.Version);
            writer.WriteString("view", value.View);
            if (value.State.Record is { } record)
            {
                writer.WritePropertyName("record");
                RecordJson.WriteRecord(writer, record);
            }
            else
            {
                writer.WriteStartArray("changes");
                foreach (var change in value.State.Changes ?? [])
                {
                    RecordJson.WriteChange(writer, change, "fields", value.Reference);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
            value.Written();
        }
    }
}

/// <summary>The answer to WatchList, with the same signal.</summary>
[JsonConverter(typeof(Json))]
internal sealed record ListAnswer(string Subscription, IReadOnlyList<RecordView> Items, string? Next, Action Written)
{
    internal sealed class Json : JsonConverter<ListAnswer>
    {
        public override ListAnswer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, ListAnswer value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("subscription", value.Subscription);
            writer.WriteStartArray("items");
            foreach (var item in value.Items)
            {
                RecordJson.WriteRecord(writer, item);
            }

            writer.WriteEndArray();
            writer.WriteString("next", value.Next);
            writer.WriteEndObject();
            value.Written();
        }
    }
}

/// <summary>The answer to a command: <c>{status, version, conflicts?, errors?}</c>.</summary>
[JsonConverter(typeof(Json))]
internal sealed record CommandAnswer(Outcome Outcome)
{
    internal sealed class Json : JsonConverter<CommandAnswer>
    {
        public override CommandAnswer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, CommandAnswer value, JsonSerializerOptions options)
        {
            var outcome = value.Outcome;
            writer.WriteStartObject();
            writer.WriteString("status", outcome.Status switch
            {
                Status.Applied => "applied",
                Status.Merged => "merged",
                Status.Conflict => "conflict",
                _ => "rejected",
            });
            writer.WriteNumber("version", outcome.Version);
            if (outcome.Conflicts.Count > 0)
            {
                WriteConflicts(writer, outcome.Conflicts);
            }

            if (outcome.Errors.Count > 0)
            {
                WriteErrors(writer, outcome.Errors);
            }

            writer.WriteEndObject();
        }

        private static void WriteConflicts(Utf8JsonWriter writer, IReadOnlyList<Conflict> conflicts)
        {
            writer.WriteStartArray("conflicts");
            foreach (var conflict in conflicts)
            {
                writer.WriteStartObject();
                writer.WriteString("field", conflict.Field);
                WriteValue(writer, "base", conflict.Base);
                WriteValue(writer, "theirs", conflict.Theirs);
                WriteValue(writer, "yours", conflict.Yours);
                writer.WriteString("by", conflict.By);
                writer.WriteString("at", conflict.At);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        private static void WriteErrors(Utf8JsonWriter writer, IReadOnlyList<Problem> errors)
        {
            writer.WriteStartArray("errors");
            foreach (var error in errors)
            {
                writer.WriteStartObject();
                writer.WriteString("field", error.Field);
                writer.WriteString("code", error.Code);
                writer.WriteString("text", error.Text);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        private static void WriteValue(Utf8JsonWriter writer, string name, JsonElement value)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
    }
}
