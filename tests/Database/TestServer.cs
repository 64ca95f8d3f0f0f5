using Crm.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>The one PostgreSQL of a test run, in a temporary folder, without waiting for disks. Started by whoever asks first, gone with the process.</summary>
public static class TestServer
{
    private static readonly Lazy<Task<EmbeddedPostgres>> Server = new(Start);

    /// <summary>A connection string to the server's maintenance database; it does not pool.</summary>
    public static async Task<string> Get() =>
        new NpgsqlConnectionStringBuilder((await Server.Value).ConnectionString) { Pooling = false }.ConnectionString;

    private static async Task<EmbeddedPostgres> Start()
    {
        var folder = Directory.CreateTempSubdirectory("crm-test-");
        var server = await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(folder.FullName)
            {
                Durable = false,
                Settings = new Dictionary<string, string> { ["max_connections"] = "200", ["shared_buffers"] = "64MB" },
            },
            NullLogger.Instance);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            folder.Delete(recursive: true);
        };
        return server;
    }
}
