using System.Net;
using Crm.Web.Description;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Rest;

/// <summary>Makes every problem's <c>type</c> a page that says what it means.</summary>
public static class ProblemRoutes
{
    private const int MaxCodeLength = 64;

    /// <summary>Maps <c>/problems/{code}</c>.</summary>
    public static void MapProblems(this IEndpointRouteBuilder app) => app.MapGet("/problems/{code}", Show)
        .AllowAnonymous().WithName("problems.read").WithTags("problems")
        .Describe(ApiOperation.Open("Read what a problem's code means.", "The type of every problem leads here. People get a page, programs JSON.")
            .Takes("code")
            .Answers(StatusCodes.Status200OK, "What it means.", ApiOperation.Schema("ProblemType"))
            .Problems(StatusCodes.Status404NotFound));

    private static IResult Show(HttpContext http, string code)
    {
        if (!IsCode(code))
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        var type = ProblemCodes.Find(code);
        return http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Results.Content(Html(type), "text/html; charset=utf-8")
            : JsonAnswer.Ok(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("type", $"/problems/{type.Code}");
                writer.WriteString("title", type.Title);
                writer.WriteNumber("status", type.Status);
                writer.WriteString("detail", type.Help);
                writer.WriteString("code", type.Code);
                writer.WriteEndObject();
            });
    }

    private static bool IsCode(string code) =>
        code.Length <= MaxCodeLength && code.Contains('.', StringComparison.Ordinal) && code.All(c => char.IsAsciiLetter(c) || c is '.' or '-');

    private static string Html(ProblemType type) => $"""
        <!doctype html><html lang="en"><meta charset="utf-8"><title>{WebUtility.HtmlEncode(type.Title)}</title>
        <h1>{WebUtility.HtmlEncode(type.Title)}</h1><p>{WebUtility.HtmlEncode(type.Help)}</p>
        <p><code>{WebUtility.HtmlEncode(type.Code)}</code>, status {type.Status}</p></html>
        """;
}
