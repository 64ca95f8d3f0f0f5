using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>Writes JSON straight into the response.</summary>
public static class JsonAnswer
{
    /// <summary>The media type of all that is not a problem.</summary>
    public const string MediaType = "application/json";

    // Escaping is for JSON inside HTML; ours is never sniffed as HTML, so letters stay letters.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Sends the document that <paramref name="write"/> makes.</summary>
    public static async Task Write(HttpContext http, int status, string mediaType, Action<Utf8JsonWriter> write)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = mediaType;
        await using var writer = new Utf8JsonWriter(http.Response.BodyWriter, Options);
        write(writer);
        await writer.FlushAsync(http.RequestAborted);
    }

    /// <summary>A 200 with the document that <paramref name="write"/> makes.</summary>
    public static IResult Ok(Action<Utf8JsonWriter> write) => new Written(StatusCodes.Status200OK, write);

    /// <summary>A page of things that are numbered, with the number to go on from as <c>next</c>.</summary>
    /// <param name="found">One more than <paramref name="limit"/> tells that there is a next page.</param>
    public static IResult Page<T>(IReadOnlyList<T> found, int limit, Func<T, long> number, Action<Utf8JsonWriter, T> write) => Ok(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var item in found.Take(limit))
        {
            write(writer, item);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("next");
        JsonSerializer.Serialize(writer, found.Count > limit ? number(found[limit - 1]) : (long?)null);
        writer.WriteEndObject();
    });

    /// <summary>The same with another status.</summary>
    public static IResult Of(int status, Action<Utf8JsonWriter> write) => new Written(status, write);

    private sealed class Written(int status, Action<Utf8JsonWriter> write) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext, status, MediaType, write);
    }
}
