using System.Collections.Frozen;
using Crm.Web.Admission;
using Crm.Web.Audit;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Stands before every hub method: limits the calls of a connection, leads them through the gate, and turns what goes wrong into a code and a sentence.</summary>
internal sealed class HubGate(Desk desk, AdmissionGate gate, Refusals refusals, ILogger<HubGate> log) : IHubFilter
{
    private static readonly FrozenSet<string> Murmurs =
        [
        nameof(CrmHub.Present), nameof(CrmHub.Absent), nameof(CrmHub.Draft), nameof(CrmHub.Undraft), nameof(CrmHub.Claim), nameof(CrmHub.Active),
        nameof(CrmHub.Keep), nameof(CrmHub.Unkeep),
    ];

    /// <inheritdoc />
    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        var connection = invocationContext.Context.Items[LiveConnection.Key] as LiveConnection;
        if (connection is not null)
        {
            var murmurs = Murmurs.Contains(invocationContext.HubMethodName);
            if ((murmurs ? connection.Murmur : connection.Throttle).Take() is { } wait)
            {
                await gate.Hold();
                throw Fault.Throttled(wait);
            }

            if (AdmitsAttribute.Of(invocationContext.HubMethod) == Priority.Edit)
            {
                desk.Noticed(connection);
            }
        }

        using var pass = Admit(connection, invocationContext);
        if (pass.Refused is { } refused)
        {
            await gate.Hold();
            throw refused.IsBusy ? Fault.Unavailable(refused.Wait) : Fault.Throttled(refused.Wait);
        }

        return await Answer(connection, invocationContext, next);
    }

    /// <inheritdoc />
    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (fault is not HubException)
        {
            throw Told(fault, "connect");
        }
    }

    private async ValueTask<object?> Answer(LiveConnection? connection, HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            var answer = await next(invocationContext);
            if (connection?.RightsOrNull is { } rights)
            {
                refusals.Heed(rights.Caller, invocationContext.HubMethodName, answer);
            }

            return answer;
        }
        catch (HubException refusal) when (connection?.RightsOrNull is { } rights)
        {
            refusals.Heed(rights.Caller, invocationContext.HubMethodName, refusal);
            throw;
        }
        catch (OperationCanceledException) when (invocationContext.Context.ConnectionAborted.IsCancellationRequested)
        {
            throw Fault.SessionEnded; // To nobody: the client has gone.
        }
        catch (Exception fault) when (fault is not HubException)
        {
            throw Told(fault, invocationContext.HubMethodName);
        }
    }

    // A node's connections all watch again when they come back: that is not counted, but shed when the process falls behind.
    private Pass Admit(LiveConnection? connection, HubInvocationContext call) =>
        connection?.RightsOrNull is { Caller: var caller } && AdmitsAttribute.Of(call.HubMethod) is { } priority
            ? gate.Enter(caller, priority, counted: priority == Priority.Edit) : default;

    private HubException Told(Exception fault, string method)
    {
        if (fault is UnavailableException unavailable)
        {
            return Fault.Unavailable(unavailable.RetryAfter);
        }

        var incident = Guid.NewGuid().ToString("N");
        log.LogError(fault, "{Method} failed: incident {Incident}.", method, incident);
        return Fault.Of("internal", $"Something went wrong here. Name incident {incident} when you report it.");
    }
}
