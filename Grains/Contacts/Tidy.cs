using System.Runtime.InteropServices;
using System.Text.Json;

namespace Crm.Contacts;

/// <summary>The form in which typed values are stored: trimmed, without repetition; what is empty is no value.</summary>
internal static class Tidy
{
    /// <summary>Trimmed; null when nothing is left.</summary>
    public static string? Text(string? text) => text?.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    /// <summary>Trimmed texts; of those that <paramref name="by"/> makes equal the first one stays. Null when nothing is left.</summary>
    public static IReadOnlyList<string>? Set(IReadOnlyList<string>? texts, Func<string, string> by)
    {
        if (texts is null or [])
        {
            return null;
        }

        var kept = texts.Select(Text).OfType<string>().DistinctBy(by).ToList();
        return kept is [] ? null : kept;
    }

    /// <summary>Custom values without the empty ones; null when none is left.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? Custom(IReadOnlyDictionary<string, JsonElement>? values)
    {
        if (values is null or { Count: 0 })
        {
            return null;
        }

        var kept = values.Where(value => HasValue(value.Value)).ToDictionary();
        return kept.Count == 0 ? null : kept;
    }

    // Most texts have a letter that stands for itself; only for others the text is made.
    private static bool HasText(JsonElement text)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        return (raw.IndexOf((byte)'\\') < 0 && raw.IndexOfAnyInRange((byte)'!', (byte)'~') >= 0) || !string.IsNullOrWhiteSpace(text.GetString());
    }

    /// <summary>Whether this is a value at all: not null, no empty text, no empty list.</summary>
    public static bool HasValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => false,
        JsonValueKind.String => HasText(value),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };
}
