using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Crm;

/// <summary>Cuts texts into the folded words that are searched: of values when they are stored, of questions when they are asked.</summary>
public static partial class Words
{
    /// <summary>Longest word that is kept, in characters; the rest of a longer one is not searched.</summary>
    public const int MaxLength = 64;

    /// <summary>Longest e-mail address that is kept whole, in characters (RFC 5321).</summary>
    public const int MaxEmail = 254;

    private const int FewestPhoneDigits = 5;

    /// <summary>The words of a value: a telephone number is one word of digits, an e-mail address is itself and its parts.</summary>
    public static void OfValue(string value, List<string> words)
    {
        if (Phone(value) is { } digits)
        {
            words.Add(digits);
            return;
        }

        var folded = Fold.Text(value);
        if (folded.Contains('@', StringComparison.Ordinal))
        {
            foreach (var chunk in folded.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                if (Email(chunk) is { } email)
                {
                    words.Add(email);
                }
            }
        }

        Cut(folded, words);
    }

    /// <summary>Cuts a folded text at everything that is no letter, digit or symbol. An apostrophe joins: O'Brien is obrien.</summary>
    public static void Cut(string folded, List<string> words)
    {
        var word = new StringBuilder(32);
        for (var i = 0; i < folded.Length; i++)
        {
            var c = folded[i];
            if (c < 0x80 ? char.IsAsciiLetterOrDigit(c) : IsWord(folded, i))
            {
                word.Append(c);
            }
            else if (!Joins(c))
            {
                Flush(word, words);
            }
        }

        Flush(word, words);
    }

    /// <summary>The digits of a telephone number without punctuation, extension and the 0 in brackets; null when the value is none.</summary>
    public static string? Phone(string value)
    {
        if (value.Length > MaxLength || !value.AsSpan().ContainsAnyInRange('0', '9'))
        {
            return null;
        }

        var digits = new StringBuilder(value.Length);
        foreach (var c in Extension().Replace(value.Replace("(0)", "", StringComparison.Ordinal), ""))
        {
            if (char.IsAsciiDigit(c))
            {
                digits.Append(c);
            }
            else if (!IsPhonePunctuation(c))
            {
                return null;
            }
        }

        return digits.Length is >= FewestPhoneDigits and <= MaxLength ? digits.ToString() : null;
    }

    /// <summary>Whether a piece of a question may belong to a telephone number: digits and what stands between them.</summary>
    public static bool IsPhonePart(string chunk) => chunk.Any(char.IsAsciiDigit) && chunk.All(c => char.IsAsciiDigit(c) || IsPhonePunctuation(c));

    /// <summary>The address without brackets and commas around it; null when the chunk is none.</summary>
    public static string? Email(string chunk)
    {
        var address = chunk.Trim('<', '>', '(', ')', '[', ']', ',', ';', ':', '.', '"', '\'');
        return address.Contains('@', StringComparison.Ordinal) && address.Length is > 1 and <= MaxEmail && address.All(c => c > ' ' && c != '\u007F') ? address : null;
    }

    [GeneratedRegex(@"\s*(x|ext\.?|#)\s*[0-9]{1,6}\s*\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Extension();

    private static bool IsPhonePunctuation(char c) => c is ' ' or '+' or '-' or '(' or ')' or '.' or '/' or '\u00A0' or '\u2013' or '\u2011';

    private static bool IsWord(string text, int i) => char.IsSurrogate(text[i]) || CharUnicodeInfo.GetUnicodeCategory(text, i) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.OtherSymbol
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark || (CharUnicodeInfo.GetUnicodeCategory(text, i) == UnicodeCategory.ModifierLetter && !Joins(text[i]));

    private static bool Joins(char c) => c is '\'' or '\u2019' or '\u2018' or '`' or '\u00B4' or '\u02BC' or '\u00AD' or '\u200C' or '\u200D' or '\uFE0F';

    private static void Flush(StringBuilder word, List<string> words)
    {
        if (word.Length > 0)
        {
            var length = Math.Min(word.Length, MaxLength);
            length -= char.IsHighSurrogate(word[length - 1]) ? 1 : 0;
            words.Add(word.ToString(0, length));
            word.Clear();
        }
    }
}
