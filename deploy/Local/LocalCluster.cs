using System.Net;
using System.Net.Sockets;
using Crm.Silo;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Embedded;

namespace Crm.Local;

/// <summary>Two silos, two front ends, the database that they share, and a proxy before them: for a look, and for tests that kill some of it.</summary>
/// <remarks>What ends stays ended, and is said: an operator's orchestrator would start it again, a test wants to see how the rest goes on.</remarks>
internal static class LocalCluster
{
    private const int Silos = 2;
    private const int FrontEnds = 2;
    private const string Ready = "ready: ";
    private const string Demo = "admin@acme.test";

    /// <summary>Runs until it is told to stop. Gives the exit code.</summary>
    /// <param name="get">A variable's value, or null.</param>
    /// <exception cref="OptionException">A variable cannot be meant.</exception>
    public static async Task<int> Run(Func<string, string?> get)
    {
        var options = SiloOptions.Read(get, development: true);
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "))
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Yarp", LogLevel.Error));
        var log = logs.CreateLogger("Crm.Local");
        await using var parts = new Parts();
        var (database, redis) = await Stores(options, get, parts, logs);
        var key = get("CRM_MASTER_KEY") is null && get("CRM_MASTER_KEY_FILE") is null ? Key(options, log) : null;
        var shared = Shared(options, get, database, redis?.Address, key);

        // One after the other: the first brings the database to this build's schema, and a cluster begins with one silo.
        foreach (var number in Enumerable.Range(1, Silos))
        {
            parts.Add(await Started($"silo-{number}", "silo", new(shared)
            {
                ["CRM_SILO_PORT"] = $"{FreePort()}", ["CRM_GATEWAY_PORT"] = $"{FreePort()}", ["CRM_PORT"] = $"{FreePort()}", ["CRM_OPERATORS_PORT"] = $"{FreePort()}",
            }, log));
        }

        var nodes = new List<Uri>();
        foreach (var number in Enumerable.Range(1, FrontEnds))
        {
            var port = FreePort();
            var node = await Started($"web-{number}", "web", new(shared) { ["CRM_PORT"] = $"{port}", ["CRM_OPERATORS_PORT"] = $"{FreePort()}" }, log);
            parts.Add(node);
            nodes.Add(new($"http://127.0.0.1:{port}"));
        }

        await using var edge = await Edge.Start(options.Bind, options.Port, nodes, logs);
        Console.WriteLine($"{Ready}{edge.Url}");
        await edge.Ended;
        return 0;
    }

    // What all nodes have in common. The front ends believe the proxy, which is on this machine, and nobody else.
    private static Dictionary<string, string> Shared(SiloOptions options, Func<string, string?> get, string database, string? redis, string? keyFile)
    {
        var shared = new Dictionary<string, string>
        {
            ["CRM_DATABASE"] = database, ["CRM_DATA"] = options.Data, ["CRM_BIND"] = "127.0.0.1", ["CRM_ADVERTISE"] = "127.0.0.1", ["CRM_ENGINE"] = "cluster",
            ["CRM_PROXIES"] = "127.0.0.1", ["CRM_OPERATORS"] = get("CRM_OPERATORS") ?? (options.SeedDemo ? Demo : ""),
            ["CRM_CLUSTERING"] = redis is null ? "postgres" : "redis", ["CRM_REDIS"] = redis ?? "",

            // A new name each time: what a killed one left behind concerns nobody.
            ["CRM_CLUSTER_ID"] = get("CRM_CLUSTER_ID") ?? $"local-{Environment.ProcessId}-{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}",
        };
        if (keyFile is not null)
        {
            shared["CRM_MASTER_KEY_FILE"] = keyFile;
        }

        return shared;
    }

    private static async Task<(string Database, Redis? Redis)> Stores(SiloOptions options, Func<string, string?> get, Parts parts, ILoggerFactory logs)
    {
        var database = options.Database;
        if (database is null)
        {
            // Each node keeps a pool for reading, and connections of its own for writing, listening and membership.
            var postgres = await EmbeddedPostgres.StartAsync(
                new EmbeddedPostgresOptions(options.Data) { Settings = new Dictionary<string, string> { ["max_connections"] = "200" } }, logs.CreateLogger("Crm.Postgres"));
            parts.Add(postgres);
            database = postgres.ConnectionString;
        }

        if (get("CRM_CLUSTERING") is "postgres" || Redis.Locate() is not { } program)
        {
            return (database, null);
        }

        var redis = await Redis.Start(program, FreePort());
        parts.Add(redis);
        return (database, redis);
    }

    private static string Key(SiloOptions options, ILogger log)
    {
        MasterKey.InFolder(options.Data, line => log.LogInformation("{Line}", line));
        return Path.Combine(options.Data, "master.key");
    }

    private static async Task<Child> Started(string name, string role, Dictionary<string, string> variables, ILogger log)
    {
        var child = Child.Start(name, ["dotnet", Path.Combine(AppContext.BaseDirectory, "Silo.dll"), role], variables, line => Console.WriteLine($"{name} | {line}"));
        try
        {
            var url = (await child.Said(static line => line.StartsWith(Ready, StringComparison.Ordinal)))[Ready.Length..];
            log.LogInformation("{Name} is at {Url}, for operators at http://127.0.0.1:{Port}, process {Process}.", name, url, variables["CRM_OPERATORS_PORT"], child.Process);
            _ = Watch(child, log);
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    private static async Task Watch(Child child, ILogger log)
    {
        var code = await child.Ended;
        if (!child.IsStopping)
        {
            log.LogWarning("{Name} has ended with {Code}; the others go on.", child.Name, code);
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>What was started, stopped in the opposite order: front ends, silos, then what they store in.</summary>
    private sealed class Parts : IAsyncDisposable
    {
        private readonly Stack<IAsyncDisposable> _started = [];

        public void Add(IAsyncDisposable part) => _started.Push(part);

        public async ValueTask DisposeAsync()
        {
            while (_started.TryPop(out var part))
            {
                await part.DisposeAsync();
            }
        }
    }
}
