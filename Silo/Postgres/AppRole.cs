using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>The role that the application works as: it owns nothing and row-level security holds for it.</summary>
public static class AppRole
{
    /// <summary>Its name; migrations grant to it.</summary>
    public const string Name = "crm_app";

    private const int Iterations = 4096;

    // A policy's condition must be checked before any condition that could tell about rows it hides. So under row-level security PostgreSQL
    // uses an index only for operators that are marked leakproof: those that reveal nothing of their arguments but the result. These three
    // are not marked, though neither raises an error that depends on a stored value; without the mark every search reads the whole table.
    private static readonly string[] Leakproof = ["pg_catalog.textlike(text, text)", "pg_catalog.arrayoverlap(anyarray, anyarray)", "pg_catalog.arraycontains(anyarray, anyarray)"];

    /// <summary>How the application connects: as the role, with the password that follows from the master key.</summary>
    public static string ConnectionString(string owner, MasterKey key) =>
        new NpgsqlConnectionStringBuilder(owner) { Username = Name, Password = key.Derive(Name), Passfile = null }.ConnectionString;

    /// <summary>Lets the role in, and marks the operators that searching needs; says what an operator must do where this connection may not.</summary>
    /// <exception cref="InvalidOperationException">The database was filled under another master key. Nothing has been changed: other nodes go on.</exception>
    public static async Task Prepare(string owner, MasterKey key, ILogger log, CancellationToken cancel = default)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(owner) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        await Run(connection, $"SELECT pg_advisory_lock({Migrations.Lock})", cancel); // Two nodes that alter one role or function at once fail.
        await Demand(connection, key, cancel);
        if (!await LetsIn(ConnectionString(owner, key), cancel))
        {
            await Run(connection, $"ALTER ROLE {Name} LOGIN PASSWORD '{Verifier(key.Derive(Name))}'", cancel);
        }

        await Mark(connection, log, cancel);
    }

    // One tenant's key tells. A node that went on with a wrong one would lock the others out, and could read nothing.
    private static async Task Demand(NpgsqlConnection connection, MasterKey key, CancellationToken cancel)
    {
        await using var ask = new NpgsqlCommand("SELECT tenant_id, set_config('crm.tenants', tenant_id, false) FROM tenants ORDER BY tenant_id LIMIT 1", connection);
        if (await ask.ExecuteScalarAsync(cancel) is not string tenant)
        {
            return;
        }

        await using var read = new NpgsqlCommand("SELECT wrapped FROM tenant_keys WHERE tenant_id = $1", connection) { Parameters = { new() { Value = tenant } } };
        try
        {
            if (await read.ExecuteScalarAsync(cancel) is byte[] wrapped)
            {
                new Vault(key).Unwrap(tenant, wrapped);
            }
        }
        catch (CryptographicException other)
        {
            throw new InvalidOperationException(
                "This database was filled under another master key than the one given here. Give that one, by CRM_MASTER_KEY, CRM_MASTER_KEY_FILE or master.key in CRM_DATA: with another nothing in it can be read.", other);
        }
    }

    private static async Task<bool> LetsIn(string app, CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(app) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancel);
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState.StartsWith("28", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static async Task Mark(NpgsqlConnection connection, ILogger log, CancellationToken cancel)
    {
        foreach (var function in Leakproof)
        {
            var mark = $"ALTER FUNCTION {function} LEAKPROOF";
            await using var ask = new NpgsqlCommand(
                $"SELECT proleakproof, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) FROM pg_proc WHERE oid = '{function}'::regprocedure", connection);
            await using var reader = await ask.ExecuteReaderAsync(cancel);
            await reader.ReadAsync(cancel);
            var (marked, may) = (reader.GetBoolean(0), reader.GetBoolean(1));
            await reader.DisposeAsync();
            if (!marked && may)
            {
                await Run(connection, mark, cancel);
            }
            else if (!marked)
            {
                log.LogWarning("Searches will be slow: row-level security keeps {Function} away from indexes. Let a superuser run: {Statement};", function, mark);
            }
        }
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    // The server gets what it stores (RFC 5803), so the password is in no log of its statements.
    private static string Verifier(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(password), salt, Iterations, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
