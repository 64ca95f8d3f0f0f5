using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Crm.Silo.Webhooks;

/// <summary>How deliveries are signed, as Standard Webhooks has it: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
/// <remarks>
/// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The secret follows from the tenant's key, so none is stored,
/// and rotating is counting on. Who receives refuses timestamps more than five minutes from his own clock.
/// </remarks>
public static class WebhookSignature
{
    /// <summary>Of the delivery, the same for every try.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>Seconds since 1970 of this try.</summary>
    public const string TimeHeader = "webhook-timestamp";

    /// <summary>One or more signatures, between blanks.</summary>
    public const string SignatureHeader = "webhook-signature";

    private const string SecretPrefix = "whsec_";

    /// <summary>The secret of a webhook's epoch, 32 bytes.</summary>
    public static byte[] Secret(byte[] tenantKey, string tenant, string webhook, long epoch) =>
        HMACSHA256.HashData(tenantKey, Encoding.UTF8.GetBytes($"webhook\u001f{tenant}\u001f{webhook}\u001f{epoch.ToString(CultureInfo.InvariantCulture)}"));

    /// <summary>The secret as people copy it.</summary>
    public static string Show(byte[] secret) => SecretPrefix + Convert.ToBase64String(secret);

    /// <summary>The value of <see cref="SignatureHeader"/>: a signature with each secret.</summary>
    public static string Sign(IEnumerable<byte[]> secrets, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp.ToString(CultureInfo.InvariantCulture)}."), .. body];
        return string.Join(' ', secrets.Select(secret => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, signed))}"));
    }
}
