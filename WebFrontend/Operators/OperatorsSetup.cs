using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web.Operators;

/// <summary>What is for operators alone: a port of its own, which no route of the product answers on and whose routes answer nowhere else.</summary>
public static class OperatorsSetup
{
    /// <summary>Where the dashboard of a cluster stands.</summary>
    public const string DashboardPath = "/dashboard";

    private const string MetricsPath = "/metrics";

    /// <summary>Marks a listener as the operators'. The mark is the connection's: no header can claim it.</summary>
    public static void ForOperators(this ListenOptions listener) => listener.Use(next => connection =>
    {
        connection.Features.Set(OperatorsConnection.Mark);
        return next(connection);
    });

    /// <summary>Counts from now on what <c>/metrics</c> tells. Only for a process that has an operators' port: else nobody asks, and nothing is counted.</summary>
    public static IServiceCollection AddOperators(this IServiceCollection services, OperatorsOptions options) =>
        services.AddSingleton(options).AddSingleton(new MetricsBook())
            // Made when it is needed: a node that serves nobody has nothing to sign in with.
            .AddSingleton(of => new OperatorSignIn(of.GetRequiredService<IAccounts>(), of.GetRequiredService<ICallers>(), options));

    /// <summary>Keeps the two ports apart. After routing, before all that answers.</summary>
    public static IApplicationBuilder UseOperatorsGate(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        var isOperator = http.Features.Get<OperatorsConnection>() is not null;
        var reach = http.GetEndpoint()?.Metadata.GetMetadata<Reach>();
        if (isOperator ? reach is not null : reach is not { Outside: false })
        {
            return next(http);
        }

        http.SetEndpoint(null);
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    /// <summary>Maps <c>/metrics</c>, for those who reach the operators' port.</summary>
    public static void MapOperators(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetService<MetricsBook>() is { } book)
        {
            app.MapGet(MetricsPath, () => Results.Text(book.Text(), PrometheusText.ContentType)).OnlyForOperators()
                .AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
        }
    }

    /// <summary>These routes answer on the operators' port alone.</summary>
    public static TBuilder OnlyForOperators<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new Reach(Outside: false));

    /// <summary>These routes answer to named administrators alone.</summary>
    public static RouteGroupBuilder RequireOperator(this RouteGroupBuilder routes)
    {
        routes.AllowAnonymous().AddEndpointFilter(static async (call, next) =>
            await call.HttpContext.RequestServices.GetRequiredService<OperatorSignIn>().Refusal(call.HttpContext) is { } refusal ? refusal : await next(call));
        return routes;
    }

    /// <summary>These routes answer on the operators' port too.</summary>
    public static TBuilder AlsoForOperators<TBuilder>(this TBuilder routes) where TBuilder : IEndpointConventionBuilder => routes.WithMetadata(new Reach(Outside: true));

    private sealed record Reach(bool Outside);
}

/// <summary>The mark of a connection that came in by the operators' port.</summary>
public sealed class OperatorsConnection
{
    private OperatorsConnection()
    {
    }

    /// <summary>The one mark there is.</summary>
    public static OperatorsConnection Mark { get; } = new();
}
