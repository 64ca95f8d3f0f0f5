using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Web.SignIn;

namespace Crm.Simulation;

/// <summary>Says "nothing missed" to the relay that mends a gap, or to the client that comes back.</summary>
internal sealed class NothingMissed(IRecords inner, Bug bug) : IRecords
{
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => inner.Do(at, caller, commandId, verb, args);

    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => inner.Edit(at, caller, commandId, baseVersion, patch);

    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => inner.Read(at, caller, cancel);

    public async Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default)
    {
        var missed = await inner.Since(at, caller, version, limit, cancel);
        var relay = caller.User == Caller.SystemUser;
        return missed is not null && version > 0 && relay == (bug == Bug.IgnoredGap) ? new(missed.Version, null, []) : missed;
    }

    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => inner.History(at, caller, after, limit, cancel);
}

/// <summary>Forgets the last field of an edit whose base is not the newest version.</summary>
internal sealed class LossyMerges(IRecords inner) : IRecords
{
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => inner.Do(at, caller, commandId, verb, args);

    public async Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch)
    {
        if (baseVersion > 0 && await inner.Read(at, Caller.System(at.Tenant)) is { } now && now.Version > baseVersion
            && JsonObject.Create(patch) is { Count: > 1 } fields)
        {
            fields.RemoveAt(fields.Count - 1);
            patch = JsonSerializer.SerializeToElement(fields);
        }

        return await inner.Edit(at, caller, commandId, baseVersion, patch);
    }

    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => inner.Read(at, caller, cancel);

    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => inner.Since(at, caller, version, limit, cancel);

    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => inner.History(at, caller, after, limit, cancel);
}

/// <summary>Never asks again what a session may do.</summary>
internal sealed class AskedOnce(ICallers inner) : ICallers
{
    private readonly Dictionary<SessionKey, Caller?> _known = [];

    public async ValueTask<Caller?> Find(SessionKey session, CancellationToken cancel = default)
    {
        if (!_known.TryGetValue(session, out var caller))
        {
            _known[session] = caller = await inner.Find(session, cancel);
        }

        return caller;
    }

    public IDisposable OnChanged(Action<string, string?> changed) => inner.OnChanged((_, _) => { });
}
