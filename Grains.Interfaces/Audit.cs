namespace Crm;

/// <summary>Something about security that is in no record: a sign-in, a refusal, an export.</summary>
/// <param name="Type">One of <see cref="SecurityTypes"/>.</param>
/// <param name="User">Who it is about; empty when that is not known.</param>
/// <param name="Remote">Where it came from; stored sealed. Null when that says nothing.</param>
/// <param name="Detail">More of it, by name; nothing personal.</param>
public sealed record SecurityEvent(string Type, string User, string? Remote = null, IReadOnlyDictionary<string, string>? Detail = null);

/// <summary>What security events are called.</summary>
public static class SecurityTypes
{
    /// <summary>Somebody has signed in.</summary>
    public const string SignedIn = "signin.success";

    /// <summary>The address or the password was wrong, or the user is not active.</summary>
    public const string SignInFailed = "signin.failure";

    /// <summary>No try was made: too many had failed.</summary>
    public const string LockedOut = "signin.lockout";

    /// <summary>Somebody has signed out, or ended a sign-in or a token of his.</summary>
    public const string SignedOut = "signin.end";

    /// <summary>A refresh token came twice: it was stolen, or a client is broken.</summary>
    public const string TokenReused = "signin.reuse";

    /// <summary>A password was set.</summary>
    public const string PasswordSet = "signin.password";

    /// <summary>A token for a program was made.</summary>
    public const string TokenMade = "signin.token";

    /// <summary>Somebody asked for what he may not do.</summary>
    public const string Refused = "access.refused";

    /// <summary>Data have left as a file.</summary>
    public const string Exported = "data.export";

    /// <summary>The chains were verified.</summary>
    public const string Verified = "audit.verify";
}

/// <summary>Takes security events. They are chained for each tenant, and never altered or removed.</summary>
public interface ISecurityEvents
{
    /// <summary>Where events stand that no tenant can be found for. No tenant can be called that.</summary>
    const string Nobody = "-";

    /// <summary>Stores one; it is there when this completes.</summary>
    /// <exception cref="UnavailableException">It is not known whether it is stored.</exception>
    Task Add(string tenant, SecurityEvent happened, CancellationToken cancel = default);

    /// <summary>Stores one soon, and never waits or throws: for what may come in floods. Equal ones that wait together are stored as one with their number.</summary>
    void Note(string tenant, SecurityEvent happened);
}

/// <summary>What the audit is asked for. Every condition must hold.</summary>
/// <param name="Categories">Of <see cref="IAudit.Categories"/>; null for all.</param>
/// <param name="By">Only what this user did, or what is about him.</param>
/// <param name="Ref">Only changes of this record.</param>
/// <param name="Kind">Only changes of records of this kind.</param>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">Where the page before ended; null for the first page. Opaque.</param>
public sealed record AuditQuery(
    IReadOnlyList<string>? Categories = null, string? By = null, string? Ref = null, string? Kind = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null,
    int Limit = 50, string? Cursor = null);

/// <summary>One line of the audit.</summary>
/// <param name="Category">One of <see cref="IAudit.Categories"/>.</param>
/// <param name="Number">The version of the record, or the number of the security event.</param>
/// <param name="Ref">The record; null for a security event.</param>
/// <param name="Fields">What changed, as far as the reader may see it; null for a security event, and where he may not see the record.</param>
public sealed record AuditEntry(
    DateTimeOffset At, string Category, string Type, string User, long Number, string? Ref, IReadOnlyDictionary<string, FromTo>? Fields,
    IReadOnlyDictionary<string, string>? Detail, string? Remote);

/// <summary>One page, newest first.</summary>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Items, string? Next);

/// <summary>A page, or what is wrong with the question.</summary>
public sealed record AuditAnswer(AuditPage? Page, Problem? Refusal);

/// <summary>Where something is not as it was written.</summary>
/// <param name="Where">A record's reference, <c>security</c>, or <c>anchors</c>.</param>
/// <param name="Number">The version or number at which it shows first.</param>
/// <param name="Reason">For an auditor.</param>
public sealed record AuditFault(string Where, long Number, string Reason);

/// <summary>What verifying came to.</summary>
/// <param name="Anchors">Anchors in the database.</param>
/// <param name="Compared">How many of them the file outside has too.</param>
/// <param name="Faults">Empty when everything is there, in place and as it was written; at most <see cref="IAudit.MostFaults"/>.</param>
public sealed record AuditReport(long Records, long Changes, long Events, long Anchors, long Compared, DateTimeOffset? AnchoredAt, TimeSpan Took, IReadOnlyList<AuditFault> Faults);

/// <summary>Everything that was done in a tenant, and whether it is still as it was written.</summary>
public interface IAudit
{
    /// <summary>Most faults that are told at once.</summary>
    const int MostFaults = 100;

    /// <summary>What lines are sorted into.</summary>
    static readonly IReadOnlyList<string> Categories = ["change", "permission", "signin", "refusal", "export", "audit"];

    /// <summary>A page. Values of records are reduced to what the caller may see; that something happened is not.</summary>
    Task<AuditAnswer> Read(Caller caller, AuditQuery query, CancellationToken cancel = default);

    /// <summary>All lines of a question as CSV (RFC 4180), newest first; what a spreadsheet would run is made harmless.</summary>
    IAsyncEnumerable<string> Export(Caller caller, AuditQuery query, CancellationToken cancel = default);

    /// <summary>Walks every chain of a tenant and compares it with the anchors, those in the file outside too.</summary>
    Task<AuditReport> Verify(string tenant, CancellationToken cancel = default);
}
