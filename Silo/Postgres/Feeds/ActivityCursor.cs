using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Crm.Silo.Postgres.Feeds;

/// <summary>The last change that a page has looked at.</summary>
/// <param name="At">In microseconds since 1970.</param>
internal sealed record ActivityCursor(long At, string Kind, string Id, long Version)
{
    /// <summary>When the change was made.</summary>
    public DateTime Time => DateTime.UnixEpoch.AddMicroseconds(At);

    /// <summary>That of a stored change.</summary>
    public static ActivityCursor Of(DateTime at, string kind, string id, long version) => new((at.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, kind, id, version);

    /// <summary>As clients carry it.</summary>
    public string Write() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At} {Kind} {Id} {Version}")));

    /// <summary>Null for what is none.</summary>
    public static ActivityCursor? Read(string text)
    {
        var bytes = new byte[text.Length + 4];
        return text.Length <= 400 && Base64Url.DecodeFromUtf8(Encoding.UTF8.GetBytes(text), bytes, out _, out var length) == OperationStatus.Done
            && Encoding.UTF8.GetString(bytes, 0, length).Split(' ') is [var at, { Length: > 0 and <= 64 } kind, var id, var version]
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var micros) && micros < 4_102_444_800_000_000 && Address.IsId(id)
            && kind.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(micros, kind, id, number)
            : null;
    }
}
