using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Crm.Web.Admission;

/// <summary>The one place that decides whether a call is taken on: requests and hub calls alike pass it, each with its <see cref="Priority"/>.</summary>
/// <remarks>
/// A bucket for each user and tenant bounds what they may ask; what they may have under way is bounded by what the process can do, which it
/// measures (<see cref="Pressure"/>). When it falls behind, a tenant with more than its share waits first; then presence is shed, then reading, then all.
/// What one connection may ask is bounded where it is (<c>LiveConnection</c>).
/// </remarks>
internal sealed class AdmissionGate : IDisposable
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ActiveFor = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);
    private readonly AdmissionOptions _options;
    private readonly Pressure _pressure;
    private readonly Buckets _users;
    private readonly Buckets _tenantRates;
    private readonly Buckets _addresses;
    private readonly TimeProvider _time;
    private readonly Meter _meter = new("Crm.Admission");
    private readonly Counter<long> _refused;
    private long _counted;
    private int _active = 1;
    private int _underWay;

    /// <summary>Opens it.</summary>
    public AdmissionGate(WebOptions options, Pressure pressure, TimeProvider time)
    {
        (_options, _pressure, _time, _counted) = (options.Admission, pressure, time, time.GetTimestamp());
        (_users, _tenantRates, _addresses) = (new(options.User, time), new(options.Tenant, time), new(options.Anonymous, time));
        _refused = _meter.CreateCounter<long>("crm.admission.refused", "{call}", "Calls that were not taken on, by their priority and by what was exceeded.");
        _meter.CreateObservableGauge("crm.admission.behind", () => pressure.Behind.TotalSeconds, "s", "How long the oldest write waits for its commit, or work for a thread.");
        _meter.CreateObservableGauge("crm.admission.calls", () => (long)Volatile.Read(ref _underWay), "{call}", "Calls under way.");
    }

    /// <summary>Takes a call on, or says how long to wait. What it gives is disposed when the call is done.</summary>
    /// <param name="counted">Whether it counts against the rates of its user and tenant. What all connections must do at once when they come back does not.</param>
    public Pass Enter(Caller caller, Priority priority, bool counted = true)
    {
        var behind = _pressure.Behind;
        if (behind >= LongestFor(priority))
        {
            return Refuse(priority, "process", new(_options.RetryAfter, IsBusy: true));
        }

        var tenant = _tenants.GetOrAdd(caller.Tenant, static _ => new());
        if (HasMoreThanItsShare(tenant, behind))
        {
            tenant.Warn(_time.GetTimestamp());
            return Refuse(priority, "share", new(_options.RetryAfter));
        }

        if (counted && priority != Priority.Presence)
        {
            if (_users.Take($"{caller.Tenant} {caller.User}") is { } untilUser)
            {
                return Refuse(priority, "user", new(untilUser));
            }

            if (_tenantRates.Take(caller.Tenant) is { } untilTenant)
            {
                return Refuse(priority, "tenant", new(untilTenant));
            }
        }

        tenant.Begin(_time.GetTimestamp());
        Interlocked.Increment(ref _underWay);
        return new(Under: () => End(tenant));
    }

    /// <summary>To be awaited before anybody is told of a refusal.</summary>
    public Task Hold() => Task.Delay(_options.HoldFor, _time);

    /// <summary>The same for somebody without a valid token.</summary>
    public Pass Enter(string address) => _pressure.Behind >= _options.ReadsAt ? Refuse(Priority.Read, "process", new(_options.RetryAfter, IsBusy: true))
        : _addresses.Take(address) is { } wait ? Refuse(Priority.Read, "address", new(wait)) : default;

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private TimeSpan LongestFor(Priority priority) => priority switch
    {
        Priority.Presence => _options.PresenceAt,
        Priority.Read => _options.ReadsAt,
        _ => _options.EditsAt,
    };

    // Alone on the machine, a tenant may have all of it. Whoever was refused is not let in all at once as soon as nothing waits:
    // those who were told to come back come together, and are under way before the journal shows that they are too many.
    private bool HasMoreThanItsShare(Tenant tenant, TimeSpan behind)
    {
        if (behind < _options.ShareAt && !IsWarned(tenant))
        {
            return false;
        }

        Count();
        var active = Volatile.Read(ref _active);
        var least = behind < _options.ShareAt ? _options.ShareAtLeast * 2 : Math.Max(_options.ShareAtLeast, Volatile.Read(ref _underWay) / active);
        return active > 1 && tenant.UnderWay >= least;
    }

    private bool IsWarned(Tenant tenant) => tenant.Warned is not 0 and var since && _time.GetElapsedTime(since) < ActiveFor;

    private void Count()
    {
        var (before, now) = (Volatile.Read(ref _counted), _time.GetTimestamp());
        if (_time.GetElapsedTime(before, now) < CountEvery || Interlocked.CompareExchange(ref _counted, now, before) != before)
        {
            return;
        }

        var active = 0;
        foreach (var tenant in _tenants)
        {
            if (tenant.Value.UnderWay > 0 || _time.GetElapsedTime(tenant.Value.Since, now) < ActiveFor)
            {
                active++;
            }
        }

        Volatile.Write(ref _active, Math.Max(active, 1));
    }

    private void End(Tenant tenant)
    {
        tenant.End();
        Interlocked.Decrement(ref _underWay);
    }

    private Pass Refuse(Priority priority, string why, Refusal refusal)
    {
        _refused.Add(1, new("priority", priority.ToString().ToLowerInvariant()), new("by", why));
        return new(Refused: refusal);
    }

    private sealed class Tenant
    {
        private int _underWay;
        private long _since;
        private long _warned;

        public int UnderWay => Volatile.Read(ref _underWay);

        /// <summary>When its last call was taken on.</summary>
        public long Since => Volatile.Read(ref _since);

        /// <summary>When one was last refused because it had more than its share; 0 for never.</summary>
        public long Warned => Volatile.Read(ref _warned);

        public void Warn(long now) => Volatile.Write(ref _warned, Math.Max(now, 1));

        public void Begin(long now)
        {
            Volatile.Write(ref _since, now);
            Interlocked.Increment(ref _underWay);
        }

        public void End() => Interlocked.Decrement(ref _underWay);
    }
}

/// <summary>Why a call is not taken on.</summary>
/// <param name="Wait">How long to wait before asking again.</param>
/// <param name="IsBusy">The process is; else the caller asks too much.</param>
internal sealed record Refusal(TimeSpan Wait, bool IsBusy = false);

/// <summary>A call that is taken on until this is disposed, or the reason why it is not.</summary>
/// <param name="Refused">Null: it is taken on.</param>
internal readonly record struct Pass(Refusal? Refused = null, Action? Under = null) : IDisposable
{
    /// <inheritdoc />
    public void Dispose() => Under?.Invoke();
}
