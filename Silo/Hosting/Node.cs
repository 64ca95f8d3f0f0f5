using System.Net;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;
using Crm.Silo.Postgres.Embedded;
using Crm.Web;
using Crm.Web.Operators;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace Crm.Silo.Hosting;

/// <summary>One process of the product, from its options to its last line.</summary>
public static class Node
{
    /// <summary>Runs until it is told to stop. Gives the exit code: 0 after a clean stop, 1 when it could not start.</summary>
    public static async Task<int> Run(string[] args)
    {
        try
        {
            var development = (Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")) == Environments.Development;
            var options = SiloOptions.Read(Environment.GetEnvironmentVariable, development);
            var edge = EdgeOptions.Read(Environment.GetEnvironmentVariable);
            using var telemetry = Telemetry.Start(Environment.GetEnvironmentVariable);
            using var logs = LoggerFactory.Create(Log);
            await using var store = await Store.Open(options, logs, CancellationToken.None);
            await using var app = Compose(args, options, edge, store);
            await Serve(app, options);
            return 0;
        }
        catch (Exception refused) when (refused is OptionException or Microsoft.Extensions.Options.OptionsValidationException or EmbeddedPostgresException or InvalidOperationException or IOException)
        {
            await Console.Error.WriteLineAsync($"crm: {refused.Message}");
            return 1;
        }
    }

    private static WebApplication Compose(string[] args, SiloOptions options, EdgeOptions edge, Store store)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        Log(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, edge));
        builder.Services.AddSingleton(options);
        builder.Services.AddEngine(store);
        builder.Services.AddAccounts(of => of.GetRequiredService<EmbeddedRecords>());
        builder.Services.AddContacts(
            new(Path.Combine(options.Data, "uploads")), of => of.GetRequiredService<EmbeddedRecords>(), of => of.GetRequiredService<People>().Caller);
        builder.Services.AddWebFrontend(options.Web with { Proxies = edge.Proxies });
        if (edge.OperatorsPort is not null)
        {
            builder.Services.AddOperators(edge.Operators);
        }

        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");

        // Processes take steps by inner verbs, which the door refuses.
        builder.Services.AddSingleton<FirstTenant>();
        builder.Services.AddHostedService(of => ActivatorUtilities.CreateInstance<OutboxWorker>(of, of.GetRequiredService<EmbeddedRecords>()));
        var app = builder.Build();
        app.MapWebFrontend();
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, SiloOptions options, EdgeOptions edge)
    {
        kestrel.Listen(options.Bind, options.Port);
        if (edge.OperatorsPort is { } port)
        {
            kestrel.Listen(edge.OperatorsBind, port, OperatorsSetup.ForOperators);
        }
    }

    private static async Task Serve(WebApplication app, SiloOptions options)
    {
        if (options.SeedDemo)
        {
            await app.Services.GetRequiredService<DemoSeed>().Fill();
        }
        else
        {
            await app.Services.GetRequiredService<FirstTenant>().Make(Environment.GetEnvironmentVariable);
        }

        await app.StartAsync();
        if (app.Urls.Skip(1).FirstOrDefault() is { } operators)
        {
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Crm.Operators").LogInformation("Operators find /metrics at {Url}.", operators);
        }

        Console.WriteLine($"ready: {Url(app, options)}");
        await app.WaitForShutdownAsync();
    }

    // What a browser on this machine opens, whatever we listen on.
    private static string Url(WebApplication app, SiloOptions options)
    {
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        var host = options.Bind.Equals(IPAddress.Any) || options.Bind.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : options.Bind;
        return $"http://{new IPEndPoint(host, port)}";
    }

    private static void Log(ILoggingBuilder logging) => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.TimestampFormat = "HH:mm:ss ";
        })
        .AddFilter("Crm", LogLevel.Information)
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddFilter("Npgsql", LogLevel.Warning);
}
