using Crm.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres;

/// <summary>Where the data is, and the key to it.</summary>
/// <param name="Owner">Connects as the role that owns the tables: used for migrations only, at the start.</param>
/// <param name="Lanes">Writers of the journal side by side.</param>
/// <param name="Pool">Connections for reading at most.</param>
public sealed record PostgresOptions(string Owner, MasterKey Key, int Lanes = 1, int Pool = 20)
{
    /// <summary>Connects as the role that the application works as.</summary>
    public string App { get; } = AppRole.ConnectionString(Owner, Key);
}

/// <summary>Puts the journal, the register of tenants and the outbox on PostgreSQL.</summary>
public static class PostgresHosting
{
    /// <summary>Brings the database to this build's schema and lets the application's role in. Before anything else uses it.</summary>
    public static async Task Prepare(this PostgresOptions options, ILogger log, CancellationToken cancel = default)
    {
        if (await Migrations.Apply(options.Owner, Migrations.Embedded, cancel) is > 0 and var count)
        {
            log.LogInformation("Applied {Count} migrations; the database is at {Number}.", count, Migrations.Embedded.Count);
        }

        await AppRole.Prepare(options.Owner, options.Key, log, cancel);
    }

    /// <summary>
    /// Adds <see cref="IJournal"/>, <see cref="MasterKey"/>, <see cref="Tenants"/>, <see cref="Outbox"/> and <see cref="Database"/> for other readers.
    /// Needs <see cref="ICatalog"/>, <see cref="IKindRegistry"/> and <see cref="TimeProvider"/>; <see cref="OutboxWorker"/> is added apart by nodes that run processes.
    /// </summary>
    public static IServiceCollection AddPostgres(this IServiceCollection services, PostgresOptions options) => services
        .AddSingleton(_ => Source(options))
        .AddSingleton(options.Key)
        .AddSingleton<Vault>()
        .AddSingleton<Database>()
        .AddSingleton<Tenants>()
        .AddSingleton(new OutboxOptions())
        .AddSingleton<Outbox>()
        .AddSingleton<PostgresViews>()
        .AddSingleton<IKeptDrafts, KeptDrafts>()
        .AddSingleton<ISecurityEvents, Audit.SecurityJournal>()
        .AddSingleton<IViews>(provider => provider.GetRequiredService<PostgresViews>())
        .AddSingleton(provider => new PostgresJournal(
            options.App, provider.GetRequiredService<Database>(), provider.GetRequiredService<Tenants>(), provider.GetRequiredService<ICatalog>(),
            new(Row(provider.GetRequiredService<IKindRegistry>()), options.Lanes),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PostgresJournal>>()))
        .AddHostedService<StoreGauges>()
        .AddSingleton<IBacklog>(provider => provider.GetRequiredService<PostgresJournal>())
        .AddSingleton<IJournal>(provider => provider.GetRequiredService<PostgresJournal>());

    /// <summary>A pool of connections for reading, as the application's role.</summary>
    public static NpgsqlDataSource Source(PostgresOptions options) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(options.App)
    {
        Pooling = true,
        MaxPoolSize = options.Pool,
        MaxAutoPrepare = 100,
        AutoPrepareMinUsages = 2,
        CommandTimeout = 10,
        Timeout = 2, // To connect, or until one of the pool is free.
        CancellationTimeout = 500,
        ApplicationName = "crm",
    }.ConnectionString);

    /// <summary>The read model's row of a record of any kind.</summary>
    public static Func<KindInfo, string, RecordView, Row> Row(IKindRegistry kinds) => (kind, tenant, view) =>
    {
        var (title, search, terms, keys) = ListRow.Of(kind, tenant, view, kinds.Runtime(kind.Name)?.Keys(view.Fields) ?? []);
        return new(title, search, terms, keys);
    };
}
