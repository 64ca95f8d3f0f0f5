using System.Collections.Concurrent;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Live;

/// <summary>The connections that are open on this front end, and whose they are.</summary>
internal sealed class OpenConnections(Relay relay, Desk desk, ICallers callers, UserConnections users)
{
    private readonly ConcurrentDictionary<string, LiveConnection> _open = new();

    /// <summary>Those whose session is known.</summary>
    public IEnumerable<LiveConnection> Known => _open.Values.Where(connection => connection.Session is not null);

    /// <summary>A socket has opened; nobody is behind it yet.</summary>
    public void Add(LiveConnection connection) => _open[connection.Id] = connection;

    /// <summary>Its socket has gone.</summary>
    public void Remove(string id)
    {
        if (_open.TryRemove(id, out var connection))
        {
            connection.Close();
            desk.Leave(connection);
            if (connection.Session is { } session)
            {
                relay.Leave(session.Tenant);
                users.Leave(session);
            }
        }
    }

    /// <summary>Ties a connection to the session that it was opened with.</summary>
    /// <exception cref="HubException">The session has ended, or its user has too many connections.</exception>
    public async Task Enter(LiveConnection connection, SessionKey session, DateTimeOffset? expires)
    {
        var caller = await callers.Find(session) ?? throw Fault.SessionEnded;
        await users.Enter(session);
        relay.Enter(session.Tenant);
        connection.Open(session, caller, expires);

        // Rights that changed while it was not yet known here were told to nobody.
        connection.Confirm(await callers.Find(session) ?? throw Fault.SessionEnded);
        await desk.Enter(connection);
    }
}
