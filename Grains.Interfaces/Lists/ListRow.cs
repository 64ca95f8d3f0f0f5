using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Crm;

/// <summary>What the read model keeps of a record besides its fields, so that it can be found. Computed for every commit.</summary>
public static class ListRow
{
    /// <summary>Longest folded title that is kept, in characters: enough to sort by.</summary>
    public const int MaxTitle = 200;

    /// <summary>Longest search text of one field, in characters; what comes after it is not found.</summary>
    public const int MaxLine = 2000;

    /// <summary>Longest value that is a facet, in characters.</summary>
    public const int MaxFacet = 200;

    /// <summary>What the row of a record holds.</summary>
    /// <param name="keys">The record's identity keys (<c>IKind.Keys</c>).</param>
    /// <returns>
    /// <c>Title</c>: the folded title, empty when it has none. <c>Search</c>: for each searched field its name in capitals and its folded words, each between
    /// blanks, on a line of its own: capitals never match a folded word, and a reader who may not see a field has its line left out.
    /// <c>Terms</c>: words, near words, pieces of words and facets; <c>Keys</c>: identity keys. Both hashed, sorted, without repetition.
    /// </returns>
    public static (string Title, string Search, int[] Terms, int[] Keys) Of(KindInfo kind, string tenant, RecordView view, IEnumerable<string> keys)
    {
        var terms = new Terms(tenant, kind.Name);
        var hashes = new List<int>(192);
        var search = Search(kind, view.Fields, static _ => true, word => terms.OfWord(word, hashes));
        foreach (var (name, value) in view.Fields)
        {
            Facets(kind, name, value, terms, hashes);
        }

        return (Title(kind, view.Fields), search, Distinct(hashes), Distinct([.. keys.Select(key => terms.Key(key))]));
    }

    /// <summary>Whether the row of a record may hold something of this value of a field, so that another value makes another row.</summary>
    public static bool Holds(KindInfo kind, string name, JsonElement value) => kind.Field(name) is { } field
        ? field.Searched || name == kind.Title || IsFacet(field)
        : value.ValueKind is not (JsonValueKind.Number or JsonValueKind.Null or JsonValueKind.Object);

    /// <summary>The folded title.</summary>
    public static string Title(KindInfo kind, IReadOnlyDictionary<string, JsonElement> fields)
    {
        if (Values.Text(fields, kind.Title) is not { } text)
        {
            return "";
        }

        var folded = string.Join(' ', Fold.Text(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return Values.Left(folded, MaxTitle);
    }

    /// <summary>The search text of the fields that <paramref name="sees"/> lets through; each distinct word goes to <paramref name="heard"/> once.</summary>
    public static string Search(KindInfo kind, IReadOnlyDictionary<string, JsonElement> fields, Func<string, bool> sees, Action<string>? heard = null)
    {
        var text = new StringBuilder(256);
        var words = new List<string>(16);
        var all = new HashSet<string>();
        foreach (var field in kind.Fields)
        {
            if (!field.Searched || !sees(field.Name) || !fields.TryGetValue(field.Name, out var value))
            {
                continue;
            }

            words.Clear();
            Collect(value, words);
            if (words.Count > 0)
            {
                Line(field.Name, words, all, text, heard);
            }
        }

        return text.ToString();
    }

    private static void Line(string name, List<string> words, HashSet<string> all, StringBuilder text, Action<string>? heard)
    {
        text.Append(Tag(name)).Append(' ');
        var end = text.Length + MaxLine;
        for (var i = 0; i < words.Count && text.Length + words[i].Length < end; i++)
        {
            text.Append(words[i]).Append(' ');
            if (all.Add(words[i]))
            {
                heard?.Invoke(words[i]);
            }
        }

        text.Append('\n');
    }

    /// <summary>What stands before the words of a field in the search text.</summary>
    public static string Tag(string field) => field.ToUpperInvariant();

    private static void Collect(JsonElement value, List<string> words)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when Values.Text(value) is { } text:
                Words.OfValue(text, words);
                break;
            case JsonValueKind.Number:
                Words.Cut(value.GetRawText(), words);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, words);
                }

                break;
            case JsonValueKind.Object:
                foreach (var part in value.EnumerateObject())
                {
                    Collect(part.Value, words);
                }

                break;
        }
    }

    private static void Facets(KindInfo kind, string name, JsonElement value, Terms terms, List<int> hashes)
    {
        if (kind.Field(name) is { } field && !IsFacet(field))
        {
            return;
        }

        // The type of a custom field is not known here and may change: whatever looks like a facet is one.
        switch (value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                hashes.Add(terms.Facet(name, value.ValueKind == JsonValueKind.True ? "true" : "false"));
                break;
            case JsonValueKind.String when Values.Text(value) is { Length: <= MaxFacet } text:
                hashes.Add(terms.Facet(name, text));
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    if (Values.Text(item) is { Length: <= MaxFacet } entry)
                    {
                        hashes.Add(terms.Facet(name, entry));
                    }
                }

                break;
        }
    }

    private static bool IsFacet(FieldInfo field) => field.Type is FieldType.Choice or FieldType.Set or FieldType.Flag or FieldType.User or FieldType.Reference;

    private static int[] Distinct(List<int> hashes)
    {
        var span = CollectionsMarshal.AsSpan(hashes);
        span.Sort();
        var kept = 0;
        for (var i = 0; i < span.Length; i++)
        {
            if (i == 0 || span[i] != span[i - 1])
            {
                span[kept++] = span[i];
            }
        }

        return span[..kept].ToArray();
    }
}
