using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>The register of tenants and their keys.</summary>
public sealed class Tenants(Database database, Vault vault)
{
    private readonly ConcurrentDictionary<string, byte[]> _keys = new();

    /// <summary>Adds a tenant with a key of its own; does nothing when it is there.</summary>
    /// <param name="id">Lower-case letters, digits, <c>-</c> and <c>_</c>; at most 63.</param>
    public async Task Add(string id, string name, CancellationToken cancel = default)
    {
        await database.Run(id,
        [
            Command("INSERT INTO tenants (tenant_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", Text(id), Text(name)),
            Command("INSERT INTO tenant_keys (tenant_id, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING", Text(id), Value(vault.Wrap(id, Vault.NewKey()))),
        ], cancel);
    }

    /// <summary>The ids of all tenants, in order. For sign-in and workers, which must declare tenants before they read.</summary>
    public Task<IReadOnlyList<string>> All(CancellationToken cancel = default) =>
        database.Query("", [Command("SELECT tenant_id FROM tenants ORDER BY tenant_id")], async (reader, token) =>
        {
            var ids = new List<string>();
            while (await reader.ReadAsync(token))
            {
                ids.Add(reader.GetString(0));
            }

            return (IReadOnlyList<string>)ids;
        }, cancel);

    /// <summary>The tenant's key, from memory once it was read.</summary>
    /// <exception cref="InvalidOperationException">There is no such tenant.</exception>
    internal async ValueTask<byte[]> Key(string tenant, CancellationToken cancel)
    {
        if (_keys.TryGetValue(tenant, out var known))
        {
            return known;
        }

        var wrapped = await database.Query(tenant, [Command("SELECT wrapped FROM tenant_keys WHERE tenant_id = $1", Text(tenant))],
            async (reader, token) => await reader.ReadAsync(token) ? reader.GetFieldValue<byte[]>(0) : null, cancel);
        return wrapped is null
            ? throw new InvalidOperationException($"There is no tenant {tenant}.")
            : _keys.GetOrAdd(tenant, vault.Unwrap(tenant, wrapped));
    }
}
