using System.Globalization;
using System.Text.Json;

namespace Crm.Engine;

/// <summary>Whether a received value fits its field. Written once for declared and custom fields.</summary>
public static class FieldCheck
{
    /// <summary>Most items of a set.</summary>
    public const int MaxItems = 100;

    private const int DefaultTextLength = 500;
    private const int DefaultLongTextLength = 20_000;

    /// <summary>What is wrong with the value, or null. JSON null always fits: it takes the value away.</summary>
    public static Problem? Of(FieldInfo field, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return field.Type switch
        {
            FieldType.Text => Text(field, value, DefaultTextLength, manyLines: false),
            FieldType.LongText => Text(field, value, DefaultLongTextLength, manyLines: true),
            FieldType.Number => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out _)
                ? null : Wrong(field, "field.number", "This must be a number."),
            FieldType.Counter => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _)
                ? null : Wrong(field, "field.integer", "This must be a whole number."),
            FieldType.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? null : Wrong(field, "field.flag", "This must be true or false."),
            FieldType.Date => Is(value, text => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                ? null : Wrong(field, "field.date", "This must be a day such as 2026-09-01."),
            FieldType.Instant => value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out _)
                ? null : Wrong(field, "field.instant", "This must be a time such as 2026-09-01T12:00:00Z."),
            FieldType.Choice => Is(value, text => field.Options?.Contains(text) is true)
                ? null : Wrong(field, "field.choice", $"This must be one of: {string.Join(", ", field.Options ?? [])}."),
            FieldType.User or FieldType.Reference => Is(value, Address.IsId)
                ? null : Wrong(field, "field.id", "This must be the id of a record."),
            FieldType.Set => Set(field, value),
            FieldType.Parts => Parts(field, value),
            _ => Wrong(field, "field.locked", "This field is not set by hand."),
        };
    }

    /// <summary>The text, or null when it is none or holds what no text may: NUL, half a surrogate pair.</summary>
    public static string? Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString() is { } text && !text.Contains('\0') ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escape such as \ud800 alone: not a character.
        }
    }

    private static bool Is(JsonElement value, Func<string, bool> test) => Read(value) is { } text && test(text);

    private static Problem? Text(FieldInfo field, JsonElement value, int defaultLength, bool manyLines)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return Wrong(field, "field.text", "This must be a text.");
        }

        var most = field.MaxLength > 0 ? field.MaxLength : defaultLength;
        return Read(value) switch
        {
            null => Wrong(field, "text.unreadable", "This text holds characters that cannot be stored."),
            var text when text.Length > most => Wrong(field, "text.length", $"This may have at most {most} characters."),
            var text when text.Any(c => char.IsControl(c) && !(manyLines && c is '\n' or '\r' or '\t')) =>
                Wrong(field, "text.control", manyLines ? "This text holds control characters." : "This must be one line without control characters."),
            _ => null,
        };
    }

    private static Problem? Set(FieldInfo field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return Wrong(field, "field.list", "This must be a list of texts.");
        }

        if (value.GetArrayLength() > MaxItems)
        {
            return Wrong(field, "field.items", $"This may have at most {MaxItems} entries.");
        }

        foreach (var item in value.EnumerateArray())
        {
            if (Text(field, item, DefaultTextLength, manyLines: false) is { } wrong)
            {
                return wrong;
            }

            if (field.Options is { Count: > 0 } options && !options.Contains(item.GetString()!))
            {
                return Wrong(field, "field.choice", $"Each must be one of: {string.Join(", ", options)}.");
            }
        }

        return null;
    }

    private static Problem? Parts(FieldInfo field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Wrong(field, "field.object", $"This must be an object with: {string.Join(", ", field.Parts ?? [])}.");
        }

        foreach (var part in value.EnumerateObject())
        {
            if (field.Parts?.Contains(part.Name) is not true)
            {
                return Wrong(field, "field.part", $"An unknown part. Known are: {string.Join(", ", field.Parts ?? [])}.");
            }

            if (part.Value.ValueKind != JsonValueKind.Null
                && Text(field, part.Value, DefaultTextLength, manyLines: false) is { } wrong)
            {
                return wrong with { Field = $"{field.Name}.{part.Name}" };
            }
        }

        return null;
    }

    private static Problem Wrong(FieldInfo field, string code, string text) => new(field.Name, code, text);
}
