using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Crm;

/// <summary>
/// The form of a text in which it is searched and sorted: lower case, without accents, ß as ss, wide letters narrow.
/// Written once for the read model and for predicates, so that SQL never has to fold.
/// </summary>
public static class Fold
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, VowelsTimesTails = 588, Tails = 28;
    private static readonly FrozenDictionary<char, string> Table = Read();

    /// <summary>The whole text in normal form; punctuation and blanks stay. Halves of surrogate pairs are dropped.</summary>
    public static string Text(string text)
    {
        var folded = new StringBuilder(text.Length + 4);
        Append(text, folded);
        return folded.ToString();
    }

    /// <summary>The same, at the end of what is there.</summary>
    public static void Append(ReadOnlySpan<char> text, StringBuilder to)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c < 0x80)
            {
                to.Append(c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c);
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                to.Append(Rune.ToLowerInvariant(new Rune(c, text[++i])));
            }
            else if (!char.IsSurrogate(c))
            {
                Letter(c, to);
            }
        }
    }

    private static void Letter(char c, StringBuilder to)
    {
        var lower = char.ToLowerInvariant(c);
        if (Table.TryGetValue(lower, out var plain) || Table.TryGetValue(c, out plain))
        {
            to.Append(plain);
        }
        else if (lower is >= (char)HangulFirst and <= (char)HangulLast)
        {
            Hangul(lower - HangulFirst, to);
        }
        else if (char.IsDigit(lower))
        {
            to.Append((char)('0' + CharUnicodeInfo.GetDecimalDigitValue(lower)));
        }
        else if (!IsAccent(lower))
        {
            to.Append(lower);
        }
    }

    // A syllable is taken apart into its letters, as NFKD does (Unicode 3.12): composed and decomposed text then agree.
    private static void Hangul(int syllable, StringBuilder to)
    {
        to.Append((char)(0x1100 + (syllable / VowelsTimesTails))).Append((char)(0x1161 + (syllable % VowelsTimesTails / Tails)));
        if (syllable % Tails is > 0 and var tail)
        {
            to.Append((char)(0x11A7 + tail));
        }
    }

    // Accents of Latin, Greek, Cyrillic, Hebrew, Arabic and Japanese. The vowel signs of Indic scripts are marks too, but they are letters to a reader: they stay.
    private static bool IsAccent(char c) => c is (>= '\u0300' and <= '\u036F') or (>= '\u0591' and <= '\u05C7') or (>= '\u0610' and <= '\u061A')
        or (>= '\u064B' and <= '\u065F') or (>= '\u1AB0' and <= '\u1AFF') or (>= '\u1DC0' and <= '\u1DFF') or (>= '\u20D0' and <= '\u20FF')
        or '\u3099' or '\u309A' or (>= '\uFE20' and <= '\uFE2F');

    private static FrozenDictionary<char, string> Read()
    {
        var table = new Dictionary<char, string>();
        foreach (var line in FoldTable.Lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            foreach (var from in line.AsSpan(blank + 1).TrimEnd('\r'))
            {
                table[from] = line[..blank];
            }
        }

        return table.ToFrozenDictionary();
    }
}
