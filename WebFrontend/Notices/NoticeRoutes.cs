using System.Text.Json;
using Crm.Web.Description;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Notices;

/// <summary>What notices have besides the routes of every kind: what they say, marking all of them, and how one wants to be told.</summary>
public static class NoticeRoutes
{
    private const string Kind = "notices";

    /// <summary>Maps them.</summary>
    public static void MapNotices(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{RecordRoutes.Prefix}/{Kind}").WithTags(Kind);
        group.MapGet("events", Events).WithName($"{Kind}.events").Describe(NoticeOperations.Events);
        group.MapGet("texts", Texts).WithName($"{Kind}.texts").Describe(NoticeOperations.Texts);
        group.MapPost("readAll", ReadAll).WithName($"{Kind}.readAll").Describe(NoticeOperations.ReadAll);
        group.MapGet("preferences", Preferences).WithName($"{Kind}.preferences").Describe(NoticeOperations.Preferences);
        group.MapPatch("preferences", Prefer).WithName($"{Kind}.prefer").Describe(NoticeOperations.Prefer);
        group.MapPost("preview", Preview).WithName($"{Kind}.preview").Describe(NoticeOperations.Preview);
    }

    private static IResult Events(INotices notices) => Items(notices.Events);

    private static async Task<IResult> Texts(HttpContext http, INotices notices)
    {
        if (QueryText.Known(http.Request, "ids", "language") is { } wrong)
        {
            return wrong;
        }

        var language = QueryText.Text(http.Request, "language");
        if (language is not (null or "en" or "de"))
        {
            return ProblemAnswer.Of(ProblemCodes.Query, "This is en or de.", "language");
        }

        var ids = (QueryText.Text(http.Request, "ids") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        return ids.Length is 0 or > INotices.Most || !ids.All(Address.IsId)
            ? ProblemAnswer.Of(ProblemCodes.Query, $"These are the ids of 1 to {INotices.Most} notices with commas between them.", "ids")
            : Items(await notices.Texts(http.Caller(), ids, language, http.RequestAborted));
    }

    private static async Task<IResult> ReadAll(HttpContext http, INotices notices, TimeProvider time)
    {
        var (body, unreadable) = await JsonBody.Read(http.Request, optional: true);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var (until, sort) = (time.GetUtcNow(), (string?)null);
        foreach (var field in body.ValueKind == JsonValueKind.Undefined ? [] : body.EnumerateObject().ToList())
        {
            switch (field.Name)
            {
                case "until" when field.Value.ValueKind == JsonValueKind.String && field.Value.TryGetDateTimeOffset(out var given):
                    until = given;
                    break;
                case "event" when field.Value.ValueKind == JsonValueKind.String:
                    sort = field.Value.GetString();
                    break;
                default:
                    return ProblemAnswer.Of("request.invalid", "Give until, a time such as 2026-09-01T12:00:00Z, or event, the name of one, or nothing.", field.Name);
            }
        }

        var read = await notices.ReadAll(http.Caller(), until, sort, http.RequestAborted);
        return Whole(new { read, more = read == INotices.Most });
    }

    private static async Task<IResult> Preferences(HttpContext http, INotices notices) =>
        QueryText.Known(http.Request, "role") is { } wrong ? wrong : Whole(await notices.Preferences(http.Caller(), QueryText.Text(http.Request, "role"), http.RequestAborted));

    private static async Task<IResult> Prefer(HttpContext http, INotices notices, TimeProvider time)
    {
        var caller = http.Caller();
        if ((CommandKey.Read(http.Request, caller, time, out var key) ?? QueryText.Known(http.Request, "role")) is { } wrong)
        {
            return wrong;
        }

        var (set, unreadable) = await JsonBody.Read(http.Request, patch: true);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var role = QueryText.Text(http.Request, "role");
        var outcome = await notices.Prefer(caller, key.CommandId, role, set);
        return ProblemAnswer.Of(outcome) is { } refused ? refused : Whole(await notices.Preferences(caller, role, http.RequestAborted));
    }

    private static async Task<IResult> Preview(HttpContext http, INotices notices)
    {
        var (set, unreadable) = await JsonBody.Read(http.Request);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var (preview, refusal) = await notices.Preview(http.Caller(), set, http.RequestAborted);
        return refusal is not null ? ProblemAnswer.Of([refusal]) : Whole(preview);
    }

    private static IResult Items<T>(IReadOnlyList<T> items) => Whole(new { items });

    private static IResult Whole<T>(T value) => JsonAnswer.Ok(writer => JsonSerializer.Serialize(writer, value, JsonSerializerOptions.Web));
}
