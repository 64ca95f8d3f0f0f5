using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Web.Description;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.DeadLetters;

/// <summary>The dead letters of a tenant: see them, have them tried again, give them up.</summary>
public static class DeadLetterRoutes
{
    private const string Tag = "deadLetters";

    private static ApiOperation List => ApiOperation.Of(
            "List what had to be done because of a change and failed five times.",
            $"Oldest first. Personal values read \"{IDeadLetters.Hidden}\". Mend what the reason names, then replay it or discard it.")
        .Takes("limit")
        .Query("after", "The number of the last one of the page before.", new JsonObject { ["type"] = "integer", ["minimum"] = 0 })
        .Answers(200, "A page; next is the number to go on after, or null.", new JsonObject { ["type"] = "object" }, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["number"] = 17, ["ref"] = "contacts/0198f2c0", ["version"] = 4, ["reaction"] = "webhook/0198f2c1", ["since"] = "2026-01-05T10:00:00Z",
                ["reason"] = "The receiver answered 500.", ["change"] = null,
            }),
            ["next"] = null,
        })
        .Problems(400, 403);

    private static ApiOperation Replay => ApiOperation.Of("Have a dead letter tried again from now on, as often as something new.")
        .Takes("id").Answers(204, "It will be tried.").Problems(403, 404);

    private static ApiOperation Discard => ApiOperation.Of("Give a dead letter up for good.", "The change itself stays as it is.")
        .Takes("id").Answers(204, "It is gone.").Problems(403, 404);

    /// <summary>Maps them.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{RecordRoutes.Prefix}/{Tag}").WithTags(Tag);
        group.MapGet("", Read).WithName($"{Tag}.list").Describe(List);
        group.MapPost("{id}/replay", (HttpContext http, IDeadLetters letters, string id) => Change(http, "replay", letters.Replay, id)).WithName($"{Tag}.replay").Describe(Replay);
        group.MapDelete("{id}", (HttpContext http, IDeadLetters letters, string id) => Change(http, "discard", letters.Discard, id)).WithName($"{Tag}.discard").Describe(Discard);
    }

    private static async Task<IResult> Read(HttpContext http, IDeadLetters letters)
    {
        var caller = http.Caller();
        if (!caller.Can($"{Tag}.read"))
        {
            return ProblemAnswer.Of("access.denied");
        }

        if (QueryText.Numbered(http.Request, "after", "This is the number of the last dead letter of the page before.", out var after, out var limit) is { } wrong)
        {
            return wrong;
        }

        return JsonAnswer.Page(await letters.Read(caller.Tenant, after, limit + 1, http.RequestAborted), limit, static letter => letter.Number, Write);
    }

    private static void Write(Utf8JsonWriter writer, DeadLetter letter)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", letter.Number);
        writer.WriteString("ref", letter.At.Ref);
        writer.WriteNumber("version", letter.Version);
        writer.WriteString("reaction", letter.Reaction);
        writer.WriteString("since", letter.Since);
        writer.WriteString("reason", letter.Reason);
        writer.WritePropertyName("change");
        if (letter.Change is { } change)
        {
            RecordJson.WriteChange(writer, change, "changes");
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WriteEndObject();
    }

    private static async Task<IResult> Change(HttpContext http, string verb, Func<string, long, CancellationToken, Task<bool>> change, string id)
    {
        var caller = http.Caller();
        return !caller.Can($"{Tag}.{verb}") ? ProblemAnswer.Of("access.denied")
            : long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await change(caller.Tenant, number, http.RequestAborted) ? Results.NoContent() : ProblemAnswer.Of(ProblemCodes.Missing);
    }
}
