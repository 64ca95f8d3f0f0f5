namespace Crm;

/// <summary>How much an entry of a feed matters.</summary>
public enum Importance
{
    /// <summary>What the product did by itself, and what it keeps count of.</summary>
    Minor,

    /// <summary>Work as usual.</summary>
    Normal,

    /// <summary>Highlighted: a record is deleted or brought back, merged or handed to somebody else, or a field moved that its kind calls important.</summary>
    Important,
}

/// <summary>Whose entries a feed has.</summary>
public enum ActivityScope
{
    /// <summary>What the caller follows: records, what his views show, what his teams do.</summary>
    Own,

    /// <summary>What the people of the caller's team do.</summary>
    Team,

    /// <summary>One record and all that refers to it: its timeline.</summary>
    Record,
}

/// <summary>What a feed shows. Every condition must hold.</summary>
/// <param name="About">The reference of the record of a timeline; null for other scopes.</param>
/// <param name="Kinds">Only records of these; null for all.</param>
/// <param name="By">Only what this user did.</param>
/// <param name="Field">Only changes of this field, by its flat name.</param>
/// <param name="Least">Nothing that matters less.</param>
/// <param name="Since">From this instant on.</param>
/// <param name="Until">Before this instant.</param>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">Where the page before ended; null for the first page. Opaque.</param>
public sealed record ActivityQuery(
    ActivityScope Scope, string? About = null, IReadOnlyList<string>? Kinds = null, string? By = null, string? Field = null, Importance Least = Importance.Minor,
    DateTimeOffset? Since = null, DateTimeOffset? Until = null, int Limit = 50, string? Cursor = null);

/// <summary>One change as a feed shows it, reduced to what its reader may see.</summary>
/// <param name="Title">What names the record now; null when it has no name or the reader may not see it.</param>
public sealed record ActivityEntry(Address At, string? Title, Change Change, Importance Importance);

/// <summary>One page, newest first.</summary>
/// <param name="Next">The cursor of the next page; null on the last one. A page may be short, or empty, and still have a next one: then much was looked at and little fits.</param>
public sealed record ActivityPage(IReadOnlyList<ActivityEntry> Items, string? Next);

/// <summary>A page, or what is wrong with the question.</summary>
public sealed record ActivityAnswer(ActivityPage? Page, Problem? Refusal);

/// <summary>Feeds and timelines: the change log, seen from somewhere. Nothing is stored for them.</summary>
public interface IActivity
{
    /// <summary>Of the records that a followed view shows, those that changed last count: so many on the first page, five times as many on later ones.</summary>
    const int MostOfView = 200;

    /// <summary>A page. What the caller may not see now is not there, whatever he could see when it happened.</summary>
    Task<ActivityAnswer> Read(Caller caller, ActivityQuery query, CancellationToken cancel = default);

    /// <summary>The feed as a predicate, for those that hear changes as they happen; or what is wrong with the question.</summary>
    Task<(ActivitySpec? Spec, Problem? Refusal)> Open(Caller caller, ActivityQuery query, CancellationToken cancel = default);

    /// <summary>Which changes a tenant has since an instant, oldest first: so that whoever hears of changes finds out what he was not told.</summary>
    Task<IReadOnlyList<(Address At, long Version)>> Since(string tenant, DateTimeOffset at, int limit, CancellationToken cancel = default);
}
