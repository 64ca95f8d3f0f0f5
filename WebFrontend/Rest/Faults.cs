using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Rest;

/// <summary>Turns what went wrong into a problem: exceptions, and statuses that the framework gave without a body.</summary>
internal sealed class Faults(RequestDelegate next, ILogger<Faults> log)
{
    private const int ClientGone = 499;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null } response)
            {
                await ProblemAnswer.OfStatus(response.StatusCode).ExecuteAsync(http);
            }
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = http.Response.HasStarted ? http.Response.StatusCode : ClientGone; // Nobody listens; it is for the log of requests.
        }
        catch (Exception fault)
        {
            await Answer(http, fault);
        }
    }

    private async Task Answer(HttpContext http, Exception fault)
    {
        var answer = fault switch
        {
            UnavailableException passing => ProblemAnswer.Of("server.unavailable", retryAfter: passing.RetryAfter),
            BadHttpRequestException bad => ProblemAnswer.OfStatus(bad.StatusCode),
            _ => ProblemAnswer.OfStatus(StatusCodes.Status500InternalServerError),
        };
        if (fault is UnavailableException)
        {
            log.LogWarning("{Method} {Path} is put off: {Reason}", http.Request.Method, http.Request.Path, fault.Message);
        }
        else if (answer.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            log.LogError(fault, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        }

        if (http.Response.HasStarted)
        {
            http.Abort(); // Half an answer must not look like a whole one.
            return;
        }

        http.Response.Headers.Remove("ETag");
        http.Response.Headers.Remove("Location");
        await answer.ExecuteAsync(http);
    }
}
