using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>A user's own sign-ins and tokens, over the table of sessions.</summary>
/// <remarks>A token's text is <c>crm_tenant.secret</c>: the tenant must be known to look the secret up, and the first letters let scanners of repositories find one that was lost.</remarks>
public sealed class ApiTokens(Database database, Sessions sessions, People people, ISecurityEvents events, TimeProvider time) : IOwnSessions
{
    private const string Prefix = "crm_";
    private const int SecretBytes = 32;
    private const int MaxLength = 160;
    private const int MostKnown = 10_000;
    private const string Live = "revoked_at IS NULL AND expires_at > $3";

    // What a secret leads to never changes; whether it still lives is asked of its session.
    private readonly ConcurrentDictionary<string, VerifiedToken> _known = new();

    /// <summary>Whether a text has the form of a token.</summary>
    public static bool Is(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The session of a token; null when there is none, or it has ended or expired.</summary>
    public async Task<VerifiedToken?> Find(string text, CancellationToken cancel = default)
    {
        var now = time.GetUtcNow();
        if (text.Length > MaxLength || TenantOf(text) is not { } tenant)
        {
            return null;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        var key = Convert.ToHexString(hash);
        if (!_known.TryGetValue(key, out var found))
        {
            found = await database.Query(tenant,
                [Command($"SELECT user_id, id, expires_at FROM sessions WHERE tenant_id = $1 AND secret = $2 AND {Live}", Text(tenant), Value(hash), Value(now))],
                async (reader, next) => await reader.ReadAsync(next)
                    ? new VerifiedToken(new(tenant, reader.GetString(0), reader.GetString(1)), reader.GetFieldValue<DateTimeOffset>(2)) : null, cancel);
            if (found is null)
            {
                return null;
            }

            if (_known.Count >= MostKnown)
            {
                _known.Clear();
            }

            _known[key] = found;
        }

        return found.Expires > now ? found : null;
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<OwnSession>> Sessions(SessionKey by, CancellationToken cancel = default) => Read(by,
        $"SELECT id, agent, created_at, seen_at, expires_at FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND name IS NULL AND {Live} ORDER BY seen_at DESC, id LIMIT 200",
        reader => new OwnSession(
            reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), At(reader, 2), At(reader, 3), At(reader, 4), reader.GetString(0) == by.Session), cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<OwnToken>> Tokens(SessionKey by, CancellationToken cancel = default) => Read(by,
        $"SELECT id, name, scope, created_at, seen_at, expires_at FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND name IS NOT NULL AND {Live} ORDER BY created_at DESC, id",
        reader => new OwnToken(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<string[]>(2), At(reader, 3), At(reader, 4), At(reader, 5)), cancel);

    /// <inheritdoc />
    public async Task<bool> End(SessionKey by, string id, CancellationToken cancel = default)
    {
        var ended = by with { Session = id };
        if (!await sessions.End(ended, cancel))
        {
            return false;
        }

        events.Note(by.Tenant, new(SecurityTypes.SignedOut, by.User));
        await people.Say(ended);
        return true;
    }

    /// <inheritdoc />
    public async Task<int> EndOthers(SessionKey by, CancellationToken cancel = default)
    {
        var ended = await sessions.EndAll(by.Tenant, by.User, by.Session, tokensToo: false, cancel);
        if (ended.Count > 0)
        {
            await people.Say(by with { Session = ended[0] }); // One is enough: whoever hears it asks for all of the user's sessions.
        }

        return ended.Count;
    }

    /// <inheritdoc />
    public async Task<(OwnToken Token, string Text)?> Make(SessionKey by, string name, IReadOnlyList<string> scope, TimeSpan life, CancellationToken cancel = default)
    {
        var text = $"{Prefix}{by.Tenant}.{Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var now = time.GetUtcNow();
        var token = new OwnToken($"{SessionKey.TokenMark}{Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16))}", name, scope, now, now, now + life);
        // A token lives in the epoch of its user like a sign-in: what ends all sessions ends it.
        var user = await people.Find(by.Tenant, by.User);
        var made = await database.Run(by.Tenant,
        [
            Command(
                $"""
                INSERT INTO sessions (tenant_id, id, user_id, epoch, created_at, seen_at, expires_at, name, scope, secret)
                SELECT $1, $4, $2, $5, $3, $3, $6, $7, $8, $9
                WHERE (SELECT count(*) FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND name IS NOT NULL AND {Live}) < {IOwnSessions.MostTokens}
                """,
                Text(by.Tenant), Text(by.User), Value(now), Text(token.Id), Value(user?.Epoch ?? 0), Value(token.ExpiresAt), Text(name), Column(scope, NpgsqlDbType.Text),
                Value(SHA256.HashData(Encoding.UTF8.GetBytes(text)))),
        ], cancel);
        if (made == 0)
        {
            return null;
        }

        events.Note(by.Tenant, new(SecurityTypes.TokenMade, by.User, null, new Dictionary<string, string> { ["scope"] = string.Join(' ', scope) }));
        return (token, text);
    }

    private Task<IReadOnlyList<T>> Read<T>(SessionKey by, string sql, Func<NpgsqlDataReader, T> row, CancellationToken cancel) => database.Query(by.Tenant,
        [Command(sql, Text(by.Tenant), Text(by.User), Value(time.GetUtcNow()))],
        async (reader, next) =>
        {
            var found = new List<T>();
            while (await reader.ReadAsync(next))
            {
                found.Add(row(reader));
            }

            return (IReadOnlyList<T>)found;
        }, cancel);

    private static DateTimeOffset At(NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    private static string? TenantOf(string text) => text[Prefix.Length..].Split('.') is [{ Length: > 0 } tenant, { Length: > 0 }]
        && tenant.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') ? tenant : null;
}
