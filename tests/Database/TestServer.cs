using System.Diagnostics;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>The one PostgreSQL of a test run, in a temporary folder, without waiting for disks. Started by whoever asks first, gone with the process.</summary>
public static class TestServer
{
    private static readonly Lazy<Task<EmbeddedPostgres>> Server = new(Start);

    // Held, for a finaliser would close the pipe that tells it when we end.
    private static Process? s_remover;

    /// <summary>A connection string to the server's maintenance database; it does not pool.</summary>
    public static async Task<string> Get() =>
        new NpgsqlConnectionStringBuilder((await Server.Value).ConnectionString) { Pooling = false }.ConnectionString;

    private static async Task<EmbeddedPostgres> Start()
    {
        var folder = Directory.CreateTempSubdirectory("crm-test-").FullName;
        RemoveWhenWeEnd(folder);
        return await EmbeddedPostgres.StartAsync(
            new EmbeddedPostgresOptions(folder)
            {
                Durable = false,
                Settings = new Dictionary<string, string> { ["max_connections"] = "200", ["shared_buffers"] = "64MB" },
            },
            NullLogger.Instance);
    }

    // The test runner grants its process a tenth of a second to end. The server stops by itself then; a shell waits for that and tidies up.
    private static void RemoveWhenWeEnd(string folder)
    {
        const string Script = """
            trap '' INT
            cat
            for _ in $(seq 100); do [ -e "$1/postgres/postmaster.pid" ] || break; sleep 0.1; done
            rm -rf "$1"
            """;
        s_remover = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, "crm-test", folder]) { UseShellExecute = false, RedirectStandardInput = true });
    }
}
