using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Crm.Web.SignIn;

/// <summary>Takes the access token from the header, or on the hub from the query, and finds out what its session may do now.</summary>
/// <remarks>A browser cannot set headers on a WebSocket or an event stream, so the hub alone takes the query: elsewhere it would end up in links and logs.</remarks>
internal sealed class BearerAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, IAccounts accounts, ICallers callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    /// <summary>The scheme, here and in the header.</summary>
    public const string Name = "Bearer";

    private const string InQuery = "access_token";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Token() is not { } token)
        {
            return AuthenticateResult.NoResult();
        }

        if (await accounts.Verify(token, Context.RequestAborted) is not { Session: var session, Expires: var expires })
        {
            return AuthenticateResult.Fail("The token is not valid.");
        }

        if (await callers.Find(session, Context.RequestAborted) is not { } caller)
        {
            return AuthenticateResult.Fail("The session has ended.");
        }

        Context.SetCaller(caller);
        Context.SetCallerSession(session);
        return AuthenticateResult.Success(new(Principal(session, expires), new() { ExpiresUtc = expires }, Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Request.Headers.ContainsKey("Authorization") ? """Bearer error="invalid_token" """.TrimEnd() : Name;
        return ProblemAnswer.Of("access.unauthenticated").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => ProblemAnswer.Of("access.denied").ExecuteAsync(Context);

    // The name identifier ties the requests of one hub connection to each other: SignalR refuses another one's.
    private static ClaimsPrincipal Principal(SessionKey session, DateTimeOffset expires) => new(new ClaimsIdentity(
        [
            new("sub", session.User),
            new("tenant", session.Tenant),
            new("sid", session.Session),
            new("exp", expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            new(ClaimTypes.NameIdentifier, $"{session.Tenant}/{session.User}"),
        ], Name, "sub", null));

    private string? Token()
    {
        const string prefix = $"{Name} ";
        var header = Request.Headers.Authorization.ToString();
        return header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? header[prefix.Length..].Trim()
            : header.Length == 0 && Origins.IsHub(Context) && Request.Query[InQuery].ToString() is { Length: > 0 } token ? token
            : null;
    }
}
