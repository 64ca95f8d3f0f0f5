using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Crm.Load;
using Crm.Local;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static Crm.Cluster.Tests.Waiting;

namespace Crm.Cluster.Tests;

/// <summary>What happens to a running cluster when what it stores in is lost and comes back.</summary>
public sealed class StoreLossTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);
    private static readonly string Key = Convert.ToBase64String(new byte[32]);
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-store-").FullName;
    private readonly List<HttpClient> _clients = [];
    private EmbeddedPostgres _database = null!;
    private Nodes _nodes = null!;
    private List<Node> _all = [];
    private Node[] _webs = [];
    private string _token = "";

    public async Task InitializeAsync()
    {
        _database = await StartDatabase();
        _nodes = new(_database.ConnectionString, Key);
    }

    public async Task DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _nodes.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    [Fact]
    public async Task A_killed_PostgreSQL_is_named_by_every_node_until_it_is_back_and_then_nothing_is_missing()
    {
        await Begin();
        var load = new Load(_clients);
        await load.Make(12);
        await using var screen = await Screen.Open(_webs[1], _token);
        foreach (var reference in load.Refs)
        {
            await screen.Watch(reference);
        }

        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        await More(load, 200);

        await KillDatabase();
        await Everybody((HttpStatusCode.ServiceUnavailable, "unhealthy"));
        await WritesAreToBeTriedAgain();
        _database = await StartDatabase();
        await More(load, 200);
        await Everybody((HttpStatusCode.OK, "healthy"));

        await stop.CancelAsync();
        await running;
        load.Errors.ShouldBeEmpty();
        await load.ShouldBeKept(_clients[0]);
        foreach (var reference in load.Refs)
        {
            var version = (await _clients[0].GetFromJsonAsync<JsonElement>($"/api/v1/{reference}")).GetProperty("version").GetInt64();
            await Until(() => screen.Version(reference) == version, Soon);
        }
    }

    [Fact]
    public async Task While_PostgreSQL_stands_still_front_ends_refuse_at_once_since_silos_tell_them()
    {
        await Begin(("CRM_LIMITS", "on"));
        var load = new Load(_clients);
        await load.Make(1);
        await using var owner = new NpgsqlConnection(_database.ConnectionString);
        await owner.OpenAsync();
        await using var still = await owner.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("LOCK TABLE changes IN EXCLUSIVE MODE", owner, still))
        {
            await hold.ExecuteNonQueryAsync();
        }

        // The first one cannot know: its silo gives it up when the journal has not answered for two seconds.
        (await Refused(_clients[0], load.Refs.Single())).ShouldBeInRange(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(5));
        await Task.WhenAll(_clients.Select(client => Until(async () => await Refused(client, load.Refs.Single()) < TimeSpan.FromSeconds(1), Soon)));

        await still.RollbackAsync();
        await Until(async () => (await Edit(_clients[0], load.Refs.Single())).Status != HttpStatusCode.ServiceUnavailable, Soon);
    }

    [RedisFact]
    public async Task Nodes_that_meet_in_a_Redis_go_on_without_it_and_know_each_other_again_when_it_is_back()
    {
        var port = InProcess.FreePort();
        var kept = Directory.CreateDirectory(Path.Combine(_folder, "redis")).FullName;
        var redis = await Redis.Start(Redis.Locate()!, port, kept);
        try
        {
            await Begin(("CRM_CLUSTERING", "redis"), ("CRM_REDIS", $"127.0.0.1:{port}"));
            var load = new Load(_clients);
            await load.Make(12);
            using var stop = new CancellationTokenSource();
            var running = load.Run(stop.Token);
            await More(load, 200);

            await redis.DisposeAsync();
            await More(load, 500);
            redis = await Redis.Start(Redis.Locate()!, port, kept);
            var third = await _nodes.Start("silo", ("CRM_CLUSTERING", "redis"), ("CRM_REDIS", $"127.0.0.1:{port}"));
            await More(load, 500);
            await third.Kill();
            await More(load, 500);

            await stop.CancelAsync();
            await running;
            load.Errors.ShouldBeEmpty();
            _all.ShouldAllBe(node => !node.Ended.IsCompleted);
            await load.ShouldBeKept(_clients[0]);
        }
        finally
        {
            await redis.DisposeAsync();
        }
    }

    private Task<EmbeddedPostgres> StartDatabase() => EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions(_folder) { Durable = false, Settings = new Dictionary<string, string> { ["max_connections"] = "200" } }, NullLogger.Instance);

    private async Task KillDatabase()
    {
        using var killed = System.Diagnostics.Process.GetProcessById(_database.ProcessId!.Value);
        killed.Kill();
        await _database.DisposeAsync(); // It would start the server again.
    }

    private async Task WritesAreToBeTriedAgain()
    {
        using var refused = await _clients[0].PostAsJsonAsync("/api/v1/contacts", new { name = "Meanwhile" });
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString().ShouldBe("server.unavailable");
    }

    private static async Task<TimeSpan> Refused(HttpClient client, string reference)
    {
        var (status, took) = await Edit(client, reference);
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        return took;
    }

    // Of a base that is over as soon as one went through: what is looked at is whether it is taken on.
    private static async Task<(HttpStatusCode Status, TimeSpan Took)> Edit(HttpClient client, string reference)
    {
        var began = TimeProvider.System.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/{reference}") { Content = new StringContent($$"""{"title":"{{Guid.NewGuid()}}"}""", new MediaTypeHeaderValue("application/merge-patch+json")) };
        request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, TimeProvider.System.GetElapsedTime(began));
    }

    private async Task Everybody((HttpStatusCode Status, string Database) says)
    {
        foreach (var node in _all)
        {
            await Until(async () => await Health(node) == says, Soon);
        }
    }

    private static async Task More(Load load, int edits)
    {
        var before = load.Done;
        await Until(() => load.Done > before + edits, Soon);
    }

    private async Task Begin(params (string Name, string Value)[] variables)
    {
        _all.Add(await _nodes.Start("silo", variables));
        _all.Add(await _nodes.Start("silo", variables));
        _webs = await Task.WhenAll(_nodes.Start("web", variables), _nodes.Start("web", variables));
        _all.AddRange(_webs);
        foreach (var web in _webs)
        {
            var (client, token) = await web.SignIn("ana@acme.test");
            _clients.Add(client);
            _token = token;
        }
    }

    private static async Task<(HttpStatusCode Status, string? Database)> Health(Node node)
    {
        using var client = new HttpClient { BaseAddress = await node.Ready };
        (await client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (answer.StatusCode, health.GetProperty("dependencies").GetProperty("database").GetProperty("status").GetString());
    }
}

/// <summary>Skipped where no <c>redis-server</c> is installed, or this build has no client of it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = typeof(Silo.Cluster.SiloHosting).Assembly.GetType("Crm.Silo.Cluster.AwaitRedis") is null
        ? "This build was made without Microsoft.Orleans.Clustering.Redis."
        : Redis.Locate() is null ? "No redis-server is installed here." : null;
}
