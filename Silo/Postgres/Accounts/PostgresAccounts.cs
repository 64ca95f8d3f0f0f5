using Crm.Roles;
using Crm.Users;
using Microsoft.Extensions.Logging;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Sign-in and sessions over PostgreSQL; users and roles from their records.</summary>
/// <remarks>
/// Every try that is not turned away costs the same queries and exactly one bcrypt, whether the account exists or not, and an account that does not
/// exist is locked like any other.
/// </remarks>
public sealed class PostgresAccounts(
    Logins logins, Passwords passwords, Tries tries, Sessions sessions, SessionReader reader, KeyRing ring, AccessTokens tokens, ApiTokens api, People people, UserGuard guard,
    ISecurityEvents events, AccountOptions options, ILogger<PostgresAccounts> log) : IAccounts
{
    private const string PasswordVerb = "password";

    /// <inheritdoc />
    public async Task<SignInAnswer> SignIn(
        string email, string password, string? tenant, string? totp, string address, string? agent, CancellationToken cancel = default)
    {
        var (account, remote) = (logins.Blind(email), logins.BlindRemote(address));
        if (await TurnedAway(account, remote, address, tenant, cancel) is { } later)
        {
            return later;
        }

        var login = await logins.Find(account, tenant, cancel);
        var isRight = await IsRight(password, login?.Tenant ?? "", login?.User ?? "", account, remote, cancel);
        if (!isRight || login is not var (home, id) || await people.Find(home, id) is not { Active: true } user)
        {
            log.Failed(Short(account), address);
            await Failed(login, account, address, cancel);
            return new(null);
        }

        await tries.Forgive(account, remote, cancel);
        var (session, refresh) = await sessions.Begin(home, id, user.Epoch, agent, cancel);
        log.SignedIn(home, id, session.Session, address);
        await events.Add(home, new(SecurityTypes.SignedIn, id, address), cancel);
        return new(await Issue(session, refresh, cancel));
    }

    /// <inheritdoc />
    public async Task<SignInAnswer> Refresh(string refreshToken, CancellationToken cancel = default)
    {
        var redeemed = await sessions.Redeem(refreshToken, cancel);
        if (redeemed is { Reused: true, Session: { } stolen })
        {
            log.Reused(stolen.Key.Tenant, stolen.Key.User, stolen.Key.Session);
            events.Note(stolen.Key.Tenant, new(SecurityTypes.TokenReused, stolen.Key.User));
            await people.Say(stolen.Key);
            return new(null);
        }

        if (redeemed.Session is not { } session || await Holder(session) is null)
        {
            return new(null);
        }

        return new(await Issue(session.Key, await sessions.Continue(session.Key, cancel), cancel));
    }

    /// <inheritdoc />
    public async Task SignOut(SessionKey session, CancellationToken cancel = default)
    {
        if (await sessions.End(session, cancel))
        {
            log.SignedOut(session.Tenant, session.User, session.Session);
            events.Note(session.Tenant, new(SecurityTypes.SignedOut, session.User));
        }

        await people.Say(session); // Again when it had ended: the first attempt may have died in between.
    }

    /// <inheritdoc />
    public async Task<Caller?> Caller(SessionKey session, CancellationToken cancel = default) =>
        await reader.Find(session).WaitAsync(cancel) is { } live && await Holder(live) is { } user
            ? Rights.Within(await people.Caller(session.Tenant, session.User, user), live.Scope)
            : null;

    /// <inheritdoc />
    public async Task<Me?> Me(SessionKey session, CancellationToken cancel = default)
    {
        if (await reader.Find(session).WaitAsync(cancel) is not { } live || await Holder(live) is not { } user)
        {
            return null;
        }

        var roles = await people.RolesOf(session.Tenant, user);
        var caller = Rights.Within(await people.Caller(session.Tenant, session.User, user), live.Scope);
        return new(
            session.User, session.Tenant, user.Name, user.Email, [.. roles.Select(role => role.Name)], [.. caller.Permissions.Order(StringComparer.Ordinal)]);
    }

    /// <inheritdoc />
    public async ValueTask<VerifiedToken?> Verify(string accessToken, CancellationToken cancel = default) => ApiTokens.Is(accessToken)
        ? await api.Find(accessToken, cancel)
        : tokens.KeyOf(accessToken) is { } kid && await ring.Find(kid, cancel) is { } key ? tokens.Read(accessToken, key) : null;

    /// <inheritdoc />
    public async ValueTask<string> PublicKeys(CancellationToken cancel = default) => AccessTokens.Jwks(await ring.All(cancel));

    /// <inheritdoc />
    public Task<Problem?> SetPassword(string tenant, string user, string email, string password, CancellationToken cancel = default) =>
        Set(tenant, user, email, password, Crm.Caller.SystemUser, null, cancel);

    /// <inheritdoc />
    public async Task<Problem?> ResetPassword(Caller by, string user, string password, CancellationToken cancel = default)
    {
        if (!Address.IsId(user) || await people.Find(by.Tenant, user) is not { } target)
        {
            return UserGuard.Missing;
        }

        if (await guard.Check(PasswordVerb, by, user, target) is { } refusal)
        {
            log.Refused(by.Tenant, by.User, PasswordVerb, user, refusal.Code);
            return refusal;
        }

        return await Set(by.Tenant, user, target.Email, password, by.User, null, cancel);
    }

    /// <inheritdoc />
    public async Task<PasswordAnswer> ChangePassword(
        SessionKey session, string oldPassword, string newPassword, string address, CancellationToken cancel = default)
    {
        if (await people.Find(session.Tenant, session.User) is not { Active: true } user)
        {
            return new(UserGuard.Missing);
        }

        var (account, remote) = (logins.Blind(user.Email), logins.BlindRemote(address));
        if (await TurnedAway(account, remote, address, session.Tenant, cancel) is { RetryAfter: { } wait })
        {
            return new(null, wait);
        }

        if (!await IsRight(oldPassword, session.Tenant, session.User, account, remote, cancel))
        {
            log.Failed(Short(account), address);
            await events.Add(session.Tenant, new(SecurityTypes.SignInFailed, session.User, address), cancel);
            return new(new Problem("oldPassword", "password.wrong", "This is not the present password."));
        }

        await tries.Forgive(account, remote, cancel);
        return new(await Set(session.Tenant, session.User, user.Email, newPassword, session.User, session.Session, cancel));
    }

    /// <summary>Stores a hash that was made already; for many users at once.</summary>
    internal async Task<Problem?> SetHash(string tenant, string user, string email, string hash, CancellationToken cancel)
    {
        if (!await logins.Claim(tenant, user, email, cancel))
        {
            return UserGuard.Taken;
        }

        await logins.Set(tenant, user, hash, cancel);
        return null;
    }

    private async Task<Problem?> Set(
        string tenant, string user, string email, string password, string by, string? but, CancellationToken cancel)
    {
        if (PasswordRule.Check(password, email) is { } weak)
        {
            return weak;
        }

        if (await SetHash(tenant, user, email, await passwords.Hash(password, cancel), cancel) is { } refusal)
        {
            return refusal;
        }

        var ended = await sessions.EndAll(tenant, user, but, tokensToo: true, cancel);
        log.PasswordSet(tenant, user, by, ended.Count);
        events.Note(tenant, new(SecurityTypes.PasswordSet, user, null, new Dictionary<string, string> { ["by"] = by, ["ended"] = $"{ended.Count}" }));
        if (ended.Count > 0)
        {
            await people.Say(new(tenant, user, ended[0])); // One is enough: whoever hears it asks for all of the user's sessions.
        }

        return null;
    }

    private async Task<bool> IsRight(string password, string tenant, string user, byte[] account, byte[] remote, CancellationToken cancel)
    {
        try
        {
            return await passwords.Matches(password, await logins.Hash(tenant, user, cancel), cancel);
        }
        catch (UnavailableException)
        {
            await tries.TakeBack(account, remote, cancel);
            throw;
        }
    }

    // Whether the account is known or not, one event is stored and waited for: else the time would tell.
    private Task Failed((string Tenant, string User)? login, byte[] account, string address, CancellationToken cancel) => login is var (home, user)
        ? events.Add(home, new(SecurityTypes.SignInFailed, user, address), cancel)
        : events.Add(ISecurityEvents.Nobody, new(SecurityTypes.SignInFailed, "", null, new Dictionary<string, string> { ["account"] = Short(account) }), cancel);

    private async Task<SignInAnswer?> TurnedAway(byte[] account, byte[] remote, string address, string? tenant, CancellationToken cancel)
    {
        if (await tries.Begin(remote, options.TriesOfAddress, cancel) is { } throttled)
        {
            log.Throttled(address, throttled);
            events.Note(ISecurityEvents.Nobody, new(SecurityTypes.LockedOut, "", null, new Dictionary<string, string> { ["remote"] = Short(remote) }));
            return new(null, throttled);
        }

        if (await tries.Begin(account, options.TriesOfAccount, cancel) is { } locked)
        {
            log.Locked(Short(account), address, locked);
            var login = await logins.Find(account, tenant, cancel);
            if (login is var (home, user))
            {
                events.Note(home, new(SecurityTypes.LockedOut, user, address));
            }
            else
            {
                events.Note(ISecurityEvents.Nobody, new(SecurityTypes.LockedOut, "", null, new Dictionary<string, string> { ["account"] = Short(account) }));
            }

            return new(null, locked, Locked: true);
        }

        return null;
    }

    private async Task<User?> Holder(LiveSession session) =>
        await people.Find(session.Key.Tenant, session.Key.User) is { Active: true } user && user.Epoch <= session.Epoch ? user : null;

    private async Task<Tokens> Issue(SessionKey session, string refresh, CancellationToken cancel) =>
        new(tokens.Write(await ring.Current(cancel), session), (int)options.TokenLife.TotalSeconds, refresh);

    private static string Short(byte[] blind) => Convert.ToHexStringLower(blind.AsSpan(0, 4));
}
