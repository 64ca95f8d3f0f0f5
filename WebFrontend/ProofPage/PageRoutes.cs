using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Crm.Web.ProofPage;

/// <summary>The proof page: one HTML file, one style sheet and its modules, out of this assembly.</summary>
public static class PageRoutes
{
    private const string Folder = "page/";

    // No inline script or style, nothing from elsewhere; the hub is on the page's own origin.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Maps <c>/</c> and the page's files.</summary>
    public static void MapPage(this IEndpointRouteBuilder app)
    {
        foreach (var resource in typeof(PageRoutes).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            var file = resource[Folder.Length..];
            var (bytes, tag) = Read(resource);
            app.MapGet(file == "index.html" ? "/" : $"/{file}", (HttpContext http) => Send(http, bytes, file, tag)).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static IResult Send(HttpContext http, byte[] bytes, string file, EntityTagHeaderValue tag)
    {
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.CacheControl = "no-cache"; // Kept, but asked for each time: a new build shows at once.
        return Results.Bytes(bytes, Path.GetExtension(file) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        }, entityTag: tag);
    }

    private static (byte[] Bytes, EntityTagHeaderValue Tag) Read(string resource)
    {
        using var stream = typeof(PageRoutes).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (bytes, new($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\""));
    }
}
