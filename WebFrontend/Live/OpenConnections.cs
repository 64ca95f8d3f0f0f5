using System.Collections.Concurrent;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Live;

/// <summary>The connections that are open on this front end, and whose they are.</summary>
internal sealed class OpenConnections(Relay relay, ICallers callers, LiveOptions options)
{
    private readonly ConcurrentDictionary<string, LiveConnection> _open = new();
    private readonly ConcurrentDictionary<(string Tenant, string User), int> _users = new();

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
            if (connection.Session is { } session)
            {
                relay.Leave(session.Tenant);
                Count((session.Tenant, session.User), -1);
            }
        }
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
}
