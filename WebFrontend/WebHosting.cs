using System.IO.Compression;
using Crm.Web.Admission;
using Crm.Web.Audit;
using Crm.Web.Client;
using Crm.Web.Contacts;
using Crm.Web.DeadLetters;
using Crm.Web.Description;
using Crm.Web.Feeds;
using Crm.Web.Follows;
using Crm.Web.Health;
using Crm.Web.Live;
using Crm.Web.Notices;
using Crm.Web.Operators;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Crm.Web.Webhooks;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Crm.Web;

/// <summary>Puts the front end together: what every request passes, and in which order.</summary>
public static class WebHosting
{
    // As many connections as come at once after a node is lost; the default of 512 drops the rest for a second.
    private const int Backlog = 4_096;

    /// <summary>Registers the front end. Its host registers the ports: records, lists, the catalog, the feed, accounts, and health checks.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option cannot be meant; it is named.</exception>
    public static IServiceCollection AddWebFrontend(this IServiceCollection services, WebOptions options)
    {
        options.Check();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHealthChecks();
        HttpAdmission.AddToRequests(services);
        services.AddResponseCompression(Compress);
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Fastest);
        services.Configure<KestrelServerOptions>(Harden);
        services.Configure<SocketTransportOptions>(sockets => sockets.Backlog = Backlog);
        services.AddSignIn(options);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddLive();
        services.AddApiDescription();
        return services;
    }

    /// <summary>Adds the front end's middleware and routes. Every route requires a caller unless it says otherwise.</summary>
    /// <remarks>
    /// The limiter stands behind authentication, because it counts by user; those without a valid token are counted by address.
    /// </remarks>
    public static WebApplication MapWebFrontend(this WebApplication app)
    {
        app.UseProxies(app.Services.GetRequiredService<WebOptions>());
        app.UseMiddleware<Correlation>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<Faults>();
        app.UseWhen(MayCompress, compressed => compressed.UseResponseCompression());
        app.Use(AnswerHeadAsGet);
        app.UseRouting();
        app.UseOperatorsGate();
        app.Use(RefuseUnknownPaths);
        app.UseSignIn(app.Services.GetRequiredService<WebOptions>());
        app.UseRateLimiter();
        app.UseAuthorization();
        app.Use(app.Services.GetRequiredService<Refusals>().Heed);
        app.MapRecords();
        app.MapContacts();
        app.MapWebhooks();
        app.MapDeadLetters();
        app.MapFollows();
        app.MapActivity();
        app.MapAudit();
        app.MapNotices();
        app.MapMailLinks();
        app.MapSignIn();
        app.MapOwn();
        app.MapLive();
        app.MapProblems();
        app.MapHealth();
        app.MapOperators();
        app.MapApiDescription();
        app.MapClient();
        return app;
    }

    // RFC 9110, 9.3.2: HEAD is GET without the body. The server remembers which of them was asked, and leaves the body out.
    private static Task AnswerHeadAsGet(HttpContext http, RequestDelegate next)
    {
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Request.Method = HttpMethods.Get;
        }

        return next(http);
    }

    // Outside the API a path that leads nowhere is nowhere for everybody; inside, only for those who are signed in.
    private static Task RefuseUnknownPaths(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint() is not null || http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // Answers that hold secrets are not compressed: their length would tell of them (BREACH).
    private static bool MayCompress(HttpContext http) =>
        !http.Request.Path.StartsWithSegments(ClientRoutes.Assets, StringComparison.Ordinal)
        && !http.Request.Path.StartsWithSegments($"{RecordRoutes.Prefix}/auth", StringComparison.OrdinalIgnoreCase)
        && !http.Request.Path.StartsWithSegments(LiveSetup.Path, StringComparison.OrdinalIgnoreCase);

    private static void Compress(ResponseCompressionOptions compression)
    {
        compression.EnableForHttps = true;
        compression.MimeTypes = [JsonAnswer.MediaType, ProblemAnswer.MediaType, "text/html", "text/css", "text/javascript", "text/csv"];
        compression.Providers.Add<BrotliCompressionProvider>();
        compression.Providers.Add<GzipCompressionProvider>();
    }

    private static void Harden(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }
}
