using System.Text.Json.Nodes;
using Crm.Web.Description;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Feeds;

/// <summary>Feeds and timelines, read page by page.</summary>
public static class ActivityRoutes
{
    private const string Tag = "activity";

    private static ApiOperation List => ApiOperation.Of(
            "Read a feed or a timeline, newest first.",
            "Shows what the caller may see now, whatever he could see when it happened. A page may be short and still have a next one. The same over the hub, live: WatchActivity.")
        .Query("scope", "own (what the caller follows), team (what the people of his team do) or record (one record and all that refers to it); own unless given.", Text(["own", "team", "record"]))
        .Query("about", "The record of a timeline: its reference.", Text())
        .Query("kinds", "Only records of these kinds, with commas between them.", Text())
        .Query("by", "Only what this user did.", Text())
        .Query("field", "Only changes of this field.", Text())
        .Query("least", "Nothing that matters less.", Text([.. ActivityJson.Importances]))
        .Query("since", "From this instant on.", Text())
        .Query("until", "Before this instant.", Text())
        .Takes("limit", "cursor")
        .Answers(200, "A page.", new JsonObject { ["type"] = "object" }, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["title"] = "Ada Lovelace", ["importance"] = "important",
                ["change"] = new JsonObject
                {
                    ["ref"] = "contacts/0198f2c0", ["version"] = 4, ["at"] = "2026-01-05T10:00:00Z", ["by"] = "ana", ["type"] = "contacts.edit",
                    ["fields"] = new JsonObject { ["status"] = new JsonObject { ["from"] = "lead", ["to"] = "customer" } },
                },
            }),
            ["next"] = null,
        })
        .Problems(400, 404);

    /// <summary>Maps them.</summary>
    public static void MapActivity(this IEndpointRouteBuilder app) =>
        app.MapGroup($"{RecordRoutes.Prefix}/{Tag}").WithTags(Tag).MapGet("", Read).WithName($"{Tag}.list").Describe(List);

    private static async Task<IResult> Read(HttpContext http, IActivity activity)
    {
        if (QueryText.Page(http.Request, ActivityText.Names, out var limit) is { } wrong)
        {
            return wrong;
        }

        var (query, unreadable) = ActivityText.Read(name => QueryText.Text(http.Request, name), limit, QueryText.Text(http.Request, "cursor"));
        if (query is null)
        {
            return ProblemAnswer.Of([unreadable!]);
        }

        var answer = await activity.Read(http.Caller(), query, http.RequestAborted);
        return answer.Refusal is { } refusal ? ProblemAnswer.Of([refusal]) : JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            ActivityJson.WritePage(writer, answer.Page!);
            writer.WriteEndObject();
        });
    }

    private static JsonObject Text(string[]? options = null) => options is null
        ? new() { ["type"] = "string" }
        : new() { ["type"] = "string", ["enum"] = new JsonArray([.. options.Select(option => (JsonNode)option)]) };
}
