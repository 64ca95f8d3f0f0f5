using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Rest;

/// <summary>Gives each request the id under which its answer, its problem and its log lines can be found.</summary>
internal sealed class Correlation(RequestDelegate next, ILogger<Correlation> log, TimeProvider time)
{
    public const string Header = "X-Correlation-Id";

    private const int MaxLength = 64;

    public async Task InvokeAsync(HttpContext http)
    {
        var id = http.Request.Headers[Header] is [{ } given] && IsSane(given) ? given : Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        http.TraceIdentifier = id;
        http.Response.Headers[Header] = id;
        using (log.BeginScope(new Dictionary<string, object>(1) { ["CorrelationId"] = id }))
        {
            await next(http);
        }
    }

    // What goes into logs and headers holds nothing that could end a line or a quotation.
    private static bool IsSane(string id) =>
        id.Length is > 0 and <= MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
