using System.Security.Claims;
using Crm.Web.Live;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Simulation;

/// <summary>The nudges of one front end.</summary>
internal sealed class LocalFeed(bool withoutTenant) : IFeed
{
    private readonly List<Ear> _ears = [];

    public IDisposable Subscribe(string? tenant, Action<Nudge> heard)
    {
        var ear = new Ear(this, tenant, heard);
        _ears.Add(ear);
        return ear;
    }

    public void Hear(Nudge nudge)
    {
        foreach (var ear in _ears.ToArray())
        {
            if (ear.Tenant is null || ear.Tenant == nudge.At.Tenant)
            {
                ear.Heard(nudge);
            }
            else if (withoutTenant)
            {
                ear.Heard(nudge with { At = nudge.At with { Tenant = ear.Tenant } });
            }
        }
    }

    private sealed record Ear(LocalFeed Feed, string? Tenant, Action<Nudge> Heard) : IDisposable
    {
        public void Dispose() => Feed._ears.Remove(this);
    }
}

/// <summary>The read model, over the network. Lists are not part of the simulation; heads are.</summary>
internal sealed class HeadsOfStore(Scene scene, Node here) : ILists
{
    private readonly Questions _questions = new(here);

    public Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default) =>
        throw new NotSupportedException("No client of the simulation watches a list.");

    public Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default) => scene.Network.Call(
        here, scene.Database, _questions.Next(Keyed.Of("heads")), () => scene.Troubles.Down
            ? throw new UnavailableException("The database is down.")
            : Task.FromResult<IReadOnlyDictionary<Address, long>>(records
                .Where(at => scene.Store.Head(at) is not null)
                .ToDictionary(at => at, at => scene.Store.Head(at)!.Version)));
}

/// <summary>Who may do what, over the network. Nobody signs in: sessions are there from the beginning.</summary>
internal sealed class AccountsOfStore(Scene scene, Node here) : IAccounts
{
    private readonly Questions _questions = new(here);

    public Task<Caller?> Caller(SessionKey session, CancellationToken cancel = default) => scene.Network.Call(
        here, scene.Database, _questions.Next(Keyed.Of(session.Tenant) ^ Keyed.Of(session.User)), () => scene.Troubles.Down
            ? throw new UnavailableException("The database is down.")
            : Task.FromResult(Told(session, scene.Store.Caller(session))));

    public Task<SignInAnswer> SignIn(string email, string password, string? tenant, string? totp, string address, string? agent, CancellationToken cancel = default) => throw Unused;

    public Task<SignInAnswer> Refresh(string refreshToken, CancellationToken cancel = default) => throw Unused;

    public Task SignOut(SessionKey session, CancellationToken cancel = default) => throw Unused;

    public Task<Me?> Me(SessionKey session, CancellationToken cancel = default) => throw Unused;

    public ValueTask<VerifiedToken?> Verify(string accessToken, CancellationToken cancel = default) => throw Unused;

    public ValueTask<string> PublicKeys(CancellationToken cancel = default) => throw Unused;

    public Task<Problem?> SetPassword(string tenant, string user, string email, string password, CancellationToken cancel = default) => throw Unused;

    public Task<Problem?> ResetPassword(Caller by, string user, string password, CancellationToken cancel = default) => throw Unused;

    public Task<PasswordAnswer> ChangePassword(SessionKey session, string oldPassword, string newPassword, string address, CancellationToken cancel = default) => throw Unused;

    private Caller? Told(SessionKey session, Caller? caller)
    {
        scene.World.Log($"{here.Name} hears that {session.Tenant}/{session.User} may {(caller is null ? "not sign in" : string.Join(' ', caller.Permissions.Order(StringComparer.Ordinal)))}");
        return caller;
    }

    private static NotSupportedException Unused => new("The simulation has sessions and no passwords.");
}

/// <summary>No client of the simulation keeps a draft.</summary>
internal sealed class NoDrafts : IKeptDrafts
{
    public Task Keep(Address at, string user, KeptDraft draft, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task Drop(Address at, string user, string field, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<KeptDraft>> Of(Address at, string user, CancellationToken cancel = default) => throw new NotSupportedException();
}

/// <summary>What a hub sees of its connection.</summary>
internal sealed class CallContext(LiveConnection connection) : HubCallerContext
{
    public override string ConnectionId => connection.Id;

    public override string? UserIdentifier => connection.Session?.User;

    public override ClaimsPrincipal? User => null;

    public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?> { [LiveConnection.Key] = connection };

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override CancellationToken ConnectionAborted => CancellationToken.None;

    public override void Abort() => connection.Abort();
}

/// <summary>Simulated clients watch no feeds.</summary>
internal sealed class NoActivity : IActivity
{
    public Task<ActivityAnswer> Read(Caller caller, ActivityQuery query, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<(ActivitySpec? Spec, Problem? Refusal)> Open(Caller caller, ActivityQuery query, CancellationToken cancel = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<(Address At, long Version)>> Since(string tenant, DateTimeOffset at, int limit, CancellationToken cancel = default) => throw new NotSupportedException();
}
