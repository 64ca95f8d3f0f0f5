using System.Text;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Contacts;

/// <summary>A CSV file that is sent while it is being made.</summary>
internal sealed class CsvAnswer(string fileName, IAsyncEnumerable<string> pieces) : IResult
{
    /// <summary>RFC 7111.</summary>
    public const string MediaType = "text/csv; charset=utf-8";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = MediaType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
        response.Headers.CacheControl = "no-store";
        await foreach (var piece in pieces.WithCancellation(httpContext.RequestAborted))
        {
            Encoding.UTF8.GetBytes(piece, response.BodyWriter);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
