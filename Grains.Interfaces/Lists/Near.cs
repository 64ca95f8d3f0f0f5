namespace Crm;

/// <summary>Words that differ by one slip: a letter left out, added, wrong, or two side by side swapped (Damerau-Levenshtein distance 1).</summary>
/// <remarks>
/// Two such words share a form after dropping at most one letter from each (SymSpell), which is what the index stores. It also finds words that
/// share a form by accident, so the distance is checked: <see cref="Is"/> here, <see cref="Pattern"/> in SQL.
/// </remarks>
public static class Near
{
    /// <summary>Shortest word that may be misspelt: shorter ones resemble too many.</summary>
    public const int Shortest = 4;

    /// <summary>Longest one, so that patterns stay small.</summary>
    public const int Longest = 20;

    // Any letter of a word to which this applies.
    private const string Any = "[^ \n0-9@\U00010000-\U0010FFFF]";

    /// <summary>Whether a word is long enough and made of letters alone.</summary>
    public static bool Applies(ReadOnlySpan<char> word) => word.Length is >= Shortest and <= Longest && !word.ContainsAnyInRange('0', '9') && !word.Contains('@') && !HasSurrogate(word);

    /// <summary>Whether two words, to both of which this applies, are equal or one slip apart.</summary>
    public static bool Is(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (Math.Abs(a.Length - b.Length) > 1)
        {
            return false;
        }

        var same = a.CommonPrefixLength(b);
        var restA = a[same..];
        var restB = b[same..];
        if (restA.IsEmpty || restB.IsEmpty)
        {
            return true; // The lengths differ by at most one.
        }

        return restA.Length.CompareTo(restB.Length) switch
        {
            > 0 => restA[1..].SequenceEqual(restB),
            < 0 => restB[1..].SequenceEqual(restA),
            _ => restA[1..].SequenceEqual(restB[1..])
                || (restA.Length >= 2 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2..].SequenceEqual(restB[2..])),
        };
    }

    /// <summary>A regular expression, as PostgreSQL reads it, that finds a word near this one between the blanks of a search text.</summary>
    public static string Pattern(string word)
    {
        // What the slips have in common stands once, so that the pattern is small and its automaton is too: l(o(pez|slips)|slips)|slips.
        var pattern = "";
        for (var i = word.Length; i >= 0; i--)
        {
            var slips = Slips(word, i);
            pattern = i == word.Length
                ? string.Join('|', slips.Prepend(""))
                : string.Join('|', slips.Prepend($"{word[i]}({pattern})"));
        }

        return $" ({pattern}) ";
    }

    // What may stand in place of the word from a letter on when the slip is there.
    private static IEnumerable<string> Slips(string word, int at)
    {
        var after = word[at..];
        if (word.Length < Longest)
        {
            yield return Any + after;
        }

        if (after.Length == 0)
        {
            yield break;
        }

        yield return Any + after[1..];
        if (word.Length > Shortest)
        {
            yield return after[1..];
        }

        if (after.Length >= 2 && after[0] != after[1])
        {
            yield return $"{after[1]}{after[0]}{after[2..]}";
        }
    }

    private static bool HasSurrogate(ReadOnlySpan<char> word) => word.ContainsAnyInRange('\uD800', '\uDFFF');
}
