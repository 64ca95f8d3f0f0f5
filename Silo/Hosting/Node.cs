using System.Data.Common;
using System.Net;
using Crm.Silo.Mail;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;
using Crm.Silo.Postgres.Embedded;
using Crm.Silo.Webhooks;
using Crm.Web;
using Crm.Web.Health;
using Crm.Web.Operators;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Console;

namespace Crm.Silo.Hosting;

/// <summary>One process of the product, from its options to its last line.</summary>
public static class Node
{
    private const int SilosPort = 5090;

    /// <summary>Runs until it is told to stop. Gives the exit code: 0 after a clean stop, 1 when it could not start.</summary>
    /// <param name="args">The role, as <see cref="Roles.Read"/> takes it, and settings of the host.</param>
    public static async Task<int> Run(string[] args)
    {
        try
        {
            var role = Roles.Read(args);
            var development = (Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")) == Environments.Development;
            var options = SiloOptions.Read(Environment.GetEnvironmentVariable, development, role == Role.Silo ? SilosPort : SiloOptions.UsersPort);
            var edge = EdgeOptions.Read(Environment.GetEnvironmentVariable);
            var engine = Engines.For(role, Environment.GetEnvironmentVariable);
            if (role != Role.Up && options.Database is null)
            {
                throw new OptionException("CRM_DATABASE", "", "One node of a cluster needs the database that all of them share. Only 'up' brings its own.");
            }

            using var telemetry = Telemetry.Start(Environment.GetEnvironmentVariable);
            using var logs = LoggerFactory.Create(Log);
            await using var store = await Store.Open(options, logs, CancellationToken.None);
            await using var app = Compose(args, role, new(options, edge, store, engine, telemetry.Traces));
            await Serve(app, options);
            return 0;
        }
        catch (Exception refused) when (refused is OptionException or Microsoft.Extensions.Options.OptionsValidationException or EmbeddedPostgresException or InvalidOperationException or IOException or DbException or UnavailableException)
        {
            await Console.Error.WriteLineAsync($"crm: {refused.Message}");
            return 1;
        }
    }

    private static WebApplication Compose(string[] args, Role role, Parts parts)
    {
        var (options, edge, store, engine, traced) = parts;
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        // A role uses a part of what is registered; Development would ask for the needs of all the rest.
        builder.Host.UseDefaultServiceProvider(static provider => (provider.ValidateScopes, provider.ValidateOnBuild) = (true, false));
        builder.Logging.ClearProviders();
        Log(builder.Logging);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options, edge));
        builder.Services.AddSingleton(options);
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        engine.Add(builder, role, store);
        if (engine.IsCluster)
        {
            builder.AddClusterView(role, traced, edge.View);
        }

        AddProduct(builder.Services, role, options, store);
        if (role.ServesUsers())
        {
            builder.Services.AddAudit(options.Anchors); // Where it is read, so that each front end can compare with a file of its own.
            builder.Services.AddSingleton<Turns>().AddSingleton<FirstTenant>().AddHostedService<Beginnings>();
            builder.Services.AddWebFrontend(Limited(options, builder.Configuration) with { Proxies = edge.Proxies });
        }
        else
        {
            builder.Services.AddSingleton(options.Web);
        }

        if (edge.OperatorsPort is not null)
        {
            builder.Services.AddOperators(edge.Operators);
        }

        return Map(builder.Build(), role, engine.IsCluster ? edge.View : OperatorsOptions.Nobody);
    }

    // What CRM_LIMITS=off lifts stays lifted.
    private static WebOptions Limited(SiloOptions options, ConfigurationManager configuration)
    {
        var web = options.Web;
        if (options.Limits)
        {
            configuration.GetSection("Limits").Bind(web);
        }

        return web;
    }

    private static void AddProduct(IServiceCollection services, Role role, SiloOptions options, Store store)
    {
        services.AddEngine(store);
        services.AddAccounts(of => of.GetRequiredService<RecordHost>().Records);
        services.AddContacts(
            new(Path.Combine(options.Data, "uploads")), of => of.GetRequiredService<RecordHost>().Records, of => of.GetRequiredService<People>().Caller);
        services.AddWebhooks(WebhookOptions.Read(Environment.GetEnvironmentVariable));
        services.AddNotices(MailOptions.Read(Environment.GetEnvironmentVariable, options.Port));
        if (role.HostsRecords())
        {
            // Processes take steps by inner verbs, which the door refuses.
            services.AddHostedService(of => ActivatorUtilities.CreateInstance<OutboxWorker>(of, of.GetRequiredService<RecordHost>().Records));
            services.AddHostedService(of => ActivatorUtilities.CreateInstance<TimerWorker>(of, of.GetRequiredService<RecordHost>().Records));
        }
    }

    private static WebApplication Map(WebApplication app, Role role, OperatorsOptions operators)
    {
        if (role.ServesUsers())
        {
            app.MapWebFrontend();
            app.MapClusterView(operators);
            return app;
        }

        // A silo serves nobody but those who look after it.
        app.UseRouting();
        app.UseOperatorsGate();
        app.MapHealth();
        app.MapOperators();
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
        try
        {
            await app.StartAsync();
        }
        catch (IOException refused) when (refused.InnerException is AddressInUseException)
        {
            throw new InvalidOperationException($"{refused.Message.TrimEnd('.')}. Give CRM_PORT or CRM_OPERATORS_PORT another port, or end what listens there.", refused);
        }

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
        .AddFilter("Orleans", LogLevel.Error) // It warns of every message that a lost silo leaves behind; what matters of that is said by ourselves.
        .AddFilter("Npgsql", LogLevel.Warning);

    private sealed record Parts(SiloOptions Options, EdgeOptions Edge, Store Store, IEngine Engine, bool Traced);
}
