using System.Security.Cryptography;
using System.Text;

namespace Crm.Silo.Postgres;

/// <summary>Seals values and keys: master key → tenant's key → subject's key → values. AES-256-GCM each time.</summary>
/// <remarks>
/// A sealed value is <c>1 ‖ nonce (12) ‖ tag (16) ‖ ciphertext</c>. Its place (what it is, and whose) is authenticated with it, so that a value
/// that was moved to another row, record or tenant does not open.
/// </remarks>
public sealed class Vault(MasterKey master)
{
    private const byte Format = 1;
    private const int NonceAt = 1;
    private const int TagAt = NonceAt + 12;
    private const int TextAt = TagAt + 16;

    /// <summary>A key that nobody has seen.</summary>
    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    /// <summary>Seals a tenant's key under the master key.</summary>
    public byte[] Wrap(string tenant, ReadOnlySpan<byte> key) => Seal(master.Key, key, Place("tenant", tenant));

    /// <summary>Opens a tenant's key.</summary>
    /// <exception cref="CryptographicException">It was sealed under another master key, for another tenant, or changed since.</exception>
    public byte[] Unwrap(string tenant, ReadOnlySpan<byte> wrapped) => Open(master.Key, wrapped, Place("tenant", tenant));

    /// <summary>What a sealed value is bound to.</summary>
    public static string Place(params ReadOnlySpan<string> parts) => string.Join('\u001f', parts);

    /// <summary>The same for something of a record.</summary>
    public static string Place(string what, Address at, params ReadOnlySpan<string> parts) =>
        Place(what, at.Tenant, at.Kind, at.Id, Place(parts));

    /// <summary>Seals a value at its place.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, string place)
    {
        var box = new byte[TextAt + value.Length];
        box[0] = Format;
        RandomNumberGenerator.Fill(box.AsSpan(NonceAt..TagAt));
        using var cipher = new AesGcm(key, TextAt - TagAt);
        cipher.Encrypt(box.AsSpan(NonceAt..TagAt), value, box.AsSpan(TextAt), box.AsSpan(TagAt..TextAt), Encoding.UTF8.GetBytes(place));
        return box;
    }

    /// <summary>Opens a value at its place.</summary>
    /// <exception cref="CryptographicException">Another key, another place, or another value than the one that was sealed.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, string place)
    {
        if (box.Length < TextAt || box[0] != Format)
        {
            throw new CryptographicException("Not a sealed value of a known format.");
        }

        var value = new byte[box.Length - TextAt];
        using var cipher = new AesGcm(key, TextAt - TagAt);
        cipher.Decrypt(box[NonceAt..TagAt], box[TextAt..], box[TagAt..TextAt], value, Encoding.UTF8.GetBytes(place));
        return value;
    }
}
