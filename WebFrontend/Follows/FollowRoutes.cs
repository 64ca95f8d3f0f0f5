using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Web.Description;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Follows;

/// <summary>How following begins; all else about it is in the routes of every kind.</summary>
public static class FollowRoutes
{
    private const string Kind = "follows";

    private static ApiOperation Begin => ApiOperation.Of(
            "Follow a record, a saved view or a team.",
            "The target is the reference of something that you may read (contacts/0198f2c0, views/0198f2c1), or teams/ and the name of a team. To follow something again is no fault. Deleting the record of this id ends it.")
        .Takes("Idempotency-Key")
        .Body(new JsonObject { ["type"] = "object" }, new JsonObject { ["target"] = "contacts/0198f2c0" })
        .Answers(200, "You follow it.", new JsonObject { ["type"] = "object" }, new JsonObject { ["id"] = "b7c1a2f0-0000-8000-8000-000000000001", ["target"] = "contacts/0198f2c0" })
        .Problems(400, 403, 413, 415, 422);

    /// <summary>Maps it.</summary>
    public static void MapFollows(this IEndpointRouteBuilder app) =>
        app.MapGroup($"{RecordRoutes.Prefix}/following").WithTags(Kind).MapPost("", Follow).WithName($"{Kind}.begin").Describe(Begin);

    private static async Task<IResult> Follow(HttpContext http, IFollows follows, TimeProvider time)
    {
        var caller = http.Caller();
        if (CommandKey.Read(http.Request, caller, time, out var key) is { } wrong)
        {
            return wrong;
        }

        var (body, unreadable) = await JsonBody.Read(http.Request);
        if (unreadable is not null)
        {
            return unreadable;
        }

        if (!body.TryGetProperty("target", out var named) || named.ValueKind != JsonValueKind.String || named.GetString() is not { } target)
        {
            return ProblemAnswer.Of("request.invalid", "This is what to follow: a reference such as contacts/0198f2c0, or teams/ and the name of a team.", "target");
        }

        var answer = await follows.Follow(caller, key.CommandId, target, http.RequestAborted);
        return answer.Refusal is { } refusal ? ProblemAnswer.Of([refusal]) : JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", answer.Id);
            writer.WriteString("target", target);
            writer.WriteEndObject();
        });
    }
}
