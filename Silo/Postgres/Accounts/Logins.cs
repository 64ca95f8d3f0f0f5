using System.Security.Cryptography;
using System.Text;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Finds users by address, through a blind index, and keeps their password hashes.</summary>
public sealed class Logins(Database database, MasterKey master, TimeProvider time)
{
    private readonly byte[] _key = Convert.FromHexString(master.Derive("logins"));

    /// <summary>What stands for an address in tables and logs. Addresses that differ in case only are the same.</summary>
    public byte[] Blind(string email) => Hmac($"email:{email.Trim().ToLowerInvariant()}");

    /// <summary>What stands for a remote address.</summary>
    public byte[] BlindRemote(string address) => Hmac($"remote:{address}");

    /// <summary>The user of an address; null when there is none, or when there are several and none is of the tenant asked for.</summary>
    public Task<(string Tenant, string User)?> Find(byte[] blind, string? tenant, CancellationToken cancel = default) => database.Query("",
        [Command("SELECT tenant_id, user_id FROM logins WHERE email_hmac = $1 AND ($2 = '' OR tenant_id = $2) LIMIT 2", Value(blind), Text(tenant ?? ""))],
        async (reader, token) =>
        {
            (string, string)? found = await reader.ReadAsync(token) ? (reader.GetString(0), reader.GetString(1)) : null;
            return await reader.ReadAsync(token) ? null : found;
        }, cancel);

    /// <summary>The hash of a user's password, or null.</summary>
    public Task<string?> Hash(string tenant, string user, CancellationToken cancel = default) => database.Query(tenant,
        [Command("SELECT hash FROM credentials WHERE tenant_id = $1 AND user_id = $2", Text(tenant), Text(user))],
        async (reader, token) => await reader.ReadAsync(token) ? reader.GetString(0) : null, cancel);

    /// <summary>Takes an address for a user beside those that he has; false when another user of the tenant has it.</summary>
    public Task<bool> Claim(string tenant, string user, string email, CancellationToken cancel = default)
    {
        var blind = Blind(email);
        return database.Query(tenant,
        [
            Command("INSERT INTO logins (email_hmac, tenant_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", Value(blind), Text(tenant), Text(user)),
            Command("SELECT user_id FROM logins WHERE email_hmac = $1 AND tenant_id = $2", Value(blind), Text(tenant)),
        ], async (reader, token) => await reader.ReadAsync(token) && reader.GetString(0) == user, cancel);
    }

    /// <summary>Lets go of all addresses of a user but this one.</summary>
    public Task Keep(string tenant, string user, string email, CancellationToken cancel = default) => database.Run(tenant,
        [Command("DELETE FROM logins WHERE tenant_id = $1 AND user_id = $2 AND email_hmac <> $3", Text(tenant), Text(user), Value(Blind(email)))], cancel);

    /// <summary>Stores a user's hash.</summary>
    public Task Set(string tenant, string user, string hash, CancellationToken cancel = default) => database.Run(tenant,
    [
        Command(
            "INSERT INTO credentials (tenant_id, user_id, hash, changed_at) VALUES ($1, $2, $3, $4) "
            + "ON CONFLICT (tenant_id, user_id) DO UPDATE SET hash = EXCLUDED.hash, changed_at = EXCLUDED.changed_at",
            Text(tenant), Text(user), Text(hash), Value(time.GetUtcNow())),
    ], cancel);

    private byte[] Hmac(string text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text));
}
