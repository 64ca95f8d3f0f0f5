using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>What only one node may do at a time.</summary>
public sealed class Turns(NpgsqlDataSource source)
{
    /// <summary>Waits until nobody else holds this name. Disposing lets go of it, and so does the end of the process.</summary>
    public async Task<IAsyncDisposable> Take(string name, CancellationToken cancel = default)
    {
        var connection = await source.OpenConnectionAsync(cancel);
        try
        {
            await Run(connection, "SELECT pg_advisory_lock(hashtextextended($1, 0))", name, cancel);
            return new Held(connection, name);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task Run(NpgsqlConnection connection, string sql, string name, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    private sealed class Held(NpgsqlConnection connection, string name) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await Run(connection, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name, CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The connection is broken, and with it the lock is gone.
            }
            finally
            {
                await connection.DisposeAsync();
            }
        }
    }
}
