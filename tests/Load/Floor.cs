using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Crm.Silo.Postgres.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Load;

/// <summary>
/// What somebody would write first: plain SignalR, one INSERT committed for each edit, then a send to the group. No tenants, no rights, no merge,
/// no history, no resuming. Every figure of the live scenario stands beside it. It speaks the same messages, so the generator is the same.
/// </summary>
public sealed class Floor : IAsyncDisposable
{
    /// <summary>Names the command that runs the server, in a process of its own.</summary>
    public const string Command = "floor-server";

    private readonly Process _server;

    private Floor(Process server, Uri url) => (_server, Url) = (server, url);

    /// <summary>Where it serves.</summary>
    public Uri Url { get; }

    /// <summary>The process whose children include the database.</summary>
    public int Pid => _server.Id;

    /// <summary>Serves until its input ends.</summary>
    public static async Task<int> Serve()
    {
        var folder = Directory.CreateTempSubdirectory("crm-floor-");
        await using (var postgres = await EmbeddedPostgres.StartAsync(folder.FullName, NullLogger.Instance))
        {
            // As many as keep PostgreSQL busy: with the hundred that Npgsql would open, one late second ends in a crowd of new connections and never recovers.
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { MinPoolSize = 16, MaxPoolSize = 16 });
            await using (var table = source.CreateCommand("CREATE TABLE edits (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref text, value text)"))
            {
                await table.ExecuteNonQueryAsync();
            }

            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            builder.Services.AddSignalR(options => options.MaximumParallelInvocationsPerClient = 8);
            builder.Services.AddSingleton(source);
            await using var app = builder.Build();
            app.MapHub<FloorHub>("/hub");
            await app.StartAsync();
            Console.WriteLine($"ready: {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
            await Console.In.ReadToEndAsync();
        }

        folder.Delete(recursive: true);
        return 0;
    }

    /// <summary>Starts the server in a process of its own, on its half of the processors.</summary>
    public static async Task<Floor> Start()
    {
        var info = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        info.ArgumentList.Add(typeof(Floor).Assembly.Location);
        info.ArgumentList.Add(Command);
        var server = Cores.Start(info);
        return new(server, new((await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The floor ended."))["ready: ".Length..]));
    }

    /// <summary>Stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }
}

/// <summary>The floor's hub.</summary>
public sealed class FloorHub(NpgsqlDataSource source) : Hub
{
    private static long s_versions;

    /// <summary>Joins the group of a record.</summary>
    public async Task<object> Watch(string @ref, long? since)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, @ref);
        return new { version = since ?? 1 };
    }

    /// <summary>Stores one row, tells the group.</summary>
    public async Task<object> Edit(string @ref, long baseVersion, JsonElement fields, string commandId)
    {
        var field = fields.GetProperty("custom").EnumerateObject().First();
        var value = field.Value.GetInt64();
        await using var insert = source.CreateCommand("INSERT INTO edits (ref, value) VALUES ($1, $2)");
        insert.Parameters.Add(new() { Value = @ref });
        insert.Parameters.Add(new() { Value = $"{value}" });
        await insert.ExecuteNonQueryAsync();
        var version = Interlocked.Increment(ref s_versions);
        await Clients.Group(@ref).SendAsync("Changed", new { @ref, version, by = commandId, fields = new Dictionary<string, object> { [$"custom.{field.Name}"] = new { from = baseVersion, to = value } } });
        return new { status = "applied", version };
    }
}
