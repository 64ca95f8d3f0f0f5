using System.Net.Http.Headers;
using System.Text;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Operators;

/// <summary>Lets named administrators see the dashboard. A browser asks for e-mail address and password once; then a cookie holds the session.</summary>
/// <remarks>
/// The password goes the way of every sign-in, so wrong ones lock the account and the address; the session ends like any other, at once.
/// The cookie is sent to the dashboard's path alone and never from another site.
/// </remarks>
internal sealed class OperatorSignIn(IAccounts accounts, ICallers callers, OperatorsOptions options)
{
    private const string Cookie = "crm-operator";
    private const string Ask = "Basic realm=\"Crm operators\", charset=\"UTF-8\"";
    private const string Page = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

    /// <summary>Null for an operator; else the answer to the request.</summary>
    public async Task<IResult?> Refusal(HttpContext http)
    {
        if (options.People.Count == 0)
        {
            return Results.Text("Nobody is named as an operator: set CRM_OPERATORS to e-mail addresses of administrators.", statusCode: StatusCodes.Status403Forbidden);
        }

        if (await Session(http) is { } token && await IsOperator(token, http.RequestAborted))
        {
            http.Response.Headers.ContentSecurityPolicy = Page;
            return null;
        }

        http.Response.Headers.WWWAuthenticate = Ask;
        return Results.Text("Sign in with the e-mail address and the password of an operator.", statusCode: StatusCodes.Status401Unauthorized);
    }

    // An access token, wherever it comes from: the header, the cookie, or a sign-in that is made now.
    private async Task<string?> Session(HttpContext http)
    {
        if (!AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header))
        {
            return http.Request.Cookies[Cookie];
        }

        if (header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return header.Parameter;
        }

        // A browser repeats the password with every request; the cookie saves the slow check.
        if (http.Request.Cookies[Cookie] is { } kept && await IsOperator(kept, http.RequestAborted))
        {
            return kept;
        }

        if (!header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || Pair(header.Parameter) is not [var email, var password])
        {
            return null;
        }

        var answer = await accounts.SignIn(email, password, null, null, RemoteAddress.Of(http), null, http.RequestAborted);
        if (answer.Tokens is { } tokens)
        {
            http.Response.Cookies.Append(Cookie, tokens.AccessToken, new()
            {
                Path = OperatorsSetup.DashboardPath, HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps,
            });
        }

        return answer.Tokens?.AccessToken;
    }

    private async Task<bool> IsOperator(string token, CancellationToken cancel) =>
        await accounts.Verify(token, cancel) is { Session: var session }
        && await callers.Find(session, cancel) is { } caller && caller.Can(Caller.Everything)
        && await accounts.Me(session, cancel) is { } me && options.People.Contains(me.Email.ToLowerInvariant());

    private static string[]? Pair(string? parameter)
    {
        var bytes = new byte[parameter?.Length ?? 0];
        return Convert.TryFromBase64String(parameter ?? "", bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) : null;
    }
}
