using System.Collections.Concurrent;
using Npgsql;
using Xunit;

namespace Crm.Tests;

/// <summary>
/// A fresh database for a test class (<c>IClassFixture</c>) or for a collection, on the one server of the test run.
/// Derive and override <see cref="Prepare"/> to have tables in it: that runs once per run and type, every database is then a copy of the outcome.
/// </summary>
public class PostgresFixture : IAsyncLifetime
{
    private static readonly ConcurrentDictionary<Type, Lazy<Task<string>>> Templates = new();
    private static int s_databases;

    /// <summary>Connects to the fresh database as the superuser.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>A pool of connections to it.</summary>
    public NpgsqlDataSource DataSource { get; private set; } = null!;

    /// <inheritdoc />
    public virtual async Task InitializeAsync()
    {
        var server = await TestServer.Get();
        var template = await Templates.GetOrAdd(GetType(), _ => new(() => Template(server))).Value;
        ConnectionString = await Create(server, template);
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    /// <inheritdoc />
    public virtual async Task DisposeAsync()
    {
        await DataSource.DisposeAsync();
        var database = new NpgsqlConnectionStringBuilder(ConnectionString).Database;
        await Execute(await TestServer.Get(), $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    }

    /// <summary>Fills the template: migrations, for example. Nothing may stay connected to it; the connection string does not pool.</summary>
    protected virtual Task Prepare(string connectionString) => Task.CompletedTask;

    private async Task<string> Template(string server)
    {
        var connectionString = await Create(server, "template1");
        await Prepare(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        return new NpgsqlConnectionStringBuilder(connectionString).Database!;
    }

    private static async Task<string> Create(string server, string template)
    {
        var name = $"test_{Interlocked.Increment(ref s_databases)}";
        await Execute(server, $"CREATE DATABASE {name} TEMPLATE {template}");
        return new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30 }.ConnectionString;
    }

    private static async Task Execute(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
