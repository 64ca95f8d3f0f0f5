using Crm.Web.Live;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.SignIn;

/// <summary>Lets pages of other origins open the hub only where the operator has named them.</summary>
/// <remarks>
/// Browsers ask no permission before they open a WebSocket to another origin; they only say where the page is from. Who sends no origin is not a browser
/// and needs a token like everybody.
/// </remarks>
internal sealed class Origins(RequestDelegate next, WebOptions options)
{
    /// <summary>Whether the request is for the hub.</summary>
    public static bool IsHub(HttpContext http) => http.Request.Path.StartsWithSegments(LiveSetup.Path, StringComparison.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext http) => !IsHub(http) || Admits(http.Request.Headers.Origin.ToString(), http.Request.Host, options.Origins)
        ? next(http)
        : ProblemAnswer.Of("access.denied", "Pages of this origin may not open the hub.").ExecuteAsync(http);

    /// <summary>Whether a page of this origin may.</summary>
    /// <param name="origin">As in the header; empty when there is none.</param>
    /// <param name="host">What the request was sent to. The scheme does not count: a proxy may have taken TLS off.</param>
    internal static bool Admits(string origin, HostString host, IReadOnlyCollection<string> named)
    {
        if (origin.Length == 0 || named.Contains(origin, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        return Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme is "http" or "https"
            && page.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase)
            && page.Port == (host.Port ?? (page.Scheme == "https" ? 443 : 80));
    }
}
