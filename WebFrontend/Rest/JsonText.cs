using System.Text.Json;
using System.Text.Unicode;

namespace Crm.Web.Rest;

/// <summary>Finds what a JSON parser lets pass and a store cannot keep: half characters, NUL, a name given twice, a depth without end.</summary>
public static class JsonText
{
    /// <summary>Deepest nesting of objects and arrays.</summary>
    public const int MaxDepth = 32;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth + 1, CommentHandling = JsonCommentHandling.Disallow };

    /// <summary>What is wrong with a document that must be one JSON object, or null. It names the field or the position.</summary>
    public static Problem? Check(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            return Unreadable($"The body is not UTF-8 (at byte {FirstInvalid(utf8)}).");
        }

        var reader = new Utf8JsonReader(utf8, Options);
        var walk = new Walk();
        try
        {
            if (reader.Read() && reader.TokenType != JsonTokenType.StartObject)
            {
                return Unreadable("The body must be a JSON object.");
            }

            do
            {
                if (walk.Step(ref reader) is { } wrong)
                {
                    return wrong;
                }
            }
            while (reader.Read());

            return null;
        }
        catch (JsonException broken)
        {
            return Unreadable($"The body is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}).");
        }
    }

    /// <summary>Whether a text holds only what can be stored: no NUL, no half surrogate pair.</summary>
    public static bool IsStorable(ReadOnlySpan<char> text)
    {
        if (text.Contains('\0'))
        {
            return false;
        }

        while (text.IndexOfAnyInRange('\ud800', '\udfff') is var at and >= 0)
        {
            if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return false;
            }

            text = text[(at + 2)..];
        }

        return true;
    }

    private static Problem Unreadable(string text) => new("", ProblemCodes.Unreadable, text);

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        var chars = new char[utf8.Length];
        Utf8.ToUtf16(utf8, chars, out var read, out _, replaceInvalidSequences: false);
        return read + 1;
    }

    // Remembers where it is, so that a problem can name the field as errors do: custom.budget, address.city.
    private sealed class Walk
    {
        private readonly Stack<(HashSet<string>? Names, string? At)> _open = new();

        public Problem? Step(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when _open.Count == MaxDepth:
                    return Unreadable($"The JSON is nested deeper than {MaxDepth} levels (at byte {reader.TokenStartIndex + 1}).");
                case JsonTokenType.StartObject:
                    _open.Push((new(StringComparer.Ordinal), null));
                    return null;
                case JsonTokenType.StartArray:
                    _open.Push((null, null));
                    return null;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    _open.Pop();
                    return null;
                case JsonTokenType.PropertyName:
                    return Name(Read(ref reader));
                case JsonTokenType.String when Read(ref reader) is null:
                    return new(Field(), "text.unreadable", "This text holds characters that cannot be stored.");
                default:
                    return null;
            }
        }

        private Problem? Name(string? name)
        {
            if (name is null)
            {
                return new(Field(), "text.unreadable", "The name of a property holds characters that cannot be stored.");
            }

            var (names, _) = _open.Pop();
            _open.Push((names, name));
            return names!.Add(name) ? null : new(Field(), "field.duplicate", "This is given more than once.");
        }

        private string Field() => string.Join('.', _open.Reverse().Select(level => level.At).OfType<string>());

        private static string? Read(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.GetString() is { } text && !text.Contains('\0') ? text : null;
            }
            catch (InvalidOperationException)
            {
                return null; // An escape such as \ud800 alone: not a character.
            }
        }
    }
}
