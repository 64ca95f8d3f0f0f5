namespace Crm.Silo.Postgres.Accounts;

/// <summary>Times and limits of sign-in.</summary>
public sealed record AccountOptions
{
    /// <summary>Who signs the tokens.</summary>
    public string Issuer { get; init; } = "crm";

    /// <summary>Whom they are for.</summary>
    public string Audience { get; init; } = "crm";

    /// <summary>How long an access token is valid; a session may end sooner.</summary>
    public TimeSpan TokenLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How far clocks of nodes may differ.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a session lives without a refresh.</summary>
    public TimeSpan RefreshLife { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a key signs. It verifies for a token's life longer.</summary>
    public TimeSpan RotateKeysEvery { get; init; } = TimeSpan.FromDays(30);

    /// <summary>log2 of bcrypt's rounds, 4 to 31. Lower than 12 in tests only.</summary>
    public int BcryptCost { get; init; } = 12;

    /// <summary>bcrypts at once. Each takes a core of the database for some 160 ms, and editing must go on meanwhile.</summary>
    public int BcryptsAtOnce { get; init; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>Sign-ins that may wait for their bcrypt; the next one is told to come back.</summary>
    public int BcryptsWaiting { get; init; } = 50;

    /// <summary>Wrong passwords of one account within <see cref="TryWindow"/> that lock it.</summary>
    public int TriesOfAccount { get; init; } = 5;

    /// <summary>The same from one remote address. Higher, since an office may have one address.</summary>
    public int TriesOfAddress { get; init; } = 50;

    /// <summary>How long a wrong password counts.</summary>
    public TimeSpan TryWindow { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the first lock lasts; each further one twice as long, up to <see cref="LongestLock"/>.</summary>
    public TimeSpan FirstLock { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest lock.</summary>
    public TimeSpan LongestLock { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After this time without a try the next lock is a first one again.</summary>
    public TimeSpan ForgetLocks { get; init; } = TimeSpan.FromDays(1);
}
