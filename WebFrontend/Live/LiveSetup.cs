using Crm.Web.Admission;
using Crm.Web.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Crm.Web.Live;

/// <summary>Puts the hub and the relay into an application. All settings of SignalR and of the sockets below it are here.</summary>
public static class LiveSetup
{
    /// <summary>The path of the hub.</summary>
    public const string Path = "/hub";

    /// <summary>
    /// Needs IRecords, ILists, IActivity, ISecurityEvents, IFeed, IPresence, IKeptDrafts, INotices, ICatalog, IUserPlaces and ICallers. Limits come from <see cref="LiveOptions"/>: the section <c>Live</c> of the configuration, or <c>services.Configure</c>.
    /// </summary>
    public static IServiceCollection AddLive(this IServiceCollection services)
    {
        HttpAdmission.Add(services);
        services.AddOptions<LiveOptions>().BindConfiguration(LiveOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LiveOptions>, LiveOptionsCheck>();

        // SignalR logs what clients do wrong as errors of ours, with a stack trace. The gate logs what is ours.
        services.AddLogging(static logging => logging
            .AddFilter("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.SignalR.HubConnectionHandler", LogLevel.Critical));
        services.AddSingleton(static provider => provider.GetRequiredService<IOptions<LiveOptions>>().Value);
        services.AddSingleton(Pool.Threads);
        services.AddSingleton<Flusher>();
        services.AddSingleton<ListBoard>();
        services.AddSingleton<Relay>();
        services.AddSingleton<FeedBoard>();
        services.AddSingleton<HeadsWatch>();
        services.AddSingleton<RightsWatch>();
        services.AddSingleton<UserConnections>();
        services.AddSingleton(new FrontName(Guid.NewGuid().ToString("N")));
        services.AddSingleton<Profiles>();
        services.AddSingleton<Attendance>();
        services.AddSingleton<Desk>();
        services.AddSingleton<DraftBox>();
        services.AddSingleton<NoticeDesk>();
        services.AddSingleton<Pulpit>();
        services.AddSingleton<OpenConnections>();
        services.AddSingleton<Connections>();
        services.AddSingleton<HubLifetimeManager<CrmHub>>(static provider => provider.GetRequiredService<Connections>());
        services.AddHostedService<Pulse>();
        services.AddHostedService<LiveGauges>();
        services.AddSignalR().AddHubOptions<CrmHub>(static hub => hub.AddFilter<HubGate>());
        services.TryAddSingleton<Refusals>();
        services.AddSingleton<HubGate>();
        services.AddOptions<HubOptions<CrmHub>>().Configure<LiveOptions>(Configure);
        services.AddOptions<Microsoft.AspNetCore.Builder.WebSocketOptions>().Configure<LiveOptions>(static (sockets, live) =>
            (sockets.KeepAliveInterval, sockets.KeepAliveTimeout) = (live.SocketPing, live.SocketPong));
        return services;
    }

    /// <summary>Serves the hub to callers with a session. Authentication and the check of origins come before it in the pipeline.</summary>
    /// <remarks>Requests are not counted: a node's connections all come back at once. Calls are (<see cref="HubGate"/>).</remarks>
    public static IEndpointConventionBuilder MapLive(this IEndpointRouteBuilder routes)
    {
        var live = routes.ServiceProvider.GetRequiredService<LiveOptions>();
        routes.ServiceProvider.GetRequiredService<Pulpit>(); // It hears from now on.
        var hub = routes.MapHub<CrmHub>(Path, connection =>
        {
            connection.TransportMaxBufferSize = live.TransportBytes;
            connection.ApplicationMaxBufferSize = live.TransportBytes;
            connection.TransportSendTimeout = live.DrainWithin;
            connection.CloseOnAuthenticationExpiration = true;
            connection.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;
        });
        hub.Add(KeepSession);
        return hub.RequireAuthorization().DisableRateLimiting();
    }

    // Long polling gives the hub a copy of the first request's context, which has its items but not the features of others.
    private static void KeepSession(EndpointBuilder endpoint)
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = http =>
        {
            http.Items[typeof(SessionKey)] = http.Features.Get<SessionKey>();
            return next(http);
        };
    }

    private static void Configure(HubOptions<CrmHub> hub, LiveOptions live)
    {
        hub.MaximumReceiveMessageSize = live.MessageBytes;
        hub.MaximumParallelInvocationsPerClient = live.ParallelCalls;
        hub.KeepAliveInterval = live.KeepAlive;
        hub.ClientTimeoutInterval = live.ClientTimeout;
        hub.HandshakeTimeout = TimeSpan.FromSeconds(10);
        hub.DisableImplicitFromServicesParameters = true;

        // What the gate lets through is a code and a sentence. What fails before it (a wrong number of arguments, a message
        // that is too long or no JSON) would else be told as "an error on the server". No message carries a stack trace.
        hub.EnableDetailedErrors = true;
    }
}
