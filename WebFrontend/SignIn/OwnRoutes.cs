using System.Text.Json;
using Crm.Web.Description;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.SignIn;

/// <summary>What a user sees and ends of his own sign-ins, and the tokens that he makes for programs.</summary>
/// <remarks>A token gets to none of it: one that is held to little could else make one that is held to nothing.</remarks>
public static class OwnRoutes
{
    private const int MaxName = 100;
    private const int MaxPermission = 80;
    private const int MaxScope = 100;

    /// <summary>Maps them.</summary>
    public static void MapOwn(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup($"{RecordRoutes.Prefix}/sessions").WithTags("sign-in").AddEndpointFilter(NoTokens);
        sessions.MapGet("", Sessions).WithName("sessions.list").Describe(SignInOperations.Sessions);
        sessions.MapPost("endOthers", EndOthers).WithName("sessions.endOthers").Describe(SignInOperations.EndOthers);
        sessions.MapDelete("{id}", End).WithName("sessions.end").Describe(SignInOperations.EndSession);
        var tokens = app.MapGroup($"{RecordRoutes.Prefix}/tokens").WithTags("sign-in").AddEndpointFilter(NoTokens);
        tokens.MapGet("", Tokens).WithName("tokens.list").Describe(SignInOperations.Tokens);
        tokens.MapPost("", Make).RequireRateLimiting(SignInSetup.Policy).WithName("tokens.create").Describe(SignInOperations.MakeToken);
        tokens.MapDelete("{id}", End).WithName("tokens.revoke").Describe(SignInOperations.RevokeToken);
    }

    private static async ValueTask<object?> NoTokens(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.CallerSession().IsToken ? ProblemAnswer.Of("access.denied", "A token may not do this. Sign in with the password.") : await next(context);

    private static async Task<IResult> Sessions(HttpContext http, [FromServices] IOwnSessions own) =>
        Items(await own.Sessions(http.CallerSession(), http.RequestAborted));

    private static async Task<IResult> Tokens(HttpContext http, [FromServices] IOwnSessions own) =>
        Items(await own.Tokens(http.CallerSession(), http.RequestAborted));

    private static async Task<IResult> End(HttpContext http, [FromServices] IOwnSessions own, string id) =>
        await own.End(http.CallerSession(), id, CancellationToken.None) ? Results.NoContent() : ProblemAnswer.Of(ProblemCodes.Missing);

    private static async Task<IResult> EndOthers(HttpContext http, [FromServices] IOwnSessions own)
    {
        var ended = await own.EndOthers(http.CallerSession(), CancellationToken.None);
        return JsonAnswer.Ok(writer => JsonSerializer.Serialize(writer, new { ended }));
    }

    private static async Task<IResult> Make(HttpContext http, [FromServices] IOwnSessions own)
    {
        var (body, unreadable) = await SignInBody.Read(http.Request, "name", "scope", "days");
        if (body is null)
        {
            return unreadable!;
        }

        var (name, scope, days) = (body.Text("name", MaxName).Trim(), body.Texts("scope", MaxPermission, MaxScope), body.Whole("days", 1, IOwnSessions.MostDays));
        if (body.Wrong is { } wrong)
        {
            return wrong;
        }

        return await own.Make(http.CallerSession(), name, scope, TimeSpan.FromDays(days), CancellationToken.None) is var (token, text)
            ? JsonAnswer.Of(StatusCodes.Status201Created, writer => JsonSerializer.Serialize(writer, new Made(
                token.Id, token.Name, token.Scope, token.CreatedAt, token.ExpiresAt, text), JsonSerializerOptions.Web))
            : ProblemAnswer.Of("tokens.limit", $"You have {IOwnSessions.MostTokens} tokens. Revoke one that is not used any more.", "name");
    }

    private static IResult Items<T>(IReadOnlyList<T> items) => JsonAnswer.Ok(writer => JsonSerializer.Serialize(writer, new { items }, JsonSerializerOptions.Web));

    private sealed record Made(string Id, string Name, IReadOnlyList<string> Scope, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string Token);
}
