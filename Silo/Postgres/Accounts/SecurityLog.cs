using Microsoft.Extensions.Logging;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Security events. An account is named by the first digits of its blind index, never by its address.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(2001, LogLevel.Information, "Signed in: user {User} of {Tenant}, session {Session}, from {Remote}")]
    public static partial void SignedIn(this ILogger log, string tenant, string user, string session, string remote);

    [LoggerMessage(2002, LogLevel.Warning, "Sign-in failed: account {Account} from {Remote}")]
    public static partial void Failed(this ILogger log, string account, string remote);

    [LoggerMessage(2003, LogLevel.Warning, "Sign-in turned away: account {Account} from {Remote} is locked for {Wait}")]
    public static partial void Locked(this ILogger log, string account, string remote, TimeSpan wait);

    [LoggerMessage(2004, LogLevel.Warning, "Sign-in turned away: too many failures from {Remote}, for {Wait}")]
    public static partial void Throttled(this ILogger log, string remote, TimeSpan wait);

    [LoggerMessage(2005, LogLevel.Information, "Signed out: user {User} of {Tenant}, session {Session}")]
    public static partial void SignedOut(this ILogger log, string tenant, string user, string session);

    [LoggerMessage(2006, LogLevel.Warning, "A refresh token was used twice: session {Session} of user {User} of {Tenant} has been ended")]
    public static partial void Reused(this ILogger log, string tenant, string user, string session);

    [LoggerMessage(2007, LogLevel.Information, "Password set: user {User} of {Tenant}, by {By}; sessions ended: {Ended}")]
    public static partial void PasswordSet(this ILogger log, string tenant, string user, string by, int ended);

    [LoggerMessage(2008, LogLevel.Warning, "Refused: {By} of {Tenant} may not {Verb} user {User} ({Code})")]
    public static partial void Refused(this ILogger log, string tenant, string by, string verb, string user, string code);
}
