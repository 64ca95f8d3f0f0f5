using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>A fresh database with this build's schema and the tenants acme and globex.</summary>
public class JournalFixture : PostgresFixture
{
    private NpgsqlDataSource? _source;

    /// <summary>One for the whole run: the application's role belongs to the server, and its password follows from the key.</summary>
    public static MasterKey Key { get; } = MasterKey.Parse(Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(number => (byte)number)]), "the tests");

    /// <summary>What a node would be started with.</summary>
    public PostgresOptions Options { get; private set; } = null!;

    /// <summary>Reads as the application's role.</summary>
    public Silo.Postgres.Database Database { get; private set; } = null!;

    /// <summary>The register of tenants.</summary>
    public Tenants Tenants { get; private set; } = null!;

    /// <inheritdoc />
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Options = new(ConnectionString, Key);
        _source = PostgresHosting.Source(Options);
        Database = new(_source);
        Tenants = new(Database, new Vault(Key));
    }

    /// <inheritdoc />
    public override async Task DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    /// <inheritdoc />
    protected override async Task Prepare(string connectionString)
    {
        var options = new PostgresOptions(connectionString, Key);
        await options.Prepare(NullLogger.Instance);
        await using var source = PostgresHosting.Source(options with { Pool = 1 });
        var tenants = new Tenants(new(source), new Vault(Key));
        await tenants.Add("acme", "Acme");
        await tenants.Add("globex", "Globex");
    }
}
