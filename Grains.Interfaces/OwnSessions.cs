namespace Crm;

/// <summary>One of a user's sign-ins.</summary>
/// <param name="Agent">What signed in, as it said of itself; null when it said nothing.</param>
/// <param name="SeenAt">When it was last used, to some minutes.</param>
/// <param name="Current">Whether it is the one that asks.</param>
public sealed record OwnSession(string Id, string? Agent, DateTimeOffset CreatedAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt, bool Current);

/// <summary>A token that a user made for a program of his.</summary>
/// <param name="Scope">Permissions that it is held to; it never can do more than its user.</param>
public sealed record OwnToken(string Id, string Name, IReadOnlyList<string> Scope, DateTimeOffset CreatedAt, DateTimeOffset SeenAt, DateTimeOffset ExpiresAt);

/// <summary>A user's own sign-ins and tokens. For somebody who signed in himself: a token sees and makes none.</summary>
public interface IOwnSessions
{
    /// <summary>Most tokens of a user.</summary>
    const int MostTokens = 50;

    /// <summary>Longest life of a token, in days.</summary>
    const int MostDays = 366;

    /// <summary>Those that live, the one used last first; at most 200.</summary>
    Task<IReadOnlyList<OwnSession>> Sessions(SessionKey by, CancellationToken cancel = default);

    /// <summary>Ends one of the user's sign-ins or tokens, on open connections too; false when there is none of this id that lives.</summary>
    Task<bool> End(SessionKey by, string id, CancellationToken cancel = default);

    /// <summary>Ends all sign-ins of the user but the one that asks. Tokens stay.</summary>
    /// <returns>How many have ended.</returns>
    Task<int> EndOthers(SessionKey by, CancellationToken cancel = default);

    /// <summary>Those that live, the newest first.</summary>
    Task<IReadOnlyList<OwnToken>> Tokens(SessionKey by, CancellationToken cancel = default);

    /// <summary>Makes a token. Its text is shown this once and kept nowhere.</summary>
    /// <returns>The token and its text; null when the user has <see cref="MostTokens"/>.</returns>
    Task<(OwnToken Token, string Text)?> Make(SessionKey by, string name, IReadOnlyList<string> scope, TimeSpan life, CancellationToken cancel = default);
}
