using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>SignalR's connections to the hub. Beside SignalR's own ways to send, it gives each one a bounded queue of raw bytes.</summary>
internal sealed class Connections(
    OpenConnections open, Flusher flusher, LiveOptions options, TimeProvider time, ILogger<Connections> log,
    ILogger<DefaultHubLifetimeManager<CrmHub>> baseLog)
    : DefaultHubLifetimeManager<CrmHub>(baseLog)
{
    /// <inheritdoc />
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        open.Add(ConnectionOf(connection));
        return base.OnConnectedAsync(connection);
    }

    /// <inheritdoc />
    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        open.Remove(connection.ConnectionId);
        return base.OnDisconnectedAsync(connection);
    }

    private LiveConnection ConnectionOf(HubConnectionContext context)
    {
        var live = new LiveConnection(
            context.ConnectionId, options, time, flusher,
            bytes => context.WriteAsync(new SerializedHubMessage([new SerializedMessage(context.Protocol.Name, bytes)]), CancellationToken.None),
            atOnce => Abort(context, atOnce),
            fault =>
            {
                log.LogError(fault, "What waits for connection {Connection} cannot be written; it is cut off.", context.ConnectionId);
                Abort(context, atOnce: true);
            });
        context.Items[LiveConnection.Key] = live;
        return live;
    }

    // The hub's own abort lets the transport send what it holds; a socket that takes nothing must be torn down below it.
    private static void Abort(HubConnectionContext context, bool atOnce)
    {
        context.Abort();
        if (atOnce)
        {
            context.GetHttpContext()?.Abort();
        }
    }
}
