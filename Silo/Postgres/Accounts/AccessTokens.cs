using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>A key that signs tokens.</summary>
/// <param name="Kid">The thumbprint of its public part (RFC 7638).</param>
public sealed record SigningKey(string Kid, ECDsa Key, DateTimeOffset Created);

/// <summary>Writes and reads access tokens: JWT with ES256 and nothing else. The one file that knows the library.</summary>
public sealed class AccessTokens(AccountOptions options, TimeProvider time)
{
    private const int MaxLength = 4096;
    private const string Tenant = "tenant";
    private const string Session = "sid";
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>A token for a session.</summary>
    public string Write(SigningKey key, SessionKey session)
    {
        var now = time.GetUtcNow();
        var claims = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Iss] = options.Issuer,
            [JwtRegisteredClaimNames.Aud] = options.Audience,
            [JwtRegisteredClaimNames.Sub] = session.User,
            [Tenant] = session.Tenant,
            [Session] = session.Session,
            [JwtRegisteredClaimNames.Iat] = now.ToUnixTimeSeconds(),
            [JwtRegisteredClaimNames.Nbf] = now.ToUnixTimeSeconds(),
            [JwtRegisteredClaimNames.Exp] = (now + options.TokenLife).ToUnixTimeSeconds(),
        });
        return _handler.CreateToken(claims, new SigningCredentials(Public(key), SecurityAlgorithms.EcdsaSha256));
    }

    /// <summary>The id of the key that a token says it was signed with; null when it says none or names another algorithm.</summary>
    public string? KeyOf(string token)
    {
        if (token.Length > MaxLength || !_handler.CanReadToken(token))
        {
            return null;
        }

        try
        {
            var unverified = new JsonWebToken(token);
            return unverified.Alg == SecurityAlgorithms.EcdsaSha256 && unverified.Kid is { Length: > 0 } kid ? kid : null;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or Newtonsoft.Json.JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What the token says; null unless it was signed with this very key, for us, and is valid now.</summary>
    public VerifiedToken? Read(string token, SigningKey key)
    {
        var result = _handler.ValidateToken(token, new TokenValidationParameters
        {
            IssuerSigningKey = Public(key),
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires),
        });
        return result is { IsValid: true, SecurityToken: JsonWebToken { Alg: SecurityAlgorithms.EcdsaSha256 } read }
            && Text(read, JwtRegisteredClaimNames.Sub) is { } user && Text(read, Tenant) is { } tenant && Text(read, Session) is { } session
            ? new(new(tenant, user, session), new(read.ValidTo, TimeSpan.Zero))
            : null;
    }

    /// <summary>The public keys as a JWKS document.</summary>
    public static string Jwks(IEnumerable<SigningKey> keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(key =>
        {
            var point = key.Key.ExportParameters(false).Q;
            return new
            {
                kty = "EC", use = "sig", alg = SecurityAlgorithms.EcdsaSha256, kid = key.Kid, crv = "P-256",
                x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y),
            };
        }),
    });

    /// <summary>The thumbprint of a public key (RFC 7638).</summary>
    public static string Thumbprint(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        var members = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64UrlEncoder.Encode(point.X)}}","y":"{{Base64UrlEncoder.Encode(point.Y)}}"}""";
        return Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(members)));
    }

    private bool IsNow(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return notBefore is { } from && expires is { } until && from - options.Leeway <= now && now < until + options.Leeway;
    }

    private static ECDsaSecurityKey Public(SigningKey key) => new(key.Key) { KeyId = key.Kid };

    private static string? Text(JsonWebToken token, string claim) =>
        token.Claims.FirstOrDefault(found => found.Type == claim)?.Value is { Length: > 0 } value ? value : null;
}
