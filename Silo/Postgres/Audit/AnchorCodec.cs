using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Crm.Silo.Postgres.Audit;

/// <summary>One record as it stood at an anchor.</summary>
public readonly record struct Anchored(string Kind, string Id, long Version);

/// <summary>An anchor as the table has it.</summary>
/// <param name="Records">Those that had changed since the one before, by kind and id.</param>
/// <param name="Security">The number that the chain of security events had reached.</param>
public sealed record Anchor(long Number, DateTime At, IReadOnlyList<Anchored> Records, long Security, byte[] Hash);

/// <summary>Writes anchors, and the lines that leave the database.</summary>
public static class AnchorCodec
{
    /// <summary>What the first anchor of a tenant is chained to.</summary>
    public static byte[] Root(string tenant) => SHA256.HashData(Encoding.UTF8.GetBytes($"anchors/{tenant}"));

    /// <summary>The records of an anchor as bytes.</summary>
    public static byte[] Write(IReadOnlyList<Anchored> records) =>
        Encoding.UTF8.GetBytes(string.Concat(records.Select(record => string.Create(CultureInfo.InvariantCulture, $"{record.Kind}/{record.Id} {record.Version}\n"))));

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">They are not what was written.</exception>
    public static IReadOnlyList<Anchored> Read(byte[] records) =>
    [
        .. Encoding.UTF8.GetString(records).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('/', ' ') is [var kind, var id, var version]
            ? new Anchored(kind, id, long.Parse(version, CultureInfo.InvariantCulture)) : throw new FormatException("Not an anchored record.")),
    ];

    /// <summary>The hash that an anchor must have.</summary>
    /// <param name="hashes">Of the records' changes at those versions, in their order.</param>
    /// <param name="security">Of the security event at that number; the chain's root for none.</param>
    public static byte[] Hash(ReadOnlySpan<byte> before, Anchor anchor, IEnumerable<byte[]> hashes, ReadOnlySpan<byte> security)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        Span<byte> numbers = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(numbers, anchor.Number);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], anchor.At.Ticks / TimeSpan.TicksPerMicrosecond);
        BinaryPrimitives.WriteInt64BigEndian(numbers[16..], anchor.Security);
        hash.AppendData(numbers);
        hash.AppendData(security);
        hash.AppendData(SHA256.HashData(Write(anchor.Records)));
        foreach (var each in hashes)
        {
            hash.AppendData(each);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>The line that an operator can ship: it tells nothing of what is in the records.</summary>
    public static string Line(string tenant, Anchor anchor) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["tenant"] = tenant, ["number"] = anchor.Number, ["at"] = anchor.At, ["records"] = anchor.Records.Count, ["security"] = anchor.Security,
        ["hash"] = Convert.ToHexStringLower(anchor.Hash),
    });

    /// <summary>What a line says; null for what is none.</summary>
    public static (string Tenant, long Number, string Hash)? Read(string line)
    {
        try
        {
            var json = JsonElement.Parse(line);
            return (json.GetProperty("tenant").GetString()!, json.GetProperty("number").GetInt64(), json.GetProperty("hash").GetString()!);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
