using Crm.Silo.Postgres.Embedded;
using Crm.Silo.Postgres;

namespace Crm.Silo.Hosting;

/// <summary>The database of this node, ready for use: started if it is the embedded one, at this build's schema, with the application's role let in.</summary>
public sealed class Store : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly EmbeddedPostgres? _embedded;

    private Store(EmbeddedPostgres? embedded, PostgresOptions postgres) => (_embedded, Postgres) = (embedded, postgres);

    /// <summary>Where the data is, and the key to it.</summary>
    public PostgresOptions Postgres { get; }

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
            var postgres = Connection(owner, key);
            await Prepare(postgres, options.Database is null ? TimeSpan.Zero : Patience, log, cancel);
            return new(embedded, postgres);
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

    // The value stays out of the message: it holds a password.
    private static PostgresOptions Connection(string owner, MasterKey key)
    {
        try
        {
            return new(owner, key);
        }
        catch (ArgumentException fault)
        {
            throw new OptionException("CRM_DATABASE", "…", $"It is a connection string of Npgsql, such as Host=postgres;Database=crm;Username=crm;Password=… ({fault.Message})");
        }
    }

    // A database of one's own may start later than we do, or be failing over.
    private static async Task Prepare(PostgresOptions postgres, TimeSpan patience, ILogger log, CancellationToken cancel)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var wait = TimeSpan.FromSeconds(1); ; wait += wait)
        {
            try
            {
                await postgres.Prepare(log, cancel);
                return;
            }
            catch (Exception fault) when (Database.IsPassing(fault))
            {
                if (TimeProvider.System.GetElapsedTime(began) + wait > patience)
                {
                    throw new InvalidOperationException($"PostgreSQL does not answer: {fault.Message} Check CRM_DATABASE and that the server runs.", fault);
                }

                log.LogWarning("PostgreSQL does not answer ({Fault}); it is tried again in {Wait} s.", fault.Message, wait.TotalSeconds);
                await Task.Delay(wait, cancel);
            }
        }
    }

    /// <summary>Stops the embedded database.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }
}
