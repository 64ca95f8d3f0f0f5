using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Web.Description;
using Crm.Web.Operators;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Web.Health;

/// <summary>Whether this node runs, and whether it can serve. Names and states only: why something is down is for the log.</summary>
public static class HealthRoutes
{
    private static readonly Dictionary<string, HealthReportEntry> None = [];

    /// <summary>Maps <c>/health/live</c>, which asks nothing, and <c>/health/ready</c>, which asks every registered check.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().DisableRateLimiting().AlsoForOperators().WithTags("health");
        health.MapGet("live", () => Answer(HealthStatus.Healthy, None)).WithName("health.live").Describe(Operation("Whether this process runs."));
        health.MapGet("ready", Ready).WithName("health.ready").Describe(Operation("Whether it can serve, by dependency."));
    }

    private static async Task<IResult> Ready(HttpContext http, HealthCheckService checks, WebOptions options)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(options.HealthTimeout);
        try
        {
            var report = await checks.CheckHealthAsync(limit.Token);
            return Answer(report.Status, report.Entries);
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return Answer(HealthStatus.Unhealthy, None); // A check that does not answer in time is down.
        }
    }

    private static IResult Answer(HealthStatus status, IReadOnlyDictionary<string, HealthReportEntry> entries) => JsonAnswer.Of(
        status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK,
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", Name(status));
            writer.WriteStartObject("dependencies");
            foreach (var (name, entry) in entries)
            {
                writer.WriteStartObject(name);
                writer.WriteString("status", Name(entry.Status));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private static ApiOperation Operation(string summary) => ApiOperation.Open(summary)
        .Answers(StatusCodes.Status200OK, "It does.", ApiOperation.Schema("Health"), Example("healthy"))
        .Answers(StatusCodes.Status503ServiceUnavailable, "It does not.", ApiOperation.Schema("Health"), Example("unhealthy"));

    private static JsonObject Example(string status) =>
        new() { ["status"] = status, ["dependencies"] = new JsonObject { ["database"] = new JsonObject { ["status"] = status } } };

    private static string Name(HealthStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
