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

    /// <summary>The same with another status.</summary>
    public static IResult Of(int status, Action<Utf8JsonWriter> write) => new Written(status, write);

    private sealed class Written(int status, Action<Utf8JsonWriter> write) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext, status, MediaType, write);
    }
}
