using System.Text.Json;
using Crm.Contacts;
using Crm.Merges;

namespace Crm.Engine;

/// <summary>Makes one contact of several: writes the plan, takes its steps, and says how it went.</summary>
public sealed class MergeVerb(ICatalog catalog, MergeCourse course) : ICompoundVerb
{
    /// <inheritdoc />
    public string Kind => Contact.KindName;

    /// <inheritdoc />
    public string Name => MergeArgs.Name;

    /// <inheritdoc />
    public async Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        var asked = Json.Read<MergeArgs>(args);
        var merge = new Address(at.Tenant, ContactMerge.KindName, CommandIds.Derive("merge", at.ToString(), caller.User, commandId.ToString()).ToString());
        var actor = Caller.System(at.Tenant) with { User = caller.User };
        var chosen = new Dictionary<string, JsonElement>();
        var problems = Shape(at.Id, asked);
        if (problems.Count == 0 && await records.Read(merge, actor) is null) // A repetition finds the losers gone, as they should be.
        {
            problems.AddRange(await Visible(asked, at.Tenant, caller, records));
        }

        if (asked.Fields is { } fields)
        {
            var own = await catalog.Custom(at.Tenant, at.Kind);
            var kind = catalog.Find(at.Kind)!;
            foreach (var (field, value) in Patch.Read(fields, kind, own, [], caller, new Redaction(caller, kind), problems).Values)
            {
                chosen[field.Name] = value;
            }
        }

        if (problems.Count > 0)
        {
            return Outcome.Rejected(0, [.. problems]);
        }

        var planned = await records.Do(merge, actor, commandId, Plan.Name, Json.Element(new Plan(at.Id, asked.With, chosen)));
        if (planned.Status == Status.Rejected)
        {
            return planned;
        }

        var change = (await records.History(merge, actor, 0, 1))![0];
        await course.Run(new(merge, change, Fold(merge, change)), records, CancellationToken.None);
        return Ended(await records.Read(merge, actor));
    }

    private static List<Problem> Shape(string winner, MergeArgs asked) =>
        asked.With.Count is < 1 or > ContactMerge.MaxLosers || asked.With.Distinct().Count() != asked.With.Count || !asked.With.All(Address.IsId)
            ? [new("with", "merge.with", $"Name 1 to {ContactMerge.MaxLosers} different contacts.")]
            : asked.With.Contains(winner) ? [new("with", "merge.self", "A contact cannot be merged into itself.")]
            : [];

    private static async Task<List<Problem>> Visible(MergeArgs asked, string tenant, Caller caller, IRecords records)
    {
        var problems = new List<Problem>();
        foreach (var loser in asked.With)
        {
            if (await records.Read(new(tenant, Contact.KindName, loser), caller) is null)
            {
                problems.Add(new("with", "merge.loser", $"There is no contact {loser}, or not any more."));
            }
        }

        return problems;
    }

    private static Outcome Ended(RecordView? view) => (view is null ? null : Json.Unflatten<ContactMerge>(view.Fields)) switch
    {
        { State: MergeState.Refused } refused => Outcome.Rejected(0, new Problem(refused.Code == "merge.loser" ? "with" : "", refused.Code!, refused.Reason!)),
        { Version: { } version } => Outcome.Done(Status.Applied, version),
        _ => throw new UnavailableException("The merge is still under way."),
    };

    private static RecordView Fold(Address at, Change change) => new(
        at.Kind, at.Id, change.Version, change.At, change.At, change.By, false, change.Fields.ToDictionary(field => field.Key, field => field.Value.To));
}

/// <summary>Undoes a merge.</summary>
public sealed class RevertMergeVerb(MergeCourse course) : ICompoundVerb
{
    /// <inheritdoc />
    public string Kind => ContactMerge.KindName;

    /// <inheritdoc />
    public string Name => "revert";

    /// <inheritdoc />
    public async Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        Json.Read<NoArgs>(args);
        var actor = Caller.System(at.Tenant) with { User = caller.User };
        var begun = await records.Do(at, actor, commandId, BeginRevert.Name, Json.Element(new BeginRevert()));
        if (begun.Status == Status.Rejected)
        {
            return begun;
        }

        if (await records.Read(at, actor) is { } view && await Begun(at, actor, begun.Version, records) is { } change)
        {
            await course.Run(new(at, change, view), records, CancellationToken.None);
        }

        return await records.Read(at, actor) is { } now ? Ended(now) : begun;
    }

    // When another command began it, its change is an earlier one.
    private static async Task<Change?> Begun(Address at, Caller actor, long version, IRecords records)
    {
        var changes = await records.History(at, actor, 0, (int)version);
        return changes?.LastOrDefault(change => change.Type == $"{ContactMerge.KindName}.{BeginRevert.Name}");
    }

    private static Outcome Ended(RecordView view) => Json.Unflatten<ContactMerge>(view.Fields) switch
    {
        { State: MergeState.Reverted } merge => Outcome.Done(merge.Left is null ? Status.Applied : Status.Merged, view.Version),
        { State: MergeState.Done, Code: { } code, Reason: { } reason } => Outcome.Rejected(view.Version, new Problem("", code, reason)),
        _ => throw new UnavailableException("The merge is still being undone."),
    };
}

/// <summary>The same, asked of the winner.</summary>
public sealed class UnmergeVerb(RevertMergeVerb revert) : ICompoundVerb
{
    /// <inheritdoc />
    public string Kind => Contact.KindName;

    /// <inheritdoc />
    public string Name => UnmergeArgs.Name;

    /// <inheritdoc />
    public async Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        var asked = Json.Read<UnmergeArgs>(args);
        var actor = Caller.System(at.Tenant) with { User = caller.User };
        var merges = await records.Read(at, actor) is { } view ? Json.Unflatten<Contact>(view.Fields).Merges ?? [] : [];
        var id = asked.Merge ?? (merges is [] ? null : merges[^1]);
        if (id is null || !Address.IsId(id)
            || await records.Read(new(at.Tenant, ContactMerge.KindName, id), actor) is not { } merge
            || Json.Unflatten<ContactMerge>(merge.Fields).Winner != at.Id)
        {
            return Outcome.Rejected(0, new Problem("merge", "merge.unknown", "This contact has no such merge to undo."));
        }

        var outcome = await revert.Run(new(at.Tenant, ContactMerge.KindName, id), caller, commandId, default, records);
        return outcome.Status == Status.Rejected || await records.Read(at, actor) is not { } now ? outcome : outcome with { Version = now.Version };
    }
}
