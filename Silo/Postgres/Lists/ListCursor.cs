using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Crm.Silo.Postgres.Lists;

/// <summary>Where a page ended: the place of its last record.</summary>
/// <param name="Key">What the list is sorted by, as text; null when that record has no value.</param>
/// <remarks>
/// It carries no right: what it says only moves the start within rows that its bearer may see anyway. So it is checked against damage and
/// against use with another list, by a checksum over the question, and not against forgery.
/// </remarks>
internal sealed record ListCursor(int Rank, string? Key, string Id)
{
    private const byte Version = 1;
    private const int CheckLength = 12;
    private const int MaxLength = 4096;

    /// <summary>What clients carry.</summary>
    public string Write(string fingerprint)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(new object?[] { Rank, Key, Id });
        return Base64Url.EncodeToString([Version, .. Check(fingerprint, payload), .. payload]);
    }

    /// <summary>Null when it is none of this list's.</summary>
    public static ListCursor? Read(string text, string fingerprint)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.Length <= CheckLength + 1 || bytes[0] != Version)
        {
            return null;
        }

        var payload = bytes.AsSpan(CheckLength + 1);
        if (!bytes.AsSpan(1, CheckLength).SequenceEqual(Check(fingerprint, payload)))
        {
            return null;
        }

        var parts = JsonElement.Parse(payload.ToArray());
        return new(parts[0].GetInt32(), parts[1].GetString(), parts[2].GetString()!);
    }

    private static ReadOnlySpan<byte> Check(string fingerprint, ReadOnlySpan<byte> payload) =>
        SHA256.HashData([.. SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint)), .. payload]).AsSpan(0, CheckLength);
}
