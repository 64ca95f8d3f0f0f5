using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Crm.Engine;

/// <summary>Finds texts that a JSON parser lets pass and no journal keeps: NUL, half a surrogate pair, bytes that are not UTF-8.</summary>
public static class Storable
{
    /// <summary>The first of them, by the field that it stands in; null when there is none. Names of fields are texts too.</summary>
    public static Problem? Check(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        // Parsed JSON holds them as an escape or as broken bytes alone, and most of it holds neither.
        var raw = JsonMarshal.GetRawUtf8Value(json);
        return raw.IndexOf("\\u"u8) < 0 && Utf8.IsValid(raw) ? null : Walk(json, "");
    }

    private static Problem? Walk(JsonElement json, string at)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String when FieldCheck.Read(json) is null:
                return Wrong(at);
            case JsonValueKind.Array:
                return json.EnumerateArray().Select(item => Walk(item, at)).FirstOrDefault(wrong => wrong is not null);
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    if ((NameOf(member) is not { } name ? Wrong(at) : Walk(member.Value, at.Length == 0 ? name : $"{at}.{name}")) is { } wrong)
                    {
                        return wrong;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name.Contains('\0') ? null : member.Name;
        }
        catch (InvalidOperationException)
        {
            return null; // An escape such as \ud800 alone: not a character.
        }
    }

    private static Problem Wrong(string at) => new(at, "text.unreadable", "This text holds characters that cannot be stored.");
}
