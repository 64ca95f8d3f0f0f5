using Microsoft.AspNetCore.Http;

namespace Crm.Web.SignIn;

/// <summary>Carries the caller of a request from the authentication to the routes.</summary>
public static class HttpCallers
{
    /// <summary>Who is asking. Only on routes that require a caller.</summary>
    /// <exception cref="InvalidOperationException">The route admits anonymous requests, and this is one.</exception>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("This request has no caller; its route must require one.");

    /// <summary>Says who is asking, once the session is verified.</summary>
    public static void SetCaller(this HttpContext context, Caller caller) => context.Features.Set(caller);

    /// <summary>The session that the request was made in: what a connection asks <see cref="ICallers"/> with as long as it is open.</summary>
    /// <exception cref="InvalidOperationException">As in <see cref="Caller"/>.</exception>
    public static SessionKey CallerSession(this HttpContext context) =>
        context.Features.Get<SessionKey>() ?? throw new InvalidOperationException("This request has no session; its route must require one.");

    /// <summary>Says which session it is.</summary>
    public static void SetCallerSession(this HttpContext context, SessionKey session) => context.Features.Set(session);
}
