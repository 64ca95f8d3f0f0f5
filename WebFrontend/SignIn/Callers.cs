using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Web.SignIn;

/// <summary>What a session may do now. The one place where this node asks.</summary>
public interface ICallers
{
    /// <summary>At most <see cref="CallerLeases.Lease"/> old; null when the session has ended or its user may not sign in.</summary>
    /// <exception cref="UnavailableException">Nobody can say now.</exception>
    ValueTask<Caller?> Find(SessionKey session, CancellationToken cancel = default);

    /// <summary>
    /// Hears that rights of a user have changed, or with null as the user those of anybody in the tenant, until disposed. What
    /// <see cref="Find"/> answers from then on is newer than the change. The callback must not block and must not throw. A change whose nudge is
    /// lost is not heard: whoever holds a connection open asks <see cref="Find"/> every few seconds too.
    /// </summary>
    IDisposable OnChanged(Action<string, string?> changed);
}

/// <summary>Remembers callers for a short lease and forgets them as soon as users or roles change.</summary>
public sealed class CallerLeases : ICallers, IDisposable
{
    /// <summary>How long a caller is trusted without asking again. With a lost nudge this bounds how late a change takes effect.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const string Users = "users";
    private const string Roles = "roles";
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly string[] RightsOfUser = ["roles", "active", "epoch", "ended", "deleted"];
    private readonly ConcurrentDictionary<SessionKey, Entry> _entries = new();
    private readonly ConcurrentDictionary<string, Lazy<IDisposable>> _feeds = new();
    private readonly ConcurrentDictionary<Listener, byte> _listeners = new();
    private readonly IAccounts _accounts;
    private readonly IFeed _feed;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _sweep;

    /// <summary>Knows nobody yet. Hears a tenant's changes once somebody of that tenant was asked for.</summary>
    public CallerLeases(IAccounts accounts, IFeed feed, TimeProvider time, ILogger<CallerLeases> log)
    {
        (_accounts, _feed, _time, _log) = (accounts, feed, time, log);
        _sweep = time.CreateTimer(_ => Sweep(), null, SweepEvery, SweepEvery);
    }

    /// <inheritdoc />
    public async ValueTask<Caller?> Find(SessionKey session, CancellationToken cancel = default)
    {
        _ = _feeds.GetOrAdd(session.Tenant, tenant => new(() => _feed.Subscribe(tenant, Heard))).Value;
        while (true)
        {
            var entry = _entries.GetOrAdd(session, static (key, self) => new(self._time.GetTimestamp(), new(() => self._accounts.Caller(key))), this);
            if (_time.GetElapsedTime(entry.Since) >= Lease)
            {
                _entries.TryRemove(new(session, entry));
                continue;
            }

            try
            {
                return await entry.Caller.Value.WaitAsync(Patience, _time, cancel);
            }
            catch (TimeoutException late) when (!entry.Caller.Value.IsCompleted)
            {
                throw new UnavailableException("Nobody can say in time what this session may do.", late);
            }
            catch when (entry.Caller.Value.IsFaulted)
            {
                _entries.TryRemove(new(session, entry));
                throw;
            }
        }
    }

    /// <inheritdoc />
    public IDisposable OnChanged(Action<string, string?> changed)
    {
        var listener = new Listener(this, changed);
        _listeners[listener] = 0;
        return listener;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _sweep.Dispose();
        foreach (var subscribed in _feeds.Values)
        {
            subscribed.Value.Dispose();
        }
    }

    private void Heard(Nudge nudge)
    {
        var user = nudge.At.Kind switch
        {
            Users when RightsOfUser.Any(nudge.Change.Fields.ContainsKey) => nudge.At.Id,
            Roles => null,
            _ => "",
        };
        if (user is "")
        {
            return;
        }

        // An answer that is still on the way may be from before the change: it goes with its entry, whoever asks next asks anew.
        foreach (var key in _entries.Keys.Where(key => key.Tenant == nudge.At.Tenant && (user is null || key.User == user)))
        {
            _entries.TryRemove(key, out _);
        }

        foreach (var listener in _listeners.Keys)
        {
            try
            {
                listener.Changed(nudge.At.Tenant, user);
            }
            catch (Exception fault)
            {
                _log.LogError(fault, "A listener for changed rights threw.");
            }
        }
    }

    private void Sweep()
    {
        foreach (var entry in _entries.Where(entry => _time.GetElapsedTime(entry.Value.Since) >= Lease))
        {
            _entries.TryRemove(entry);
        }
    }

    // Compared by reference: two answers of one session are two entries.
    private sealed class Entry(long since, Lazy<Task<Caller?>> caller)
    {
        public long Since { get; } = since;

        public Lazy<Task<Caller?>> Caller { get; } = caller;
    }

    private sealed class Listener(CallerLeases owner, Action<string, string?> changed) : IDisposable
    {
        public Action<string, string?> Changed { get; } = changed;

        public void Dispose() => owner._listeners.TryRemove(this, out _);
    }
}
