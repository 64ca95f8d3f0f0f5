using Npgsql;

namespace Crm.Silo.Postgres.Embedded;

/// <summary>What an embedded server is started with.</summary>
/// <param name="Folder">Where its data, its socket and its log live (<c>CRM_DATA</c>); made when missing.</param>
public sealed record EmbeddedPostgresOptions(string Folder)
{
    /// <summary>Server settings over the default ones, such as <c>shared_buffers</c> → <c>64MB</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>False where the data need not outlive a power cut (tests): nothing waits for the disk then. It outlives a killed process all the same.</summary>
    public bool Durable { get; init; } = true;
}

/// <summary>
/// A PostgreSQL of our own: made on first use, run as a child process, restarted when it dies, stopped with us. It listens on no network;
/// its socket lies in a folder that only its user (and root) can enter.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The superuser, and the database that it owns.</summary>
    private const string Owner = "crm";

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly EmbeddedPostgresOptions _options;
    private readonly ILogger _log;
    private readonly DataFolder _folder;
    private readonly string _probe;
    private readonly CancellationTokenSource _stopping = new();
    private ServerProcess? _server;
    private Task _watch = Task.CompletedTask;
    private IReadOnlyList<string> _command = [];
    private int _disposed;

    private EmbeddedPostgres(EmbeddedPostgresOptions options, DataFolder folder, ILogger log)
    {
        (_options, _folder, _log) = (options, folder, log);
        ConnectionString = new NpgsqlConnectionStringBuilder { Host = _folder.SocketFolder(), Port = 5432, Username = Owner, Database = Owner }.ConnectionString;
        _probe = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres", Pooling = false }.ConnectionString;
    }

    /// <summary>Connects as the superuser <c>crm</c> to the database <c>crm</c>. Stays the same while this lives, through restarts of the server.</summary>
    public string ConnectionString { get; }

    /// <summary>The server's process id; null while it is down.</summary>
    public int? ProcessId => _folder.RunningServer();

    /// <summary>Starts the server in a data folder and waits until it serves, however long its recovery takes.</summary>
    /// <exception cref="EmbeddedPostgresException">The folder is in use, there is no PostgreSQL, or it does not start.</exception>
    public static Task<EmbeddedPostgres> StartAsync(string folder, ILogger log, CancellationToken cancel = default) =>
        StartAsync(new EmbeddedPostgresOptions(folder), log, cancel);

    /// <inheritdoc cref="StartAsync(string, ILogger, CancellationToken)"/>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, ILogger log, CancellationToken cancel = default)
    {
        if (OperatingSystem.IsWindows())
            throw new EmbeddedPostgresException("The embedded PostgreSQL runs on Linux and macOS: set CRM_DATABASE to a server of yours.");
        var postgres = new EmbeddedPostgres(options, await DataFolder.Take(options.Folder, cancel), log);
        try
        {
            await postgres.Prepare(cancel);
            await postgres.Launch(cancel);
            await postgres.CreateDatabase(cancel);
            postgres._watch = postgres.Watch();
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the server: open transactions roll back, what is committed is on disk. Then lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        await _watch;
        if (_server is { } server)
        {
            await server.Stop(_folder);
            server.Dispose();
        }
        _folder.Dispose();
        _stopping.Dispose();
    }

    private async Task Prepare(CancellationToken cancel)
    {
        var user = await ServerUser.Choose(_folder.Data, cancel);
        var binaries = await (await PostgresBinaries.Find(_folder.Major, cancel)).ReachableBy(user, cancel);
        await _folder.StopOrphan(_log, cancel);
        await _folder.Prepare(binaries, user, _options.Durable, cancel);
        var settings = _options.Durable ? _options.Settings : new Dictionary<string, string>(_options.Settings) { ["fsync"] = "off" };
        _command = ServerUser.Wrap(user, _folder.Data, [Path.Combine(binaries.Folder, "postgres"), "-D", ServerUser.NameOf(user, _folder.Data), .. Settings.Arguments(binaries.Major, settings)]);
        _log.LogInformation("Embedded PostgreSQL {Version} from {Binaries}, data in {Folder}.", binaries.Version, binaries.Folder, _folder.Data);
    }

    private async Task Launch(CancellationToken cancel)
    {
        ServerLog.Bound(_folder.Log);
        var mark = ServerLog.Length(_folder.Log);
        var before = _server;
        _server = ServerProcess.Start(_folder.Log, _command);
        before?.Dispose();
        for (var pause = 10; !await Serves(cancel); pause = Math.Min(pause * 3 / 2, 250))
        {
            if (_server.HasEnded)
                throw new EmbeddedPostgresException($"PostgreSQL does not start (its log is {_folder.Log}): {Commands.OneLine(ServerLog.Since(_folder.Log, mark))}");
            await Task.Delay(pause, cancel);
        }
    }

    private async Task<bool> Serves(CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(_probe);
            await connection.OpenAsync(cancel);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            return true; // After a restart everybody else was faster.
        }
        catch (NpgsqlException e) when (e is not PostgresException || e.SqlState == PostgresErrorCodes.CannotConnectNow)
        {
            return false; // No socket yet, or it still recovers.
        }
    }

    private async Task CreateDatabase(CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(_probe);
        await connection.OpenAsync(cancel);
        await using var exists = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = 'crm'", connection);
        if (await exists.ExecuteScalarAsync(cancel) is not null)
            return;
        await using var create = new NpgsqlCommand("CREATE DATABASE crm", connection);
        await create.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Restarts a server that died, after pauses that grow from a tenth of a second to five, for as long as it takes.</summary>
    private async Task Watch()
    {
        var pause = ShortestPause;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var started = Environment.TickCount64;
                var code = await EndOfServer();
                _log.LogError("PostgreSQL ended with code {Code} (its log is {Log}); starting it again.", code, _folder.Log);
                pause = Environment.TickCount64 - started > 60_000 ? ShortestPause : TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
                await Task.Delay(pause, _stopping.Token);
                await _folder.StopOrphan(_log, _stopping.Token);
                await Launch(_stopping.Token);
                _log.LogInformation("PostgreSQL serves again.");
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is EmbeddedPostgresException or NpgsqlException or IOException)
            {
                _log.LogError(e, "PostgreSQL could not be started again; trying once more.");
            }
        }
    }

    /// <summary>Waits for the server's end, and looks after its log meanwhile.</summary>
    private async Task<int> EndOfServer()
    {
        var ended = _server!.Ended(_stopping.Token);
        while (await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMinutes(1), _stopping.Token)) != ended)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            ServerLog.Bound(_folder.Log);
        }
        return await ended;
    }
}
