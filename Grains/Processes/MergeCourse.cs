using System.Text.Json;
using Crm.Contacts;
using Crm.Merges;

namespace Crm.Engine;

/// <summary>
/// The steps of a merge of contacts and of its undoing. Each loser is deleted first and only then read, so no edit of it can get lost between the two:
/// one that came before is taken over, one that comes after is refused. Two merges that name one contact cannot both get it: its own record decides.
/// </summary>
public sealed class MergeCourse : ICourse
{
    private const int HistoryPage = 500;
    private const string Planned = "merges.plan";
    private const string Undoing = "merges.beginRevert";

    /// <inheritdoc />
    public string Name => "contacts.merge";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => kind == ContactMerge.KindName && change.Type is Planned or Undoing;

    /// <inheritdoc />
    public async Task Run(Nudge heard, IRecords records, CancellationToken cancel)
    {
        var steps = new Steps(heard, records);
        var merge = Json.Unflatten<ContactMerge>(heard.After.Fields);
        var now = await records.Read(heard.At, steps.Actor, cancel) is { } view ? Json.Unflatten<ContactMerge>(view.Fields) : null;
        if (now is not null && now.State != (heard.Change.Type == Planned ? MergeState.Merging : MergeState.Reverting))
        {
            return; // Somebody else took all the steps.
        }

        await (heard.Change.Type == Planned ? Join(heard, merge, steps) : Part(merge, steps));
    }

    private static async Task Join(Nudge heard, ContactMerge merge, Steps steps)
    {
        var gone = new List<(string Id, long Version)>();
        Problem? refusal = null;
        foreach (var loser in merge.Losers!.Order(StringComparer.Ordinal))
        {
            var outcome = await steps.Do("go", loser, Contacts.MergeInto.Name, new { winner = merge.Winner });
            if (outcome.Status == Status.Rejected)
            {
                refusal = new("with", "merge.loser", $"The contact {loser} could not be merged: it was deleted or merged into another one meanwhile.");
                break;
            }

            gone.Add((loser, outcome.Version));
        }

        if ((refusal ?? await Absorbed(heard, merge, gone, steps)) is not { } why)
        {
            return;
        }

        foreach (var (loser, _) in gone)
        {
            await steps.Do("return", loser, ComeBack.Name, new { winner = merge.Winner });
        }

        await steps.Finish(new Finish(MergeState.Refused, Code: why.Code, Reason: why.Text));
    }

    // The winner takes in what the others had when they went; then the merge is done, or this is why it cannot be.
    private static async Task<Problem?> Absorbed(Nudge heard, ContactMerge merge, List<(string Id, long Version)> gone, Steps steps)
    {
        var from = new List<Contact>();
        foreach (var loser in merge.Losers!)
        {
            from.Add(await steps.At(loser, gone.Find(one => one.Id == loser).Version - 1));
        }

        // The plan's own change, and not the record as it is now: the body of a repeated command must be the same.
        var chosen = heard.Change.Fields.TryGetValue("chosen", out var values) ? values.To : Json.Null;
        var outcome = await steps.Do("absorb", merge.Winner!, Absorb.Name, new { merge = heard.At.Id, from, chosen });
        if (outcome.Status != Status.Rejected)
        {
            await steps.Finish(new Finish(MergeState.Done, outcome.Version));
            return null;
        }

        return outcome.Errors[0].Code == "record.missing"
            ? new("", "merge.winner", "The contact was deleted or merged into another one meanwhile.")
            : outcome.Errors[0];
    }

    private static async Task Part(ContactMerge merge, Steps steps)
    {
        var taken = (await steps.Change(merge.Winner!, merge.Version!.Value)).Fields;
        var left = new List<string>();
        if (await steps.Read(merge.Winner!) is { } winner)
        {
            Json.Unflatten<Contact>(winner.Fields).Without(taken, left);
        }

        var outcome = await steps.Do("takeBack", merge.Winner!, TakeBack.Name, new { fields = taken });
        if (outcome.Status == Status.Rejected)
        {
            await steps.Finish(new Finish(MergeState.Done, Code: outcome.Errors[0].Code, Reason: outcome.Errors[0].Text));
            return;
        }

        foreach (var loser in merge.Losers!.Order(StringComparer.Ordinal))
        {
            outcome = await steps.Do("return", loser, ComeBack.Name, new { winner = merge.Winner });
            if (outcome.Status == Status.Rejected)
            {
                left.Add(loser);
            }
        }

        await steps.Finish(new Finish(MergeState.Reverted, Left: left));
    }

    /// <summary>Commands in the name of whoever asked for the merge, under ids that follow from the change and the step.</summary>
    private sealed class Steps(Nudge heard, IRecords records)
    {
        public Caller Actor { get; } = Caller.System(heard.At.Tenant) with { User = heard.Change.By };

        public Task<Outcome> Do(string step, string contact, string verb, object args) =>
            records.Do(Contact(contact), Actor, Id(step, contact), verb, Json.Element(args));

        public Task<Outcome> Finish(Finish finish) => records.Do(heard.At, Actor, Id("finish", ""), Merges.Finish.Name, Json.Element(finish));

        public Task<RecordView?> Read(string contact) => records.Read(Contact(contact), Actor);

        public async Task<Change> Change(string contact, long version) =>
            await records.History(Contact(contact), Actor, version - 1, 1) is [var change]
                ? change
                : throw new InvalidOperationException($"contacts/{contact} has no version {version}.");

        // What a deleted record was: its state is the fold of its changes.
        public async Task<Contact> At(string contact, long version)
        {
            var fields = new Dictionary<string, JsonElement>();
            for (long read = 0; read < version;)
            {
                var page = await records.History(Contact(contact), Actor, read, (int)Math.Min(HistoryPage, version - read));
                if (page is null or { Count: 0 })
                {
                    throw new InvalidOperationException($"contacts/{contact} has no version {version}.");
                }

                foreach (var (name, value) in page.SelectMany(change => change.Fields))
                {
                    fields[name] = value.To;
                }

                read = page[^1].Version;
            }

            return Json.Unflatten<Contact>(fields.Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary()) with { Merges = null, Imports = null };
        }

        private Address Contact(string id) => new(heard.At.Tenant, Crm.Contacts.Contact.KindName, id);

        private Guid Id(string step, string contact) =>
            CommandIds.Derive("contacts.merge", heard.At.ToString(), heard.Change.Version.ToString(), step, contact);
    }
}
