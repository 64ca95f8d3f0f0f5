namespace Crm.Local;

/// <summary>A Redis for membership alone: on loopback, gone with us.</summary>
internal sealed class Redis : IAsyncDisposable
{
    private readonly Child _server;

    private Redis(Child server, string address) => (_server, Address) = (server, address);

    /// <summary>Host and port.</summary>
    public string Address { get; }

    /// <summary>Where an installed one is; null when there is none.</summary>
    public static string? Locate() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);

    /// <summary>Starts it and waits until it takes connections.</summary>
    /// <param name="folder">Where it keeps what it knows for its next start; null: nowhere.</param>
    public static async Task<Redis> Start(string program, int port, string? folder = null)
    {
        var server = Child.Start(
            "redis",
            [program, "--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", folder is null ? "no" : "yes", "--dir", folder ?? Path.GetTempPath(), "--logfile", ""],
            new Dictionary<string, string>(), static _ => { });
        try
        {
            await server.Said(static line => line.Contains("Ready to accept connections", StringComparison.Ordinal));
            return new(server, $"127.0.0.1:{port}");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
