namespace Crm.Engine;

/// <summary>How much a notice matters. In the order of urgency, which is also that of the names: a list sorts by it.</summary>
public enum NoticePriority
{
    /// <summary>Passes quiet hours, cannot be switched off in the product, and goes to somebody else when nobody reads it.</summary>
    Critical,

    /// <summary>Shown at once outside quiet hours.</summary>
    Important,

    /// <summary>Good to know.</summary>
    Information,
}

/// <summary>Whom an event concerns. Who that is, is looked up when the notice is made.</summary>
public abstract record Receiver
{
    private Receiver()
    {
    }

    /// <summary>One user.</summary>
    public sealed record User(string Id) : Receiver;

    /// <summary>The one user who is called so, as <see cref="Engine.Mentions"/> reads it from a text; nobody where none or several are.</summary>
    public sealed record Mentioned(string Handle) : Receiver;

    /// <summary>Everybody of a team.</summary>
    public sealed record Team(string Name) : Receiver;

    /// <summary>Everybody who holds a permission.</summary>
    public sealed record Holder(string Permission) : Receiver;

    /// <summary>Everybody who follows the record.</summary>
    public sealed record Follower : Receiver;

    /// <summary>Everybody of the tenant who may sign in.</summary>
    public sealed record All : Receiver;
}

/// <summary>How a notice reads in the product's languages.</summary>
/// <param name="En">With <c>{by}</c>, <c>{title}</c>, <c>{whom}</c>, <c>{kind}</c> and <c>{fields}</c> in it, which stand for what the reader may see.</param>
/// <param name="De">The same in German.</param>
public sealed record NoticeWords(string En, string De);

/// <summary>One sort of event that people are told of: which changes are one, whom it concerns, and what is said.</summary>
/// <param name="Event">Stable: it stands in notices and in what people have chosen. <c>contacts.assigned</c>.</param>
/// <param name="Of">Whether a change may be one, by the change alone. Pure and quick: asked in the turn.</param>
/// <param name="To">Whom it concerns, by the change and the record that it left; nobody where it is none after all. Pure.</param>
public sealed record NoticeRule(
    string Event, NoticePriority Priority, NoticeWords Words, Func<Change, bool> Of, Func<Nudge, IEnumerable<Receiver>> To)
{
    /// <summary>What can be done in the notice itself, first the most likely. The client knows them by name.</summary>
    public IReadOnlyList<string> Actions { get; init; } = [];

    /// <summary>The field that the event is in: who may not see it is not told. Null for the record as a whole.</summary>
    public string? Field { get; init; }

    /// <summary>The user whom it is about beside him who did it; null for none.</summary>
    public Func<Nudge, string?>? Whom { get; init; }

    /// <summary>The record that it is about; null for the one that changed.</summary>
    public Func<Nudge, string?>? About { get; init; }

    /// <summary>Whether whoever did it is told as well.</summary>
    public bool ToMaker { get; init; }

    /// <summary>All such changes of one record within this time are one notice; null for one each.</summary>
    public TimeSpan? Together { get; init; }

    /// <summary>The event by which the maker is told of those who were meant and may not see the record; null when nobody is.</summary>
    public NoticeRule? Closed { get; init; }
}

/// <summary>Which of a kind's changes tell anybody, and which tell nobody: each type of change has to be in one of the two.</summary>
public sealed class KindNotices
{
    private readonly Dictionary<string, List<NoticeRule>> _rules = [];
    private readonly HashSet<string> _silent = [];

    /// <summary>Types of change that have rules, without the kind before them.</summary>
    public IReadOnlyCollection<string> Telling => _rules.Keys;

    /// <summary>Types of change of which nobody is told.</summary>
    public IReadOnlyCollection<string> Silent => _silent;

    /// <summary>Every rule, once.</summary>
    public IEnumerable<NoticeRule> Rules => _rules.Values.SelectMany(rules => rules).Distinct();

    /// <summary>The rules for a type of change, without the kind before it.</summary>
    public IReadOnlyList<NoticeRule> For(string type) => _rules.TryGetValue(type, out var rules) ? rules : [];

    internal void Tell(NoticeRule rule, IEnumerable<string> types)
    {
        foreach (var type in types)
        {
            if (!_rules.TryGetValue(type, out var rules))
            {
                _rules[type] = rules = [];
            }

            rules.Add(rule);
        }
    }

    internal void Silence(IEnumerable<string> types) => _silent.UnionWith(types);
}

/// <summary>Every event that people can be told of, from all kinds.</summary>
public sealed class NoticeRules
{
    private readonly Dictionary<string, KindNotices> _kinds;
    private readonly Dictionary<string, NoticeRule> _events;

    /// <summary>Reads the kinds' own declarations.</summary>
    /// <param name="more">Events that no change is behind, such as an edit that was refused.</param>
    public NoticeRules(ICatalog catalog, IKindRegistry kinds, params IEnumerable<NoticeRule> more)
    {
        _kinds = catalog.Kinds.ToDictionary(kind => kind.Name, kind => kinds.Runtime(kind.Name)!.Notices);
        _events = _kinds.Values.SelectMany(notices => notices.Rules).SelectMany(WithClosed).Concat(more).DistinctBy(rule => rule.Event).ToDictionary(rule => rule.Event);
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyCollection<NoticeRule> Events => [.. _events.Values.OrderBy(rule => rule.Event, StringComparer.Ordinal)];

    /// <summary>The event of that name; null for one of another version of the product.</summary>
    public NoticeRule? Find(string name) => _events.GetValueOrDefault(name);

    /// <summary>The rules that a change may fall under; usually none.</summary>
    public IEnumerable<NoticeRule> For(string kind, Change change) => _kinds.TryGetValue(kind, out var notices)
        ? notices.For(change.Type[(change.Type.IndexOf('.', StringComparison.Ordinal) + 1)..]).Where(rule => rule.Of(change))
        : [];

    private static IEnumerable<NoticeRule> WithClosed(NoticeRule rule) => rule.Closed is { } closed ? [rule, closed] : [rule];
}
