using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>How many connections each user has here. His place in the cluster is told, and told again as long as one is open.</summary>
/// <remarks>A place that cannot be reached keeps nobody out: then this front end's own count has to do.</remarks>
internal sealed class UserConnections(IUserPlaces places, FrontName front, LiveOptions options, TimeProvider time, ILogger<UserConnections> log)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string User), Dictionary<string, int>> _users = [];
    private long _number;
    private volatile bool _away;

    /// <summary>Counts a connection that opens.</summary>
    /// <exception cref="HubException">Its user has too many, here and on other front ends.</exception>
    public async Task Enter(SessionKey session)
    {
        var holding = Count(session, 1, options.ConnectionsPerUser);
        var here = holding.Sessions.Values.Sum();
        var held = here > options.ConnectionsPerUser
            ? new(false, here - 1, holding.Sessions.Count)
            : await Tell((session.Tenant, session.User), holding);
        if (held is { Granted: false })
        {
            Leave(session);
            throw Fault.Of("connections.limit", $"You have {held.Connections} connections open (sessions: {held.Sessions}), and one user may have {options.ConnectionsPerUser}. Close some first.");
        }
    }

    /// <summary>Counts one that has gone.</summary>
    public void Leave(SessionKey session) => _ = Tell((session.Tenant, session.User), Count(session, -1, null));

    /// <summary>Says again what is open, before it is forgotten.</summary>
    public async Task Renew()
    {
        List<(string Tenant, string User)> users;
        lock (_gate)
        {
            users = [.. _users.Keys];
        }

        await Parallel.ForEachAsync(users, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, TaskScheduler = TaskScheduler.Current }, async (user, _) =>
        {
            if (Open(user) is { } holding)
            {
                await Tell(user, holding);
            }
        });
    }

    private Holding Count(SessionKey session, int by, int? most)
    {
        var user = (session.Tenant, session.User);
        lock (_gate)
        {
            if (!_users.TryGetValue(user, out var sessions))
            {
                _users[user] = sessions = [];
            }

            if ((sessions[session.Session] = sessions.GetValueOrDefault(session.Session) + by) == 0)
            {
                sessions.Remove(session.Session);
            }

            if (sessions.Count == 0)
            {
                _users.Remove(user);
            }

            return new(front.Value, ++_number, new Dictionary<string, int>(sessions), most);
        }
    }

    private Holding? Open((string, string) user)
    {
        lock (_gate)
        {
            return _users.TryGetValue(user, out var sessions) ? new(front.Value, ++_number, new Dictionary<string, int>(sessions), null) : null;
        }
    }

    private async Task<Held?> Tell((string Tenant, string User) user, Holding holding)
    {
        try
        {
            var held = await places.Hold(user.Tenant, user.User, holding).WaitAsync(AnswerWithin, time);
            _away = false;
            return held;
        }
        catch (Exception fault)
        {
            if (!_away)
            {
                _away = true;
                log.LogWarning(fault, "A user's connections on other front ends cannot be counted now; only those here are.");
            }

            return null;
        }
    }
}
