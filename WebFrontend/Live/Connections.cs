using System.Collections.Concurrent;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Every connection to the hub on this front end. Beside SignalR's own ways to send, it gives each one a bounded queue of raw bytes.</summary>
internal sealed class Connections(
    Relay relay, ICallers callers, Flusher flusher, LiveOptions options, TimeProvider time, ILogger<Connections> log,
    ILogger<DefaultHubLifetimeManager<CrmHub>> baseLog)
    : DefaultHubLifetimeManager<CrmHub>(baseLog)
{
    private readonly ConcurrentDictionary<string, LiveConnection> _open = new();
    private readonly ConcurrentDictionary<(string Tenant, string User), int> _users = new();

    /// <summary>Those whose session is known.</summary>
    public IEnumerable<LiveConnection> Open => _open.Values.Where(connection => connection.Session is not null);

    /// <inheritdoc />
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        _open[connection.ConnectionId] = ConnectionOf(connection);
        return base.OnConnectedAsync(connection);
    }

    /// <inheritdoc />
    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        if (_open.TryRemove(connection.ConnectionId, out var live))
        {
            live.Close();
            if (live.Session is { } session)
            {
                relay.Leave(session.Tenant);
                Count((session.Tenant, session.User), -1);
            }
        }

        return base.OnDisconnectedAsync(connection);
    }

    /// <summary>Ties a connection to the session that it was opened with.</summary>
    /// <exception cref="HubException">The session has ended, or its user has too many connections.</exception>
    public async Task Enter(LiveConnection connection, SessionKey session, DateTimeOffset? expires)
    {
        var caller = await callers.Find(session) ?? throw Fault.SessionEnded;
        var user = (session.Tenant, session.User);
        if (Count(user, 1) > options.ConnectionsPerUser)
        {
            Count(user, -1);
            throw Fault.Of("connections.limit", $"One user may have {options.ConnectionsPerUser} connections. Close some first.");
        }

        relay.Enter(session.Tenant);
        connection.Open(session, caller, expires);

        // Rights that changed while it was not yet known here were told to nobody.
        connection.Confirm(await callers.Find(session) ?? throw Fault.SessionEnded);
    }

    private int Count((string Tenant, string User) user, int by)
    {
        var count = _users.AddOrUpdate(user, by, (_, count) => count + by);
        if (count <= 0)
        {
            _users.TryRemove(new(user, 0));
        }

        return count;
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
