using System.Text.Json;
using Crm.Engine;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>The rows of views, each stored in the transaction that takes its change out of the outbox.</summary>
public sealed class PostgresViews(Database database, NpgsqlDataSource source) : IViews
{
    /// <inheritdoc />
    public Task<JsonElement?> Row(string tenant, string view, string key, CancellationToken cancel = default) => database.Query(tenant,
        [Command("SELECT state FROM views WHERE tenant_id = $1 AND view = $2 AND key = $3", Text(tenant), Text(view), Text(key))],
        async (reader, token) => await reader.ReadAsync(token) ? JsonElement.Parse(reader.GetString(0)) : (JsonElement?)null, cancel);

    /// <summary>Folds a change into its row and completes it; does nothing when another worker has done so meanwhile.</summary>
    public async Task Fold(IView view, Nudge heard, Due due, CancellationToken cancel)
    {
        var key = view.Key(heard);
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var row = await Take(connection, view.Name, key, due, cancel);
        if (row is null)
        {
            return;
        }

        var next = view.Fold(row.Value.ValueKind == JsonValueKind.Null ? null : row, heard);
        await using var store = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("UPDATE views SET state = $4 WHERE tenant_id = $1 AND view = $2 AND key = $3", Text(due.At.Tenant), Text(view.Name), Text(key),
                    new NpgsqlParameter<string> { TypedValue = next.GetRawText(), NpgsqlDbType = NpgsqlDbType.Jsonb }),
            },
        };
        await store.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
    }

    // The row, locked, with the change gone from the outbox; null when the change was gone already.
    private static async Task<JsonElement?> Take(NpgsqlConnection connection, string view, string key, Due due, CancellationToken cancel)
    {
        await using var take = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Declare(due.At.Tenant),
                Command("INSERT INTO views (tenant_id, view, key, state) VALUES ($1, $2, $3, 'null') ON CONFLICT DO NOTHING", Text(due.At.Tenant), Text(view), Text(key)),
                Command("""
                    WITH taken AS (DELETE FROM outbox WHERE tenant_id = $1 AND seq = $4 RETURNING 1)
                    SELECT state FROM views WHERE tenant_id = $1 AND view = $2 AND key = $3 AND EXISTS (SELECT FROM taken) FOR UPDATE
                    """, Text(due.At.Tenant), Text(view), Text(key), Value(due.Seq)),
            },
        };
        await using var reader = await take.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel); // The declaration and the insert have no rows to read but one.
        return await reader.ReadAsync(cancel) ? JsonElement.Parse(reader.GetString(0)) : null;
    }
}
