using System.Text.Json;
using Crm.Web.Description;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.SignIn;

/// <summary>Signing in and out, and who one is.</summary>
public static class SignInRoutes
{
    private const int MaxEmail = 320;
    private const int MaxPassword = 1024;
    private const int MaxTenant = 63;
    private const int MaxTotp = 16;
    private const int MaxRefreshToken = 256;

    /// <summary>Maps the routes of sign-in.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        var auth = app.MapGroup($"{RecordRoutes.Prefix}/auth").WithTags("sign-in");
        auth.MapPost("token", Token).AllowAnonymous().RequireRateLimiting(SignInSetup.Policy).WithName("auth.token").Describe(SignInOperations.Token);
        auth.MapPost("refresh", Refresh).AllowAnonymous().RequireRateLimiting(SignInSetup.Policy).WithName("auth.refresh").Describe(SignInOperations.Refresh);
        auth.MapPost("logout", Logout).WithName("auth.logout").Describe(SignInOperations.Logout);
        app.MapGet($"{RecordRoutes.Prefix}/me", Me).WithName("me").WithTags("sign-in").Describe(SignInOperations.Me);
        app.MapPost($"{RecordRoutes.Prefix}/users/{{id}}/password", Password).RequireRateLimiting(SignInSetup.Policy)
            .WithName("users.password").WithTags("users").Describe(SignInOperations.Password);
        app.MapGet("/.well-known/jwks.json", Keys).AllowAnonymous().WithName("jwks").WithTags("sign-in").Describe(SignInOperations.Keys);
    }

    private static async Task<IResult> Token(HttpContext http, [FromServices] IAccounts accounts)
    {
        var (body, unreadable) = await SignInBody.Read(http.Request, "email", "password", "tenant", "totp");
        if (body is null)
        {
            return unreadable!;
        }

        var (email, password) = (body.Text("email", MaxEmail), body.Text("password", MaxPassword));
        var (tenant, totp) = (body.Optional("tenant", MaxTenant), body.Optional("totp", MaxTotp));
        return body.Wrong is { } wrong
            ? wrong
            : Answer(http, await accounts.SignIn(email, password, tenant, totp, RemoteAddress.Of(http), http.Request.Headers.UserAgent.ToString(), http.RequestAborted), "signin.failed");
    }

    private static async Task<IResult> Refresh(HttpContext http, [FromServices] IAccounts accounts)
    {
        var (body, unreadable) = await SignInBody.Read(http.Request, "refreshToken");
        if (body is null)
        {
            return unreadable!;
        }

        var token = body.Text("refreshToken", MaxRefreshToken);

        // Once the token is used up the answer must be made: a client that has gone away could not try again.
        return body.Wrong is { } wrong ? wrong : Answer(http, await accounts.Refresh(token, CancellationToken.None), "refresh.invalid");
    }

    private static async Task<IResult> Logout(HttpContext http, [FromServices] IAccounts accounts)
    {
        await accounts.SignOut(http.CallerSession(), CancellationToken.None);
        return Results.NoContent();
    }

    private static async Task<IResult> Me(HttpContext http, [FromServices] IAccounts accounts) => await accounts.Me(http.CallerSession(), http.RequestAborted) is { } me
        ? JsonAnswer.Ok(writer => JsonSerializer.Serialize(writer, me, JsonSerializerOptions.Web))
        : Unauthenticated(http, "access.unauthenticated");

    private static async Task<IResult> Password(HttpContext http, [FromServices] IAccounts accounts, string id)
    {
        var (body, unreadable) = await SignInBody.Read(http.Request, "password", "oldPassword");
        if (body is null)
        {
            return unreadable!;
        }

        var isOwn = id == http.Caller().User;
        var password = body.Text("password", MaxPassword);
        var old = isOwn ? body.Text("oldPassword", MaxPassword) : body.Optional("oldPassword", MaxPassword);
        if (body.Wrong is { } wrong)
        {
            return wrong;
        }

        var answer = isOwn
            ? await accounts.ChangePassword(http.CallerSession(), old!, password, RemoteAddress.Of(http), http.RequestAborted)
            : new(await accounts.ResetPassword(http.Caller(), id, password, http.RequestAborted));
        return answer switch
        {
            { RetryAfter: { } wait } => ProblemAnswer.Of("account.locked", retryAfter: wait),
            { Refusal: { } refusal } => ProblemAnswer.Of([refusal]),
            _ => Results.NoContent(),
        };
    }

    private static async Task<IResult> Keys(HttpContext http, [FromServices] IAccounts accounts)
    {
        var keys = await accounts.PublicKeys(http.RequestAborted);
        http.Response.Headers.CacheControl = "public, max-age=300";
        return Results.Content(keys, JsonAnswer.MediaType);
    }

    private static IResult Answer(HttpContext http, SignInAnswer answer, string failed) => answer switch
    {
        { Tokens: { } tokens } => JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("accessToken", tokens.AccessToken);
            writer.WriteString("tokenType", BearerAuthentication.Name);
            writer.WriteNumber("expiresIn", tokens.ExpiresIn);
            writer.WriteString("refreshToken", tokens.RefreshToken);
            writer.WriteEndObject();
        }),
        { RetryAfter: { } wait } => ProblemAnswer.Of(answer.Locked ? "account.locked" : "rate.exceeded", retryAfter: wait),
        _ => Unauthenticated(http, failed),
    };

    private static ProblemAnswer Unauthenticated(HttpContext http, string code)
    {
        http.Response.Headers.WWWAuthenticate = BearerAuthentication.Name;
        return ProblemAnswer.Of(code);
    }
}
