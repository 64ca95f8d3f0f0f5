using System.Collections.Concurrent;

namespace Crm;

/// <summary>Which changes belong to a feed before its conditions are asked.</summary>
/// <param name="Records">References of records.</param>
/// <param name="Views">Lists whose records belong.</param>
/// <param name="People">Ids of users whose changes belong.</param>
/// <param name="Referring">The record that others may refer to, and by which fields of which kinds; null for none.</param>
/// <param name="DependsOn">References that, when they change, make this another selection: followed views.</param>
public sealed record ActivitySources(
    IReadOnlySet<string> Records, IReadOnlyList<ListSpec> Views, IReadOnlySet<string> People, (string Id, ILookup<string, string> Fields)? Referring, IReadOnlySet<string> DependsOn);

/// <summary>One feed of one caller, understood: what is pushed is decided by the same as what is read.</summary>
public sealed class ActivitySpec(Caller caller, ICatalog catalog, ActivityQuery query, ActivitySources sources)
{
    private readonly ConcurrentDictionary<string, Redaction?> _redactions = new();

    /// <summary>Whose feed it is.</summary>
    public Caller Caller => caller;

    /// <summary>What was asked.</summary>
    public ActivityQuery Query => query;

    /// <summary>What belongs to it.</summary>
    public ActivitySources Sources => sources;

    /// <summary>The kinds that entries can be of: what the rest has is not worth looking at.</summary>
    public IReadOnlyList<string> Kinds => [.. catalog.Kinds.Select(kind => kind.Name).Where(kind => query.Kinds?.Contains(kind) is not false && RedactionOf(kind) is not null)];

    /// <summary>Whether a change belongs, its conditions and the reader's rights aside.</summary>
    /// <param name="heard">Complete, not reduced.</param>
    public bool Selects(Nudge heard) => sources.Records.Contains(heard.At.Ref)
        || sources.People.Contains(heard.Change.By)
        || sources.Views.Any(view => view.Kind.Name == heard.At.Kind && view.Matches(heard.After))
        || (sources.Referring is { } referring && referring.Fields[heard.At.Kind].Any(field =>
            heard.After.Fields.TryGetValue(field, out var value) && value.ValueKind == System.Text.Json.JsonValueKind.String && value.ValueEquals(referring.Id)));

    /// <summary>The entry as its reader may see it; null when the record is not for him, nothing of the change is left, or a condition does not hold.</summary>
    /// <param name="head">The record as it is now, complete.</param>
    public ActivityEntry? Show(Address at, Change change, RecordView head)
    {
        if (!Fits(at, change) || RedactionOf(at.Kind) is not { } redaction || !redaction.Sees(head))
        {
            return null;
        }

        var shown = redaction.Show(change);
        var kind = catalog.Find(at.Kind)!;
        if ((shown.Fields.Count == 0 && change.Fields.Count > 0) || (query.Field is { } field && !shown.Fields.ContainsKey(field)))
        {
            return null;
        }

        var importance = Weight.Of(kind, shown);
        return importance < query.Least ? null : new(at, redaction.SeesField(kind.Title) ? TitleOf(kind, head) : null, shown, importance);
    }

    /// <summary>Whether the reader may see this record at all.</summary>
    public bool Sees(RecordView head) => RedactionOf(head.Kind) is { } redaction && redaction.Sees(head);

    private bool Fits(Address at, Change change) => at.Tenant == caller.Tenant
        && (query.Kinds is null || query.Kinds.Contains(at.Kind))
        && (query.By is null || query.By == change.By)
        && (query.Since is not { } since || change.At >= since)
        && (query.Until is not { } until || change.At < until);

    // Null for kinds that no feed shows.
    private Redaction? RedactionOf(string kind) => _redactions.GetOrAdd(kind, name =>
        catalog.Find(name) is { Quiet: false } info && new Redaction(caller, info) is { SeesKind: true } redaction ? redaction : null);

    private static string? TitleOf(KindInfo kind, RecordView head) =>
        head.Fields.TryGetValue(kind.Title, out var title) && title.ValueKind == System.Text.Json.JsonValueKind.String ? title.GetString() : null;
}
