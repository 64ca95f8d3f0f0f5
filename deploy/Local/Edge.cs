using System.IO.Hashing;
using System.Net;
using System.Text;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms;

namespace Crm.Local;

/// <summary>The proxy before the front ends. Who shows the same token goes to the same front end, as long as it lives.</summary>
internal sealed class Edge : IAsyncDisposable
{
    private const string Name = "web";
    private readonly WebApplication _app;

    private Edge(WebApplication app) => _app = app;

    /// <summary>Where it serves.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Completes once somebody told this process to stop.</summary>
    public Task Ended => _app.WaitForShutdownAsync();

    /// <summary>Starts it.</summary>
    /// <param name="nodes">The front ends.</param>
    public static async Task<Edge> Start(IPAddress bind, int port, IReadOnlyList<Uri> nodes, ILoggerFactory logs)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(logs);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(bind, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // The front end has its own limits.
        });
        builder.Services.AddSingleton<ILoadBalancingPolicy, ByToken>();
        builder.Services.AddReverseProxy().LoadFromMemory([Route], [Cluster(nodes)]).AddTransforms(static route => route.AddOriginalHost());
        var app = builder.Build();
        app.UseWebSockets();
        app.MapReverseProxy();
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // X-Forwarded-For is replaced, not added to: what a client claims ends here.
    private static RouteConfig Route => new RouteConfig { RouteId = Name, ClusterId = Name, Match = new() { Path = "{**path}" } }
        .WithTransformXForwarded(xDefault: ForwardedTransformActions.Set);

    private static ClusterConfig Cluster(IReadOnlyList<Uri> nodes) => new()
    {
        ClusterId = Name,
        LoadBalancingPolicy = ByToken.PolicyName,
        Destinations = nodes.Select((node, number) => ($"web-{number + 1}", new DestinationConfig { Address = node.ToString() })).ToDictionary(),
        Metadata = new Dictionary<string, string> { ["ConsecutiveFailuresHealthPolicy.Threshold"] = "1" },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromMinutes(5) },
        HealthCheck = new()
        {
            Active = new() { Enabled = true, Path = "/health/ready", Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(4), Policy = "ConsecutiveFailures" },
            Passive = new() { Enabled = true, Policy = "TransportFailureRate", ReactivationPeriod = TimeSpan.FromSeconds(5) },
        },
    };
}

/// <summary>Chooses by the token, wherever it stands: a client that negotiates sends it in the header and opens its WebSocket with it in the query.</summary>
/// <remarks>
/// Rendezvous hashing: each front end has a score for the token, the highest of those that live wins. So the loss of one moves only its own, and no cookie
/// is needed, which clients that are no browsers would not keep. deploy/edge/haproxy.cfg does the same.
/// </remarks>
internal sealed class ByToken : ILoadBalancingPolicy
{
    public const string PolicyName = "ByToken";

    string ILoadBalancingPolicy.Name => PolicyName;

    /// <inheritdoc />
    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        var token = Token(context);
        return availableDestinations.MaxBy(node => Score(token, node.DestinationId));
    }

    /// <summary>What requests of one client have in common.</summary>
    internal static string Token(HttpContext http)
    {
        const string bearer = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        return http.Request.Query["access_token"].ToString() is { Length: > 0 } query ? query
            : header.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? header[bearer.Length..].Trim()
            : http.Connection.RemoteIpAddress?.ToString() ?? "";
    }

    /// <summary>How much a client would like a front end.</summary>
    internal static ulong Score(string token, string node) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{token}\n{node}"));
}
