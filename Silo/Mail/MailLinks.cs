using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Crm.Silo.Postgres;

namespace Crm.Silo.Mail;

/// <summary>Links in letters that act for one user without a sign-in: they name him and are signed with a key of his tenant.</summary>
/// <remarks>Such a link ends e-mail to him, and no more; it does not expire, as a letter does not.</remarks>
public sealed class MailLinks(Tenants tenants) : IMailLinks
{
    /// <summary>Where they lead.</summary>
    public const string Path = "/mail/end";

    private const int MostBytes = 300;
    private const int SignatureBytes = 16;

    /// <summary>The link's text for a user.</summary>
    public async Task<string> Write(string tenant, string user, CancellationToken cancel = default)
    {
        var body = Encoding.UTF8.GetBytes($"{tenant}/{user}");
        return $"{Base64Url.EncodeToString(body)}.{Base64Url.EncodeToString(Sign(await tenants.Key(tenant, cancel), body))}";
    }

    /// <inheritdoc />
    public async Task<(string Tenant, string User)?> Read(string link, CancellationToken cancel = default)
    {
        if (link.Length > MostBytes || link.Split('.') is not [var first, var second] || !Base64Url.IsValid(first) || !Base64Url.IsValid(second))
        {
            return null;
        }

        var body = Base64Url.DecodeFromChars(first);
        if (Encoding.UTF8.GetString(body).Split('/') is not [var tenant, var user] || !Address.IsId(user) || !(await tenants.All(cancel)).Contains(tenant))
        {
            return null;
        }

        var signature = Sign(await tenants.Key(tenant, cancel), body);
        return CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(second), signature) ? (tenant, user) : null;
    }

    private static byte[] Sign(byte[] key, byte[] body) => HMACSHA256.HashData(HMACSHA256.HashData(key, "mail links"u8), body)[..SignatureBytes];
}
