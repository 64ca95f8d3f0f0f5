using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Silo.Postgres.Audit;

/// <summary>A security event as it is stored.</summary>
/// <param name="At">Whole microseconds, UTC.</param>
/// <param name="Detail">A JSON object of texts.</param>
/// <param name="Sealed">Where it came from, under the tenant's key; null for nothing.</param>
/// <param name="Hash">Of the chain up to and with this event.</param>
public sealed record StoredEvent(long Number, DateTime At, string Type, string User, string Detail, byte[]? Sealed, byte[] Hash);

/// <summary>Chains security events, so that nobody can alter, drop or reorder one unseen.</summary>
public static class SecurityCodec
{
    /// <summary>What the first event of a tenant is chained to, so that a chain cannot pass for another tenant's.</summary>
    public static byte[] Root(string tenant) => SHA256.HashData(Encoding.UTF8.GetBytes($"security/{tenant}"));

    /// <summary>The hash that an event must have after this one; its own is not looked at.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> before, StoredEvent stored)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(numbers, stored.Number);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], stored.At.Ticks / TimeSpan.TicksPerMicrosecond);
        hash.AppendData(numbers);
        foreach (var part in new[] { Encoding.UTF8.GetBytes(stored.Type), Encoding.UTF8.GetBytes(stored.User), Encoding.UTF8.GetBytes(stored.Detail), stored.Sealed })
        {
            Append(hash, part);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>What the place of an event's sealed part is.</summary>
    public static string Place(string tenant, string type, DateTime at) => Vault.Place("security", tenant, type, (at.Ticks / TimeSpan.TicksPerMicrosecond).ToString());

    // Every part with its length, so that no two events have the same bytes.
    private static void Append(IncrementalHash hash, byte[]? part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part?.Length ?? -1);
        hash.AppendData(length);
        hash.AppendData(part ?? []);
    }
}
