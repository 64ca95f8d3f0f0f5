using Crm.Postgres.Embedded;
using Crm.Silo.Postgres;
using Npgsql;

namespace Crm.Silo.Hosting;

/// <summary>The database of this node, ready for use: started if it is the embedded one, at this build's schema, with the application's role let in.</summary>
public sealed class Store : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;

    private Store(EmbeddedPostgres? embedded, MasterKey key, string app)
    {
        (_embedded, Key, App) = (embedded, key, app);
        Source = new NpgsqlDataSourceBuilder(app) { ConnectionStringBuilder = { MaxPoolSize = 20, ApplicationName = "crm" } }.Build();
    }

    /// <summary>The key that all others hang from.</summary>
    public MasterKey Key { get; }

    /// <summary>How the application's role connects.</summary>
    public string App { get; }

    /// <summary>The pool for reading.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Brings the database up.</summary>
    public static async Task<Store> Open(SiloOptions options, ILoggerFactory logs, CancellationToken cancel)
    {
        var log = logs.CreateLogger("Crm.Store");
        var key = MasterKey.FromEnvironment(Environment.GetEnvironmentVariable)
            ?? (options.Database is null
                ? MasterKey.InFolder(options.Data, line => log.LogInformation("{Line}", line))
                : throw new OptionException("CRM_MASTER_KEY", "", "A database of your own needs a master key that outlives this machine. Make one: openssl rand -base64 32"));
        var embedded = options.Database is null ? await EmbeddedPostgres.StartAsync(options.Data, logs.CreateLogger("Crm.Postgres"), cancel) : null;
        try
        {
            var owner = embedded?.ConnectionString ?? options.Database!;
            await Migrations.Apply(owner, Migrations.Embedded, cancel);
            await AppRole.Prepare(owner, key, log, cancel);
            return new(embedded, key, AppRole.ConnectionString(owner, key));
        }
        catch
        {
            if (embedded is not null)
            {
                await embedded.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Closes the pool, then stops the embedded database.</summary>
    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }
}
