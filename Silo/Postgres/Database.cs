using Npgsql;
using NpgsqlTypes;

namespace Crm.Silo.Postgres;

/// <summary>Reads as the application's role, always inside the tenants that the caller names.</summary>
public sealed class Database(NpgsqlDataSource source)
{
    /// <summary>Separates tenants in the setting that policies read. No tenant's id holds it.</summary>
    public const char Separator = ',';

    /// <summary>Runs statements in one transaction and one round trip, with these tenants declared, and reads what they answer.</summary>
    /// <param name="tenants">Ids, separated by <see cref="Separator"/>.</param>
    /// <param name="read">Gets the reader at the first result of the first command.</param>
    /// <exception cref="UnavailableException">The database does not answer, or not now.</exception>
    public async Task<T> Query<T>(
        string tenants, IEnumerable<NpgsqlBatchCommand> commands, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancel = default)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Declare(tenants) } };
            foreach (var command in commands)
            {
                batch.BatchCommands.Add(command);
            }

            // Without an explicit transaction a batch is one, and ends with its last statement.
            await using var reader = await batch.ExecuteReaderAsync(cancel);
            await reader.NextResultAsync(cancel);
            return await read(reader, cancel);
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            throw new UnavailableException("The database does not answer now.", fault);
        }
    }

    /// <summary>The same for statements that answer nothing.</summary>
    /// <returns>Rows touched, over all statements.</returns>
    public Task<int> Run(string tenants, IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancel = default) =>
        Query(tenants, commands, async (reader, token) =>
        {
            while (await reader.NextResultAsync(token))
            {
            }

            return Math.Max(reader.RecordsAffected, 0);
        }, cancel);

    /// <summary>The statement that opens a tenant's rows for the rest of the transaction, and only for it.</summary>
    public static NpgsqlBatchCommand Declare(string tenants) =>
        Command("SELECT set_config('crm.tenants', $1, true)", Text(tenants));

    /// <summary>A statement with its parameters in order.</summary>
    public static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>A text.</summary>
    public static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>A value of the type that PostgreSQL maps it to by itself.</summary>
    public static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    /// <summary>One column of many rows, for <c>unnest</c>.</summary>
    public static NpgsqlParameter<T[]> Column<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | type };

    /// <summary>Whether a fault is of the connection, the server's state or its resources, and not of what was asked.</summary>
    /// <remarks>After such a fault in a write nobody can say whether it took effect.</remarks>
    public static bool IsPassing(Exception fault) => fault switch
    {
        // Connection, resources, intervention, system, internal: the classes of SQLSTATE. 57014 is a cancelled statement.
        PostgresException answered => answered.SqlState[..2] is "08" or "53" or "57" or "58" or "XX" or "40" or "25",
        NpgsqlException or TimeoutException or System.IO.IOException or System.Net.Sockets.SocketException => true,
        _ => false,
    };
}
