using System.Text.Json;

namespace Crm.Web.Live;

/// <summary>How presence is written for clients. Never more than name and activity leaves here.</summary>
internal static class PresenceFrames
{
    /// <summary><c>Presence({ref, count, people, claims})</c>.</summary>
    /// <param name="count">People that the onlooker may see, also those beyond the list.</param>
    /// <param name="named">Users that the onlooker may know of: others hold claims without a name.</param>
    public static byte[] Presence(string reference, int count, IEnumerable<Person> people, IEnumerable<Claim> claims, IReadOnlySet<string> named) => Frames.Call("Presence", writer =>
    {
        writer.WriteString("ref", reference);
        writer.WriteNumber("count", count);
        writer.WriteStartArray("people");
        foreach (var person in people)
        {
            Write(writer, person);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("claims");
        foreach (var claim in claims)
        {
            Write(writer, claim, named);
        }

        writer.WriteEndArray();
    });

    /// <summary><c>Drafted({ref, by, field, value})</c>.</summary>
    public static byte[] Drafted(string reference, string by, string field, JsonElement value) => Frames.Call("Drafted", writer =>
    {
        writer.WriteString("ref", reference);
        writer.WriteString("by", by);
        writer.WriteString("field", field);
        writer.WritePropertyName("value");
        Write(writer, value);
    });

    /// <summary><c>Drafted({ref, by, field, gone: true})</c>: it was saved or given up, or its writer has left.</summary>
    public static byte[] Withdrawn(string reference, string by, string field) => Frames.Call("Drafted", writer =>
    {
        writer.WriteString("ref", reference);
        writer.WriteString("by", by);
        writer.WriteString("field", field);
        writer.WriteBoolean("gone", true);
    });

    /// <summary><c>People({people, gone})</c>: who came or does something else in the tenant, and who left.</summary>
    public static byte[] People(IEnumerable<byte[]> people, IEnumerable<string> gone) => Frames.Call("People", writer =>
    {
        writer.WriteStartArray("people");
        foreach (var person in people)
        {
            writer.WriteRawValue(person, skipInputValidation: true);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("gone");
        foreach (var user in gone)
        {
            writer.WriteStringValue(user);
        }

        writer.WriteEndArray();
    });

    /// <summary>One of them: <c>{userId, name, team?, status, module?, refs, since}</c>.</summary>
    /// <param name="refs">Those that the onlooker may open.</param>
    public static byte[] OfHall(Person person, string? module, IEnumerable<string> refs)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Frames.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("userId", person.Who.User);
            writer.WriteString("name", person.Who.Name);
            WriteText(writer, "team", person.Who.Team);
            writer.WriteString("status", person.Activity == Doing.Away ? "away" : "online");
            WriteText(writer, "module", module);
            writer.WriteStartArray("refs");
            foreach (var reference in refs)
            {
                writer.WriteStringValue(reference);
            }

            writer.WriteEndArray();
            writer.WriteString("since", person.Since);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, Person person)
    {
        writer.WriteStartObject();
        writer.WriteString("userId", person.Who.User);
        writer.WriteString("name", person.Who.Name);
        writer.WriteString("activity", person.Activity == Doing.Editing ? "editing" : "viewing");
        WriteText(writer, "field", person.Field);
        if (person.Cursor.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
        {
            writer.WritePropertyName("cursor");
            Write(writer, person.Cursor);
        }

        if (person.Unsaved)
        {
            writer.WriteBoolean("unsaved", true);
        }

        writer.WriteString("since", person.Since);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Claim claim, IReadOnlySet<string> named)
    {
        writer.WriteStartObject();
        writer.WriteString("field", claim.Field);
        WriteText(writer, "by", named.Contains(claim.User) ? claim.User : null);
        WriteText(writer, "asked", claim.Asked is { } asked && named.Contains(asked) ? asked : null);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined)
        {
            writer.WriteNullValue();
        }
        else
        {
            value.WriteTo(writer);
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }
}
