using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm;

/// <summary>Values as SQL sees them: what cannot be read as the type asked for is no value, and never a fault.</summary>
public static partial class Values
{
    private const int MicrosecondDigits = 6;

    /// <summary>The field's text; null when it has none or is no text.</summary>
    public static string? Text(IReadOnlyDictionary<string, JsonElement> fields, string name) =>
        fields.TryGetValue(name, out var value) ? Text(value) : null;

    /// <summary>The text; null when the value is none or holds what cannot be stored: NUL, half a surrogate pair.</summary>
    public static string? Text(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The first characters (code points, as PostgreSQL counts) of a text.</summary>
    public static string Left(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        var end = 0;
        for (var count = 0; count < most && end < text.Length; count++)
        {
            end += char.IsHighSurrogate(text[end]) && end + 1 < text.Length ? 2 : 1;
        }

        return text[..end];
    }

    /// <summary>As <c>lower(… COLLATE "C")</c> does it: A to Z and nothing else.</summary>
    public static string LowerAscii(string text) => text.AsSpan().ContainsAnyInRange('A', 'Z')
        ? string.Create(text.Length, text, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++)
            {
                to[i] = from[i] is >= 'A' and <= 'Z' ? (char)(from[i] | 0x20) : from[i];
            }
        })
        : text;

    /// <summary>The order of <c>COLLATE "C"</c>: by UTF-8 bytes, which is by code points and not by UTF-16 units.</summary>
    public static int Compare(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        return Weight(a[same]).CompareTo(Weight(b[same]));

        // Surrogates stand for code points above all others.
        static int Weight(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }

    /// <summary>Microseconds since 1970 of an instant as PostgreSQL stores it; null when the text is none. A missing offset is UTC.</summary>
    public static long? Instant(string text)
    {
        if (InstantForm().Match(text) is not { Success: true } form
            || !DateOnly.TryParseExact(form.Groups[1].ValueSpan, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return null;
        }

        var seconds = (Number(form.Groups[2]) * 3600L) + (Number(form.Groups[3]) * 60L) + Number(form.Groups[4]);
        if (form.Groups[6] is { Success: true } sign)
        {
            var offset = (Number(form.Groups[7]) * 3600L) + (Number(form.Groups[8]) * 60L);
            seconds -= sign.ValueSpan[0] == '-' ? -offset : offset;
        }

        var fraction = form.Groups[5].Success ? form.Groups[5].Value.PadRight(MicrosecondDigits, '0')[..MicrosecondDigits] : "0";
        return ((((day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 86_400L) + seconds) * 1_000_000)
            + int.Parse(fraction, CultureInfo.InvariantCulture);
    }

    /// <summary>Microseconds since 1970; finer parts are cut off, as the database cuts them.</summary>
    public static long Micros(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whether a text is a calendar day.</summary>
    public static bool IsDate(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static int Number(Group group) => group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    // The function crm_instant of the database has the same form: what one reads the other reads.
    [GeneratedRegex(@"^(\d{4}-\d\d-\d\d)(?:T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(0\d|1[0-4]):([0-5]\d))?)?\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript, 1000)]
    private static partial Regex InstantForm();
}
