using System.Diagnostics;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>A process that runs an embedded server, to be killed: this assembly's own entry point.</summary>
public sealed class ServerHost : IDisposable
{
    private readonly Process _process;

    private ServerHost(Process process, string connectionString) => (_process, ConnectionString) = (process, connectionString);

    /// <summary>How to reach its server.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts the process and waits until its server serves.</summary>
    public static async Task<ServerHost> Start(string folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ServerHost).Assembly.Location, folder])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var connectionString = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The process ended before its server served.");
        return new(process, connectionString);
    }

    /// <summary>Ends it as a power cut would.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <inheritdoc />
    public void Dispose() => _process.Dispose();

    internal static async Task Main(string[] args)
    {
        await using var postgres = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(args[0]) { Durable = false }, NullLogger.Instance);
        Console.WriteLine(postgres.ConnectionString);
        await Console.In.ReadLineAsync(); // The end of our input is the end of whoever started us.
    }
}
