using System.Text;
using System.Text.Json;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Crm.Web.Contacts;

/// <summary>Reads an uploaded file as it arrives, from the body or from the part <c>file</c> of a form; nothing of it is held in memory.</summary>
internal static class Upload
{
    private const int FormOverhead = 1 << 20;
    private const int LongestBoundary = 100;
    private const int LongestField = 64 * 1024;
    private static readonly string[] Csv = ["text/csv", "application/csv", "text/plain", "text/tab-separated-values", "application/vnd.ms-excel", "application/octet-stream"];
    private static readonly string[] Known = ["dryRun", "mapping", "onDuplicate"];

    /// <summary>Whether the body is a form.</summary>
    public static bool IsMultipart(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    /// <summary>The order and its file, or what is wrong. Options stand in the query, or in the form before the file.</summary>
    public static async Task<(ImportOrder? Order, Stream? File, IResult? Wrong)> Read(HttpContext http, Guid commandId, long most)
    {
        var request = http.Request;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = most + FormOverhead;
        }

        if (request.ContentLength > most + FormOverhead)
        {
            return (null, null, ProblemAnswer.Of("body.large", $"The file may have at most {most} bytes.", "file"));
        }

        if (QueryText.Known(request, [.. Known, "name"]) is { } unknown)
        {
            return (null, null, unknown);
        }

        var options = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        var (file, name, wrong) = IsMultipart(request) ? await FromForm(request, options) : FromBody(request);
        if (wrong is not null)
        {
            return (null, null, wrong);
        }

        var (order, refused) = Order(commandId, options.GetValueOrDefault("name") ?? name, options);
        return refused is null ? (order, file, null) : (null, null, refused);
    }

    private static (ImportOrder? Order, IResult? Wrong) Order(Guid commandId, string? name, Dictionary<string, string> options)
    {
        var dryRun = false;
        if (options.GetValueOrDefault("dryRun") is { Length: > 0 } dry && !bool.TryParse(dry, out dryRun))
        {
            return (null, ProblemAnswer.Of(ProblemCodes.Query, "This is true or false.", "dryRun"));
        }

        JsonElement mapping = default;
        if (options.GetValueOrDefault("mapping") is { Length: > 0 } text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if (JsonText.Check(bytes) is { } broken)
            {
                return (null, ProblemAnswer.Of(ProblemCodes.Query, broken.Text.Replace("The body", "The mapping", StringComparison.Ordinal), "mapping"));
            }

            mapping = JsonElement.Parse(bytes);
        }

        return (new(commandId, name, dryRun, options.GetValueOrDefault("onDuplicate") is { Length: > 0 } what ? what : "merge", mapping), null);
    }

    private static (Stream? File, string? Name, IResult? Wrong) FromBody(HttpRequest request)
    {
        var known = request.ContentType is null
            || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && Csv.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase));
        return known && request.Headers.ContentEncoding.Count == 0
            ? (request.Body, null, null)
            : (null, null, ProblemAnswer.Of("body.type", "Send the file as text/csv, or as the part named file of multipart/form-data; not compressed."));
    }

    private static async Task<(Stream? File, string? Name, IResult? Wrong)> FromForm(HttpRequest request, Dictionary<string, string> options)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value;
        if (boundary is not { Length: > 0 and <= LongestBoundary })
        {
            return (null, null, ProblemAnswer.Of(ProblemCodes.Unreadable, "The multipart body has no usable boundary."));
        }

        try
        {
            var parts = new MultipartReader(boundary, request.Body) { HeadersLengthLimit = 16 * 1024 };
            while (await parts.ReadNextSectionAsync(request.HttpContext.RequestAborted) is { } part)
            {
                if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var says))
                {
                    continue;
                }

                var name = HeaderUtilities.RemoveQuotes(says.Name).Value;
                if (name == "file" || says.IsFileDisposition())
                {
                    return (part.Body, FileName(says), null);
                }

                if (name is not null && Known.Contains(name))
                {
                    options[name] = await Text(part.Body, request.HttpContext.RequestAborted);
                }
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            return (null, null, ProblemAnswer.Of(ProblemCodes.Unreadable, "The multipart body is not complete."));
        }

        return (null, null, ProblemAnswer.Of(ProblemCodes.Unreadable, "The form has no part named file.", "file"));
    }

    private static string? FileName(ContentDispositionHeaderValue says) =>
        (says.FileNameStar.HasValue ? says.FileNameStar : HeaderUtilities.RemoveQuotes(says.FileName)) is { HasValue: true } name ? name.Value : null;

    private static async Task<string> Text(Stream body, CancellationToken cancel)
    {
        var buffer = new byte[LongestField];
        var length = await body.ReadAtLeastAsync(buffer, LongestField, throwOnEndOfStream: false, cancel);
        return length == LongestField ? throw new InvalidDataException("A field of the form is too long.") : Encoding.UTF8.GetString(buffer, 0, length);
    }
}
