using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web.Rest;

/// <summary>Reads a request's body as JSON that is safe to keep, or says why it is not.</summary>
public static class JsonBody
{
    /// <summary>The media type of RFC 7396, which a PATCH may name.</summary>
    public const string MergePatch = "application/merge-patch+json";

    private static readonly ProblemAnswer Empty = ProblemAnswer.Of(ProblemCodes.Unreadable, "The body is empty. It must be one JSON object.");

    /// <summary>The body's one JSON object. Exactly one of the two results is set, but for a body that is absent and may be.</summary>
    /// <param name="optional">Whether there may be no body: then the element is undefined.</param>
    /// <param name="patch">Whether <see cref="MergePatch"/> is a type to expect.</param>
    public static async ValueTask<(JsonElement Json, ProblemAnswer? Wrong)> Read(HttpRequest request, bool optional = false, bool patch = false)
    {
        if (!HasBody(request))
        {
            return (default, optional ? null : Empty);
        }

        if (WrongType(request, patch) is { } wrongType)
        {
            return (default, wrongType);
        }

        var most = request.HttpContext.RequestServices.GetRequiredService<WebOptions>().MaxJsonBytes;
        if (await Bytes(request, most) is not { } bytes)
        {
            return (default, ProblemAnswer.Of("body.large", $"The body may have at most {most} bytes."));
        }

        if (bytes.Length == 0)
        {
            return (default, optional ? null : Empty);
        }

        return JsonText.Check(bytes) is { } wrong ? (default, ProblemAnswer.Of([wrong])) : (JsonElement.Parse(bytes), null);
    }

    private static bool HasBody(HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is not false && request.ContentLength is not 0;

    private static ProblemAnswer? WrongType(HttpRequest request, bool patch)
    {
        var known = MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (Is(type, JsonAnswer.MediaType) || (patch && Is(type, MergePatch)))
            && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            && request.Headers.ContentEncoding.Count == 0;
        if (known)
        {
            return null;
        }

        if (patch)
        {
            request.HttpContext.Response.Headers["Accept-Patch"] = $"{MergePatch}, {JsonAnswer.MediaType}";
        }

        return ProblemAnswer.Of("body.type", $"Send {JsonAnswer.MediaType}{(patch ? $" or {MergePatch}" : "")}, in UTF-8 and not compressed.");
    }

    private static bool Is(MediaTypeHeaderValue type, string name) => string.Equals(type.MediaType, name, StringComparison.OrdinalIgnoreCase);

    // Null when there is more than may be.
    private static async ValueTask<byte[]?> Bytes(HttpRequest request, int most)
    {
        if (request.ContentLength > most)
        {
            return null;
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > most)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var bytes = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
