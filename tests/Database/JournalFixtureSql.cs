using Npgsql;

namespace Crm.Tests;

/// <summary>Looking at the database past the product: as the superuser, or as the application's role by hand.</summary>
public static class JournalFixtureSql
{
    /// <summary>Runs a statement as the superuser, whom no policy binds; gives the rows it touched.</summary>
    public static async Task<int> Run(this JournalFixture fixture, string sql, params object[] values)
    {
        await using var command = Command(fixture.DataSource, sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of every row, read as the superuser.</summary>
    public static async Task<List<T>> Ask<T>(this JournalFixture fixture, string sql, params object[] values)
    {
        await using var command = Command(fixture.DataSource, sql, values);
        return await Column<T>(command);
    }

    /// <summary>Runs statements in one transaction as the application's role, and gives the first column of the last one.</summary>
    /// <param name="tenants">What is declared; null for nothing.</param>
    public static async Task<List<T>> AskAsApp<T>(this JournalFixture fixture, string? tenants, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.Options.App) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (tenants is not null)
        {
            await using var declare = new NpgsqlCommand("SELECT set_config('crm.tenants', $1, true)", connection, transaction) { Parameters = { new() { Value = tenants } } };
            await declare.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand(sql, connection, transaction);
        return await Column<T>(command);
    }

    private static NpgsqlCommand Command(NpgsqlDataSource source, string sql, object[] values)
    {
        var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }

    private static async Task<List<T>> Column<T>(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetFieldValue<T>(0));
        }

        return values;
    }
}
