using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Load;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Faults;

/// <summary>The built product as a process, on a PostgreSQL of its own, with a proxy between the two and another one before its users.</summary>
/// <remarks>Its port stays the same from one start to the next, so clients and tokens do too.</remarks>
public sealed partial class Site : IAsyncDisposable
{
    private const string Armed = "Silo/bin/CrashPoints/Silo.dll";
    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(number => (byte)number)]);

    // Nobody is refused for asking much; what a process that falls behind does stays as it is.
    private static readonly (string, string)[] NoRates =
    [
        ("CRM_LIMITS", "on"), .. FloodScenario.NoRates, ("Live__CallsPerSecond", "1000000"), ("Live__CallBurst", "1000000"),
    ];

    private readonly string _folder;
    private readonly List<Nodes> _nodes = [];
    private readonly int _port = FreePort();

    private Site(string folder, EmbeddedPostgres postgres)
    {
        (_folder, Postgres) = (folder, postgres);
        Database = FaultProxy.Start(new UnixDomainSocketEndPoint(Path.Combine(new NpgsqlConnectionStringBuilder(postgres.ConnectionString).Host!, ".s.PGSQL.5432")));
        Front = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, _port));
    }

    /// <summary>The server; it is started again when it dies.</summary>
    public EmbeddedPostgres Postgres { get; }

    /// <summary>Between product and database.</summary>
    public FaultProxy Database { get; }

    /// <summary>Between the product and those who come through it.</summary>
    public FaultProxy Front { get; }

    /// <summary>The process that was started last.</summary>
    public Node Node { get; private set; } = null!;

    /// <summary>Where it serves.</summary>
    public Uri Url => new($"http://127.0.0.1:{_port}");

    /// <summary>Makes the database, in a folder of its own unless one is given.</summary>
    public static async Task<Site> Open(string? folder = null)
    {
        var place = folder ?? Directory.CreateTempSubdirectory("crm-fault-").FullName;
        return new(place, await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(place) { Durable = false }, NullLogger.Instance));
    }

    /// <summary>Starts the product, in the place of one that still runs, and waits until it serves.</summary>
    /// <param name="armed">The build that knows <c>CRASH_AT</c> and <c>CLOCK_FILE</c>.</param>
    public async Task<Node> Start(bool armed = false, params (string Name, string Value)[] variables)
    {
        var nodes = new Nodes($"Host=127.0.0.1;Port={Database.Port};Username=crm;Database=crm", Key, armed ? Armed : null);
        if (_nodes.Count > 0 && Node is { Ended.IsCompleted: false })
        {
            await Node.Kill();
        }

        _nodes.Add(nodes);
        Node = await nodes.Start("up", [("CRM_ENGINE", "embedded"), ("CRM_PORT", $"{_port}"), ("CRM_WEBHOOKS", "any"), .. NoRates, .. variables]);
        return Node;
    }

    /// <summary>A client that is signed in, and its token.</summary>
    public async Task<(HttpClient Client, string Token)> SignIn(string email = "ana@acme.test")
    {
        var client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
        using var answer = await client.PostAsJsonAsync("/api/v1/auth/token", new { email, password = Nodes.Password });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (client, token);
    }

    /// <summary>Asks the database past the proxy, as its owner.</summary>
    public async Task<object?> Ask(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Postgres.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A figure that operators see, all its series together; 0 while there is none.</summary>
    public async Task<double> Figure(string name)
    {
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"{Operators().Match(Node.Output).Groups["url"].Value}/metrics"));
        return text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ' ' or '{')
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..]));
    }

    /// <summary>Memory of the product that is in use, in bytes.</summary>
    public long Memory => File.ReadLines($"/proc/{Node.Pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is var line ? long.Parse(line[6..^2].Trim()) * 1_024 : 0;

    /// <summary>The database and all that serve its sessions stand still until this is disposed.</summary>
    public async Task<IAsyncDisposable> Still()
    {
        var server = Postgres.ProcessId!.Value;
        var sessions = await File.ReadAllTextAsync($"/proc/{server}/task/{server}/children");
        int[] all = [server, .. sessions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        await Signal("STOP", all);
        return new Stopped(all);
    }

    /// <summary>Sends a signal to processes.</summary>
    public static async Task Signal(string name, params int[] processes)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{name}", .. processes.Select(pid => pid.ToString())]) { UseShellExecute = false, RedirectStandardError = true })!;
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for a condition, and says for how long; the limit only ends what would not end.</summary>
    public static async Task<TimeSpan> Until(Func<Task<bool>> holds, string what, int seconds = 60)
    {
        var clock = Stopwatch.StartNew();
        while (!await holds())
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(seconds), $"waited in vain for: {what}");
            await Task.Delay(10);
        }

        return clock.Elapsed;
    }

    /// <summary>The same for a condition that is known at once.</summary>
    public static Task<TimeSpan> Until(Func<bool> holds, string what, int seconds = 60) => Until(() => Task.FromResult(holds()), what, seconds);

    /// <summary>Ends all of it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var nodes in _nodes)
        {
            await nodes.DisposeAsync();
        }

        await Front.DisposeAsync();
        await Database.DisposeAsync();
        await Postgres.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Stopped(int[] all) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Signal("CONT", all);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"Operators find /metrics at (?<url>\S+)\.\s", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Operators();
}
