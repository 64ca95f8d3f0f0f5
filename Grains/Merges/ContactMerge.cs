using System.Text.Json;
using Crm.Engine;

namespace Crm.Merges;

/// <summary>How far a merge is.</summary>
public enum MergeState
{
    /// <summary>Decided; its steps are under way.</summary>
    Merging,

    /// <summary>The winner holds what the others had; they are deleted.</summary>
    Done,

    /// <summary>One of the contacts could not take part; nothing was changed.</summary>
    Refused,

    /// <summary>Being undone.</summary>
    Reverting,

    /// <summary>Undone.</summary>
    Reverted,
}

/// <summary>That contacts were made one: first the plan, then the fact, and what it takes to undo it.</summary>
/// <param name="Losers">Who goes; gaps are filled from them in this order.</param>
/// <param name="Chosen">Values that the winner keeps instead of its own, by flat name.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Version">The version of the winner that took the losers in; what it changed is in that record's history.</param>
/// <param name="Left">What undoing could not take back, since somebody had changed it meanwhile: fields of the winner, or ids of losers that are gone.</param>
/// <param name="Code">Why it was refused, for programs.</param>
/// <param name="Reason">Why it was refused, for people.</param>
public sealed record ContactMerge(
    string? Winner = null, IReadOnlyList<string>? Losers = null, MergeState State = MergeState.Merging, IReadOnlyDictionary<string, JsonElement>? Chosen = null,
    string? By = null, long? Version = null, IReadOnlyList<string>? Left = null, string? Code = null, string? Reason = null) : IKind<ContactMerge>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "merges";

    /// <summary>Most contacts that go into another one at once.</summary>
    public const int MaxLosers = 20;

    // Decided on the contacts as they were; somebody has to decide again.
    private static readonly NoticeRule Refused = new(
        "merges.refused", NoticePriority.Important,
        new("The merge into {title} could not be made: a contact had been changed.", "Die Zusammenführung in {title} ging nicht: ein Kontakt wurde inzwischen geändert."),
        change => change.Fields.TryGetValue("state", out var state) && state.To.ValueEquals("refused"),
        heard => heard.After.Fields.TryGetValue("by", out var by) ? [new Receiver.User(by.GetString()!)] : [])
    {
        Actions = ["open"],
        ToMaker = true,
        About = heard => heard.After.Fields.TryGetValue("winner", out var winner) ? $"contacts/{winner.GetString()}" : null,
    };

    /// <inheritdoc />
    public static Kind<ContactMerge> Kind { get; } = new Kind<ContactMerge>(KindName, "winner", new ContactMerge(), "Contacts that were made one, and how that is undone.")
        .Field(nameof(Winner), FieldType.Reference, editable: false, required: true, refersTo: "contacts")
        .Field(nameof(Losers), FieldType.Set, editable: false, required: true)
        .Field(nameof(State), FieldType.Choice, editable: false, options: ["merging", "done", "refused", "reverting", "reverted"])
        .Field(nameof(Chosen), FieldType.Data, editable: false, personal: true)
        .Field(nameof(By), FieldType.User, editable: false)
        .Field(nameof(Version), FieldType.Number, editable: false)
        .Field(nameof(Left), FieldType.Set, editable: false)
        .Field(nameof(Code), FieldType.Text, editable: false)
        .Field(nameof(Reason), FieldType.Text, editable: false)
        .OwnedBy(nameof(By))
        .Compound<NoArgs>("revert", "contacts.merge", "Undoes the merge: the others come back, and the winner loses what it took from them wherever nobody changed it since.")
        .InnerVerb<Plan>(VerbOn.Nothing)
        .InnerVerb<BeginRevert>()
        .InnerVerb<Finish>()
        .Tells(Refused, Finish.Name)
        .Silent("create", "edit", "delete", "restore", "undo", Plan.Name, BeginRevert.Name)
        .Example(new("0198f2c0-winner", ["0198f2c0-loser"], MergeState.Done, null, "ana", 3));

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (Winner is null || Losers is null or { Count: 0 })
        {
            yield return new("winner", "merge.plan", "A merge is made by POST /api/v1/contacts/ID/merge.");
        }
    }
}

/// <summary>No arguments.</summary>
public sealed record NoArgs;

/// <summary>The merge is decided.</summary>
public sealed record Plan(string Winner, IReadOnlyList<string> Losers, IReadOnlyDictionary<string, JsonElement>? Chosen = null) : IVerb<ContactMerge>
{
    /// <inheritdoc />
    public static string Name => "plan";

    /// <inheritdoc />
    public static string Permission => "merges.plan";

    /// <inheritdoc />
    public Decision<ContactMerge> Decide(ContactMerge record, Moment moment) =>
        new ContactMerge(Winner, Losers, MergeState.Merging, Chosen is { Count: > 0 } ? Chosen : null, moment.Caller.User);
}

/// <summary>The merge shall be undone.</summary>
public sealed record BeginRevert : IVerb<ContactMerge>
{
    /// <inheritdoc />
    public static string Name => "beginRevert";

    /// <inheritdoc />
    public static string Permission => "merges.revert";

    /// <inheritdoc />
    public Decision<ContactMerge> Decide(ContactMerge record, Moment moment) => record.State switch
    {
        MergeState.Done => record with { State = MergeState.Reverting, Code = null, Reason = null },
        MergeState.Reverting => record,
        MergeState.Reverted => new Problem("state", "merge.reverted", "This merge is undone already."),
        MergeState.Refused => new Problem("state", "merge.refused", "This merge never took place."),
        _ => new Problem("state", "merge.running", "This merge is still under way. Try again in a moment."),
    };
}

/// <summary>All steps are taken, or the way back from those that were.</summary>
public sealed record Finish(MergeState State, long? Version = null, IReadOnlyList<string>? Left = null, string? Code = null, string? Reason = null) : IVerb<ContactMerge>
{
    /// <inheritdoc />
    public static string Name => "finish";

    /// <inheritdoc />
    public static string Permission => "merges.finish";

    /// <inheritdoc />
    public Decision<ContactMerge> Decide(ContactMerge record, Moment moment) => record.State is MergeState.Merging or MergeState.Reverting
        ? record with { State = State, Version = Version ?? record.Version, Left = Left is { Count: > 0 } ? Left : null, Code = Code, Reason = Reason, Chosen = null }
        : new Problem("state", "merge.over", "This merge is over.");
}
