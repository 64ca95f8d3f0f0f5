using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Crm.Web.Client;

/// <summary>The web client, out of this assembly: its files under names that change with their content, and its page at every address that is one of its rooms.</summary>
public static class ClientRoutes
{
    private const string Folder = "client/";
    private const string Nonce = "{nonce}";
    private const string Forever = "public, max-age=31536000, immutable";

    /// <summary>Where the files lie. They were compressed once, when they were built.</summary>
    public const string Assets = "/assets";

    /// <summary>Tags the routes of the client, which hold nothing of anybody.</summary>
    public const string Tag = "client";

    private const string Missing = "<!doctype html><title>CRM</title><p>This front end was built without the web client: ./crm up builds it.";

    // Beside the kinds of record, which have a room each.
    private static readonly string[] Rooms = ["sign-in", "settings", "admin", "import", "self-check", "dead-letters", "feed", "audit"];

    /// <summary>Maps the client's files and its page.</summary>
    public static void MapClient(this IEndpointRouteBuilder app)
    {
        var files = ClientFile.All(Folder);
        foreach (var file in files.Values.Where(file => file.Name != "index.html"))
        {
            app.MapGet($"/{file.Name}", file.Send).AllowAnonymous().ExcludeFromDescription().WithTags(Tag);
        }

        var page = files.TryGetValue("index.html", out var index) ? index.Text : Missing;
        var kinds = app.ServiceProvider.GetRequiredService<ICatalog>().Kinds.Select(kind => kind.Name);
        foreach (var path in kinds.Concat(Rooms).SelectMany(room => new[] { $"/{room}", $"/{room}/{{**rest:nonfile}}" }).Prepend("/"))
        {
            app.MapGet(path, (HttpContext http) => Page(http, page)).AllowAnonymous().ExcludeFromDescription().WithTags(Tag);
        }
    }

    // No inline script, nothing from elsewhere; the hub is on the page's own origin. The component library writes its variables into style
    // elements, which a nonce lets through: one for each answer, so nobody else's style gets in.
    private static IResult Page(HttpContext http, string page)
    {
        var nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; manifest-src 'self'; "
            + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        return Results.Content(page.Replace(Nonce, nonce, StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    private sealed record ClientFile(string Name, byte[] Plain, byte[]? Brotli, byte[]? Gzip)
    {
        public string Text => System.Text.Encoding.UTF8.GetString(Plain);

        public static Dictionary<string, ClientFile> All(string folder)
        {
            var resources = typeof(ClientRoutes).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal)).ToHashSet();
            return resources.Where(name => Path.GetExtension(name) is not (".br" or ".gz")).ToDictionary(name => name[folder.Length..], name => new ClientFile(
                name[folder.Length..], Read(name), resources.Contains($"{name}.br") ? Read($"{name}.br") : null, resources.Contains($"{name}.gz") ? Read($"{name}.gz") : null));
        }

        public IResult Send(HttpContext http)
        {
            var headers = http.Response.Headers;
            headers.CacheControl = Forever; // The name holds a hash of the content.
            headers.Vary = "Accept-Encoding";
            var accepted = http.Request.Headers.AcceptEncoding;
            var (bytes, encoding) = Brotli is { } br && Accepts(accepted, "br") ? (br, "br") : Gzip is { } gz && Accepts(accepted, "gzip") ? (gz, "gzip") : (Plain, (string?)null);
            if (encoding is not null)
            {
                headers.ContentEncoding = encoding;
            }

            return Results.Bytes(bytes, Path.GetExtension(Name) switch
            {
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".svg" => "image/svg+xml",
                ".json" or ".webmanifest" => "application/manifest+json",
                _ => "application/octet-stream",
            });
        }

        private static bool Accepts(StringValues accepted, string encoding) => accepted.ToString().Split(',', StringSplitOptions.TrimEntries)
            .Any(entry => entry.Split(';', StringSplitOptions.TrimEntries) is var parts && parts[0] == encoding && (parts.Length == 1 || parts[1] != "q=0"));

        private static byte[] Read(string resource)
        {
            using var stream = typeof(ClientRoutes).Assembly.GetManifestResourceStream(resource)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }
}
