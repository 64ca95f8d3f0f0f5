using Crm.Web.Live;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Audit;

/// <summary>Has every refusal noted, on whichever way it was asked.</summary>
internal sealed class Refusals(ISecurityEvents events)
{
    private static readonly string[] Codes = ["access.denied", "user.self", "user.outranks", "role.beyond"];

    /// <summary>A request, once it was answered.</summary>
    public async Task Heed(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Response.StatusCode == StatusCodes.Status403Forbidden && http.Features.Get<Caller>() is { } caller)
        {
            var route = (http.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText ?? "";
            Note(caller, $"{http.Request.Method} {route.TrimEnd('/')}", RemoteAddress.Of(http));
        }
    }

    /// <summary>A call of the hub, once it was answered.</summary>
    public void Heed(Caller caller, string method, object? answer)
    {
        if (answer is CommandAnswer { Outcome: { Status: Status.Rejected } refused } && refused.Errors.Any(error => Codes.Contains(error.Code)))
        {
            Note(caller, method, null);
        }
    }

    /// <summary>A call of the hub that failed.</summary>
    public void Heed(Caller caller, string method, HubException fault)
    {
        if (Codes.Any(code => fault.Message.StartsWith($"{code}:", StringComparison.Ordinal)))
        {
            Note(caller, method, null);
        }
    }

    private void Note(Caller caller, string what, string? remote) =>
        events.Note(caller.Tenant, new(SecurityTypes.Refused, caller.User, remote, new Dictionary<string, string> { ["what"] = what }));
}
