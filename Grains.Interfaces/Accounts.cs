namespace Crm;

/// <summary>What proves a sign-in until it ends.</summary>
/// <param name="AccessToken">A JWT (ES256).</param>
/// <param name="ExpiresIn">Seconds.</param>
/// <param name="RefreshToken">Works once; a second use ends the whole sign-in.</param>
public sealed record Tokens(string AccessToken, int ExpiresIn, string RefreshToken);

/// <summary>How a sign-in or a refresh ended.</summary>
/// <param name="Tokens">Set only on success.</param>
/// <param name="RetryAfter">Set when no try was made: then it may be made again after this time.</param>
/// <param name="Locked">Whether that is because of the account; else because of the address that it came from, or of load.</param>
public sealed record SignInAnswer(Tokens? Tokens, TimeSpan? RetryAfter = null, bool Locked = false);

/// <summary>How a change of a password ended.</summary>
/// <param name="Refusal">Null when it holds.</param>
/// <param name="RetryAfter">As in <see cref="SignInAnswer"/>: the old password was not tried.</param>
public sealed record PasswordAnswer(Problem? Refusal, TimeSpan? RetryAfter = null);

/// <summary>Who signed in, as <c>GET /api/v1/me</c> shows it.</summary>
public sealed record Me(string UserId, string Tenant, string Name, string Email, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions);

/// <summary>A verified token, before its session is looked up.</summary>
public sealed record SessionKey(string Tenant, string User, string Session)
{
    /// <summary>What the ids of a token's sessions begin with; those of a sign-in hold no dot.</summary>
    public const string TokenMark = "t.";

    /// <summary>Whether a program's token speaks, and not somebody who signed in.</summary>
    public bool IsToken => Session.StartsWith(TokenMark, StringComparison.Ordinal);
}

/// <summary>What a valid token says.</summary>
/// <param name="Expires">When it is valid no more.</param>
public sealed record VerifiedToken(SessionKey Session, DateTimeOffset Expires);

/// <summary>Sign-in and sessions. Credentials never leave it.</summary>
public interface IAccounts
{
    /// <summary>The same answer in the same time whichever part was wrong.</summary>
    /// <param name="tenant">Needed only when the address exists in several tenants.</param>
    /// <param name="agent">What signs in, as it says of itself; kept so that its user knows his sessions apart.</param>
    Task<SignInAnswer> SignIn(string email, string password, string? tenant, string? totp, string address, string? agent, CancellationToken cancel = default);

    /// <summary>Trades a refresh token for new tokens.</summary>
    Task<SignInAnswer> Refresh(string refreshToken, CancellationToken cancel = default);

    /// <summary>Ends one session, on open connections too.</summary>
    Task SignOut(SessionKey session, CancellationToken cancel = default);

    /// <summary>What the session may do now; null when it has ended or its user is not active.</summary>
    Task<Caller?> Caller(SessionKey session, CancellationToken cancel = default);

    /// <summary>The signed-in user; null as in <see cref="Caller"/>.</summary>
    Task<Me?> Me(SessionKey session, CancellationToken cancel = default);

    /// <summary>Reads a token: signature, algorithm, issuer, audience and times; or looks one of a program up. Null when anything is off.</summary>
    ValueTask<VerifiedToken?> Verify(string accessToken, CancellationToken cancel = default);

    /// <summary>The public keys, as a JWKS document (RFC 7517).</summary>
    ValueTask<string> PublicKeys(CancellationToken cancel = default);

    /// <summary>Gives a user a password, or a new one. Refuses a weak one by name of the missing part. Ends the user's sessions.</summary>
    /// <remarks>For the product itself: it asks nobody's rights.</remarks>
    Task<Problem?> SetPassword(string tenant, string user, string email, string password, CancellationToken cancel = default);

    /// <summary>The same for somebody who holds <c>users.password</c> and every right of the user.</summary>
    Task<Problem?> ResetPassword(Caller by, string user, string password, CancellationToken cancel = default);

    /// <summary>Changes one's own password. The user's other sessions end. Wrong old ones count as failed sign-ins.</summary>
    Task<PasswordAnswer> ChangePassword(SessionKey session, string oldPassword, string newPassword, string address, CancellationToken cancel = default);
}
