using System.Collections.Concurrent;

namespace Crm.Web.Live;

/// <summary>Who is at a place, as this front end knows it at one moment: encoded once for all onlookers who may see the same.</summary>
/// <param name="at">The record.</param>
/// <param name="mostShown">More people than this are only counted.</param>
internal sealed class Gathering(Address at, IReadOnlyList<Person> people, IReadOnlyList<Claim> claims, int mostShown)
{
    private readonly ConcurrentDictionary<(string Class, string? Team), Shown> _shown = new();
    private HashSet<string>? _refs;

    /// <summary>Nobody.</summary>
    public static Gathering Empty(Address at) => new(at, [], [], 1);

    public IReadOnlyList<Person> People => people;

    public IReadOnlyList<Claim> Claims => claims;

    /// <summary>The records that are open, of a hall.</summary>
    public IReadOnlySet<string> Refs => _refs ??= [.. people.SelectMany(person => person.Refs)];

    /// <summary>What onlookers of one class and team are told.</summary>
    public Shown For(string @class, Redaction redaction, string? team) => _shown.GetOrAdd((@class, team), _ => Show(redaction, team));

    private Shown Show(Redaction redaction, string? team)
    {
        var visible = people.Where(person => person.IsShownTo(team)).ToList();
        var names = visible.Select(person => person.Who.User).ToHashSet();
        var first = visible.OrderByDescending(person => person.Activity).ThenByDescending(person => person.Since).ThenBy(person => person.Who.User, StringComparer.Ordinal)
            .Take(mostShown).Select(person => person.Field is { } field && !redaction.SeesField(field) ? person with { Field = null, Cursor = default } : person);
        var roster = PresenceFrames.Presence(at.Ref, visible.Count, first, claims.Where(claim => redaction.SeesField(claim.Field)), names);
        return new(roster, [.. visible.SelectMany(person => person.Drafts.Where(draft => redaction.SeesField(draft.Field)).Select(draft => new Told(
            (person.Who.User, draft.Field), draft.At, PresenceFrames.Drafted(at.Ref, person.Who.User, draft.Field, draft.Value))))]);
    }
}

/// <summary>What some onlookers are told of a place.</summary>
/// <param name="Roster"><c>Presence(…)</c>, encoded.</param>
internal sealed record Shown(byte[] Roster, IReadOnlyList<Told> Drafts);

/// <summary>One unsaved value, as it is told.</summary>
/// <param name="Frame"><c>Drafted(…)</c>, encoded.</param>
internal sealed record Told((string User, string Field) Of, DateTimeOffset At, byte[] Frame);
