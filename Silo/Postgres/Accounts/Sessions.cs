using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>A session that has not been ended and has not expired.</summary>
/// <param name="Epoch">Of its user when it began.</param>
/// <param name="Scope">Permissions that it is held to; null for all that its user has.</param>
public sealed record LiveSession(SessionKey Key, long Epoch, IReadOnlyList<string>? Scope = null);

/// <summary>What a refresh token led to.</summary>
/// <param name="Session">The session it belongs to; null when there is no such token, or it has expired.</param>
/// <param name="Reused">It had been used before: the session is ended now.</param>
public sealed record Redeemed(LiveSession? Session, bool Reused = false);

/// <summary>Sessions and the refresh tokens that are their families.</summary>
/// <remarks>A refresh token is <c>tenant.secret</c>: the tenant must be known to look the secret up, and whoever alters it finds nothing.</remarks>
public sealed class Sessions(Database database, AccountOptions options, TimeProvider time)
{
    private const int SecretBytes = 32;
    private const int MaxTokenLength = 128;
    private const int MaxAgent = 300;
    private static readonly TimeSpan SeenEvery = TimeSpan.FromMinutes(5);

    private const string InsertSession = """
        INSERT INTO sessions (tenant_id, id, user_id, epoch, created_at, seen_at, expires_at, agent) VALUES ($1, $2, $3, $4, $5, $5, $6, nullif($7, ''))
        """;

    private const string InsertToken = "INSERT INTO refresh_tokens (tenant_id, hash, session_id, expires_at) VALUES ($1, $2, $3, $4)";

    private const string Prolong = "UPDATE sessions SET seen_at = $3, expires_at = $4 WHERE tenant_id = $1 AND id = $2";

    private const string Expired = "DELETE FROM sessions WHERE tenant_id = ANY ($1) AND expires_at <= $2";

    // Takes the token, and tells whose it is whether it could be taken or not.
    private const string Take = """
        WITH taken AS (
            UPDATE refresh_tokens SET used_at = $3 WHERE tenant_id = $1 AND hash = $2 AND used_at IS NULL AND expires_at > $3 RETURNING hash)
        SELECT s.id, s.user_id, s.epoch, EXISTS (SELECT FROM taken), t.used_at IS NOT NULL, s.revoked_at IS NULL AND s.expires_at > $3
        FROM refresh_tokens t JOIN sessions s ON s.tenant_id = t.tenant_id AND s.id = t.session_id
        WHERE t.tenant_id = $1 AND t.hash = $2
        """;

    private const string FindLive = """
        SELECT s.tenant_id, s.id, s.user_id, s.epoch, s.seen_at < $4, s.scope
        FROM sessions s JOIN unnest($1, $2) AS asked (tenant_id, id) ON s.tenant_id = asked.tenant_id AND s.id = asked.id
        WHERE s.revoked_at IS NULL AND s.expires_at > $3
        """;

    private const string See = """
        UPDATE sessions s SET seen_at = $3 FROM unnest($1, $2) AS seen (tenant_id, id) WHERE s.tenant_id = seen.tenant_id AND s.id = seen.id
        """;

    /// <summary>Begins a session.</summary>
    /// <returns>The session and its first refresh token.</returns>
    public async Task<(SessionKey Session, string RefreshToken)> Begin(string tenant, string user, long epoch, string? agent = null, CancellationToken cancel = default)
    {
        var session = new SessionKey(tenant, user, Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)));
        var now = time.GetUtcNow();
        var token = NewToken(tenant);
        await database.Run(tenant,
        [
            Command(Expired, Value(new[] { tenant }), Value(now)),
            Command(InsertSession, Text(tenant), Text(session.Session), Text(user), Value(epoch), Value(now), Value(now + options.RefreshLife), Text(agent?[..Math.Min(agent.Length, MaxAgent)] ?? "")),
            Command(InsertToken, Text(tenant), Value(Hash(token)), Text(session.Session), Value(now + options.RefreshLife)),
        ], cancel);
        return (session, token);
    }

    /// <summary>Uses a refresh token up. A second use ends its session.</summary>
    public async Task<Redeemed> Redeem(string token, CancellationToken cancel = default)
    {
        if (TenantOf(token) is not { } tenant)
        {
            return new(null);
        }

        var now = time.GetUtcNow();
        var found = await database.Query(tenant, [Command(Take, Text(tenant), Value(Hash(token)), Value(now))], async (reader, next) =>
            await reader.ReadAsync(next)
                ? (Session: new LiveSession(new(tenant, reader.GetString(1), reader.GetString(0)), reader.GetInt64(2)),
                    Taken: reader.GetBoolean(3), WasUsed: reader.GetBoolean(4), IsLive: reader.GetBoolean(5))
                : default, cancel);
        if (found is { Session: { } session, Taken: false, WasUsed: true })
        {
            await End(session.Key, cancel);
            return new(session, Reused: true);
        }

        return found is { Taken: true, IsLive: true } ? new(found.Session) : new(null);
    }

    /// <summary>The next refresh token of a session, which lives on.</summary>
    public async Task<string> Continue(SessionKey session, CancellationToken cancel = default)
    {
        var now = time.GetUtcNow();
        var token = NewToken(session.Tenant);
        await database.Run(session.Tenant,
        [
            Command(Prolong, Text(session.Tenant), Text(session.Session), Value(now), Value(now + options.RefreshLife)),
            Command(InsertToken, Text(session.Tenant), Value(Hash(token)), Text(session.Session), Value(now + options.RefreshLife)),
        ], cancel);
        return token;
    }

    /// <summary>Ends a session; false when it had ended.</summary>
    public async Task<bool> End(SessionKey session, CancellationToken cancel = default) => await database.Run(session.Tenant,
    [
        Command(
            "UPDATE sessions SET revoked_at = $4 WHERE tenant_id = $1 AND id = $2 AND user_id = $3 AND revoked_at IS NULL",
            Text(session.Tenant), Text(session.Session), Text(session.User), Value(time.GetUtcNow())),
    ], cancel) > 0;

    /// <summary>Ends the sessions of a user but one.</summary>
    /// <param name="but">The id of the session that stays; null for none.</param>
    /// <param name="tokensToo">Whether tokens for programs end as well.</param>
    /// <returns>The ids of those that this ended.</returns>
    public Task<IReadOnlyList<string>> EndAll(string tenant, string user, string? but, bool tokensToo, CancellationToken cancel = default) => database.Query(tenant,
    [
        Command(
            "UPDATE sessions SET revoked_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND id <> $3 AND revoked_at IS NULL AND ($5 OR name IS NULL) RETURNING id",
            Text(tenant), Text(user), Text(but ?? ""), Value(time.GetUtcNow()), Value(tokensToo)),
    ], async (reader, token) =>
    {
        var ended = new List<string>();
        while (await reader.ReadAsync(token))
        {
            ended.Add(reader.GetString(0));
        }

        return (IReadOnlyList<string>)ended;
    }, cancel);

    /// <summary>Those of these sessions that live, in one query over all their tenants.</summary>
    public async Task<IReadOnlyDictionary<SessionKey, LiveSession>> Find(IReadOnlyCollection<SessionKey> sessions, CancellationToken cancel = default)
    {
        var now = time.GetUtcNow();
        var tenants = string.Join(Separator, sessions.Select(session => session.Tenant).Distinct());
        var (live, unseen) = await database.Query(tenants, [Command(FindLive, Tenants(sessions), Ids(sessions), Value(now), Value(now - SeenEvery))],
            async (reader, token) =>
            {
                var found = new Dictionary<SessionKey, LiveSession>();
                var stale = new List<SessionKey>();
                while (await reader.ReadAsync(token))
                {
                    var key = new SessionKey(reader.GetString(0), reader.GetString(2), reader.GetString(1));
                    found[key] = new(key, reader.GetInt64(3), reader.IsDBNull(5) ? null : reader.GetFieldValue<string[]>(5));
                    if (reader.GetBoolean(4))
                    {
                        stale.Add(key);
                    }
                }

                return (found, stale);
            }, cancel);
        if (unseen.Count > 0)
        {
            await database.Run(tenants, [Command(See, Tenants(unseen), Ids(unseen), Value(now))], cancel);
        }

        return live;
    }

    /// <summary>Removes what has expired, in these tenants.</summary>
    public Task Prune(IReadOnlyCollection<string> tenants, CancellationToken cancel = default) =>
        database.Run(string.Join(Separator, tenants), [Command(Expired, Column(tenants, NpgsqlDbType.Text), Value(time.GetUtcNow()))], cancel);

    private static NpgsqlParameter<string[]> Tenants(IEnumerable<SessionKey> sessions) => Column(sessions.Select(session => session.Tenant), NpgsqlDbType.Text);

    private static NpgsqlParameter<string[]> Ids(IEnumerable<SessionKey> sessions) => Column(sessions.Select(session => session.Session), NpgsqlDbType.Text);

    private static string NewToken(string tenant) => $"{tenant}.{Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(SecretBytes))}";

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // A tenant's id holds no separator; a token that says otherwise must not declare more than one.
    private static string? TenantOf(string token) => token.Length <= MaxTokenLength && token.Split('.') is [{ Length: > 0 } tenant, _]
        && tenant.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') ? tenant : null;
}
