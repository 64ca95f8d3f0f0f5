using System.Text.Json;

namespace Crm.Web.Feeds;

/// <summary>Entries of feeds as clients see them, over REST and pushed alike.</summary>
internal static class ActivityJson
{
    /// <summary>The names of importance on the wire, from the least on.</summary>
    public static readonly IReadOnlyList<string> Importances = ["minor", "normal", "important"];

    /// <summary>Writes <c>{title, importance, change:{ref, version, at, by, type, fields}}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, ActivityEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("title", entry.Title);
        writer.WriteString("importance", Importances[(int)entry.Importance]);
        writer.WritePropertyName("change");
        RecordJson.WriteChange(writer, entry.Change, "fields", entry.At.Ref);
        writer.WriteEndObject();
    }

    /// <summary>Writes <c>items</c> and <c>next</c> of a page into an object.</summary>
    public static void WritePage(Utf8JsonWriter writer, ActivityPage page)
    {
        writer.WriteStartArray("items");
        foreach (var entry in page.Items)
        {
            Write(writer, entry);
        }

        writer.WriteEndArray();
        writer.WriteString("next", page.Next);
    }
}
