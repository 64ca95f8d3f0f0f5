using System.Collections.Concurrent;

namespace Crm.Web.Tests.SignIn;

/// <summary>Accounts whose answers a test says beforehand. A token is <c>tenant/user/session</c>.</summary>
public sealed class FakeAccounts : IAccounts
{
    private int _asked;

    /// <summary>What sessions may do; those that are not here have ended.</summary>
    public ConcurrentDictionary<SessionKey, Caller> Sessions { get; } = new();

    /// <summary>What the next sign-in or refresh is answered.</summary>
    public SignInAnswer Answer { get; set; } = new(null);

    /// <summary>What the next change of a password is answered.</summary>
    public PasswordAnswer PasswordAnswer { get; set; } = new(null);

    /// <summary>The calls so far, with their arguments.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>How often a caller was looked up.</summary>
    public int Asked => _asked;

    /// <summary>Look-ups wait for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Look-ups fail with this.</summary>
    public Exception? Fault { get; set; }

    /// <summary>As new.</summary>
    public void Reset()
    {
        (Answer, PasswordAnswer, Gate, Fault) = (new(null), new(null), Task.CompletedTask, null);
        Calls.Clear();
        Sessions.Clear();
    }

    public static readonly SessionKey Ana = new("acme", "ana", "s1");

    public static Caller Holding(SessionKey session, params string[] permissions) =>
        new(session.Tenant, session.User, permissions.ToHashSet(), new HashSet<string>(), new HashSet<string>());

    public Task<SignInAnswer> SignIn(string email, string password, string? tenant, string? totp, string address, string? agent, CancellationToken cancel = default)
    {
        Calls.Enqueue($"{email}|{password}|{tenant}|{totp}");
        return Task.FromResult(Answer);
    }

    public Task<SignInAnswer> Refresh(string refreshToken, CancellationToken cancel = default)
    {
        Calls.Enqueue(refreshToken);
        return Task.FromResult(Answer);
    }

    public Task SignOut(SessionKey session, CancellationToken cancel = default)
    {
        Sessions.TryRemove(session, out _);
        return Task.CompletedTask;
    }

    public async Task<Caller?> Caller(SessionKey session, CancellationToken cancel = default)
    {
        Interlocked.Increment(ref _asked);
        var caller = Sessions.GetValueOrDefault(session);
        await Gate;
        return Fault is null ? caller : throw Fault;
    }

    public Task<Me?> Me(SessionKey session, CancellationToken cancel = default) =>
        Task.FromResult<Me?>(new(session.User, session.Tenant, "Ana Silva", "ana@acme.test", ["Sales"], ["contacts.read"]));

    public ValueTask<VerifiedToken?> Verify(string accessToken, CancellationToken cancel = default) => new(
        accessToken.Split('/') is [var tenant, var user, var session] ? new VerifiedToken(new(tenant, user, session), DateTimeOffset.UtcNow.AddHours(1)) : null);

    public ValueTask<string> PublicKeys(CancellationToken cancel = default) => new("""{"keys":[]}""");

    public Task<Problem?> SetPassword(string tenant, string user, string email, string password, CancellationToken cancel = default) =>
        throw new InvalidOperationException("Not for requests.");

    public Task<Problem?> ResetPassword(Caller by, string user, string password, CancellationToken cancel = default)
    {
        Calls.Enqueue($"reset {user}");
        return Task.FromResult(PasswordAnswer.Refusal);
    }

    public Task<PasswordAnswer> ChangePassword(SessionKey session, string oldPassword, string newPassword, string address, CancellationToken cancel = default)
    {
        Calls.Enqueue($"change {session.User}");
        return Task.FromResult(PasswordAnswer);
    }
}
