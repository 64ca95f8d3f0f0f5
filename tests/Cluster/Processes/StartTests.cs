using System.Net;
using Crm.Load;
using Crm.Local;
using Crm.Silo.Postgres.Embedded;
using Crm.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Cluster.Tests;

/// <summary>What a node does when what it needs is not there.</summary>
public sealed class StartTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(number => (byte)number)]);

    [Fact]
    public async Task A_front_end_without_a_silo_says_what_to_do_and_serves_when_one_comes()
    {
        await using var nodes = new Nodes(database.ConnectionString, Key);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var web = nodes.Begin("web");
        while (!web.Output.Contains("No silo can be reached", StringComparison.Ordinal))
        {
            web.Ready.IsCompleted.ShouldBeFalse(web.Output);
            await Task.Delay(20, limit.Token);
        }

        web.Output.ShouldContain("Check that a silo of the same CRM_CLUSTER_ID runs");
        await nodes.Start("silo");
        using var client = new HttpClient { BaseAddress = await web.Ready.WaitAsync(TimeSpan.FromSeconds(60)) };
        while ((await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(50, limit.Token);
        }
    }

    [Fact]
    public async Task A_silo_without_its_PostgreSQL_says_what_to_do_and_goes_on_when_it_comes()
    {
        var folder = Directory.CreateTempSubdirectory("crm-late-").FullName;
        try
        {
            var options = new EmbeddedPostgresOptions(folder) { Durable = false };
            string address;
            await using (var first = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance))
            {
                address = first.ConnectionString;
            }

            await using var nodes = new Nodes(address, Key);
            var silo = nodes.Begin("silo");
            await Waiting.Until(() => silo.Output.Contains("PostgreSQL does not answer", StringComparison.Ordinal));
            silo.Ready.IsCompleted.ShouldBeFalse(silo.Output);
            await using var late = await EmbeddedPostgres.StartAsync(options, NullLogger.Instance);
            await silo.Ready.WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [RedisFact]
    public async Task A_silo_without_its_Redis_says_what_to_do_and_goes_on_when_it_comes()
    {
        await using var nodes = new Nodes(database.ConnectionString, Key);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var port = InProcess.FreePort();
        var silo = nodes.Begin("silo", ("CRM_CLUSTERING", "redis"), ("CRM_REDIS", $"127.0.0.1:{port},password=hush"));
        while (!silo.Output.Contains($"CRM_REDIS=127.0.0.1:{port} does not answer", StringComparison.Ordinal))
        {
            silo.Ready.IsCompleted.ShouldBeFalse(silo.Output);
            await Task.Delay(20, limit.Token);
        }

        silo.Output.ShouldContain("Check that it runs and that address and password are right.");
        silo.Output.ShouldNotContain("hush");
        await using var redis = await Redis.Start(Redis.Locate()!, port);
        await silo.Ready.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Theory]
    [InlineData("CRM_DATABASE", "", "crm: CRM_DATABASE= is not understood.")]
    [InlineData("CRM_DATABASE", "carrier=pigeon;Password=hush", "crm: CRM_DATABASE=… is not understood.")]
    [InlineData("CRM_CLUSTERING", "carrier-pigeon", "crm: CRM_CLUSTERING=carrier-pigeon is not understood.")]
    [InlineData("CRM_MASTER_KEY", "short", "crm: CRM_MASTER_KEY")]
    public async Task A_node_that_cannot_start_says_why_in_a_line_and_ends(string name, string value, string said)
    {
        await using var nodes = new Nodes(database.ConnectionString, Key);
        var silo = nodes.Begin("silo", (name, value));
        await silo.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        silo.ExitCode.ShouldBe(1);
        silo.Output.ShouldContain(said);
        silo.Output.ShouldNotContain("ready:");
        silo.Output.ShouldNotContain("hush");
        await Should.ThrowAsync<InvalidOperationException>(silo.Ready);
    }
}
