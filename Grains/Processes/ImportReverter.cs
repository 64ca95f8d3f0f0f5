using System.Text.Json;
using Crm.Contacts;
using Crm.Imports;

namespace Crm.Engine;

/// <summary>
/// Takes an import back: contacts that it made and nobody touched since are deleted, what it added to others is taken out where nobody changed it since. What must
/// stay is told. The contacts name the imports that touched them, so no list of them is kept, and a run after a crash finds what is left.
/// </summary>
public sealed class ImportReverter(ImportServices services)
{
    private const int PageSize = 200;
    private const int HistoryPage = 500;
    private const string ImportType = $"{Contact.KindName}.import";
    private const string FillType = $"{Contact.KindName}.fill";

    /// <summary>Runs until nothing is left to take back.</summary>
    public async Task Run(JobReport report, ImportJob job, CancellationToken cancel)
    {
        var actor = Caller.System(report.At.Tenant) with { User = job.Revert!.By };
        var tally = job.Revert with { Done = job.Revert.Deleted + job.Revert.Undone, Left = 0, Kept = [] }; // What had to stay is met again.
        var kept = new List<KeptContact>();
        var filter = Json.Element(new { imports = new { has = report.At.Id } });
        var last = services.Time.GetTimestamp();
        string? cursor = null;
        do
        {
            cancel.ThrowIfCancellationRequested();
            var answer = await services.Lists.Find(actor, Contact.KindName, new(null, filter, null, PageSize, cursor), cancel);
            var page = answer.Page ?? throw new InvalidOperationException($"The contacts of an import cannot be listed: {answer.Refusal?.Code}");
            foreach (var end in await Task.WhenAll(page.Items.Select(view => Take(report.At, view, actor))))
            {
                tally = tally with
                {
                    Done = tally.Done + 1,
                    Deleted = tally.Deleted + (end.Deleted ? 1 : 0),
                    Undone = tally.Undone + (end is { Deleted: false, Left: null } ? 1 : 0),
                    Left = tally.Left + (end.Left is null ? 0 : 1),
                };
                if (end.Left is { } left && kept.Count < Reverting.MaxKept)
                {
                    kept.Add(new(end.Contact, left));
                }
            }

            cursor = page.Next;
            if (services.Time.GetElapsedTime(last) >= ImportRunner.ReportEvery)
            {
                last = services.Time.GetTimestamp();
                if (!await report.Send(ImportState.Reverting, new { revert = tally }))
                {
                    return;
                }
            }
        }
        while (cursor is not null);

        await report.Send(ImportState.Reverting, new { state = ImportState.Reverted, revert = tally with { Kept = kept } });
    }

    private async Task<End> Take(Address job, RecordView view, Caller actor)
    {
        var at = new Address(job.Tenant, view.Kind, view.Id);
        var (ours, others) = view.Version == 1 ? ([], false) : await Changes(job, at, actor);
        if (view.Version == 1 || (ours is [{ Version: 1 }, ..] && !others))
        {
            var gone = await services.Records.Do(at, actor, Id(job, view.Id, view.Version), Withdraw.Name, Json.Element(new { fields = view.Fields }));
            return gone.Status == Status.Rejected ? new(view.Id, false, []) : new(view.Id, true, null);
        }

        if (ours is [] or [{ Version: 1 }, ..])
        {
            return new(view.Id, false, []); // It made the contact, and others have worked on it since: it stays.
        }

        var left = new List<string>();
        var contact = Json.Unflatten<Contact>(view.Fields);
        foreach (var change in ours.AsEnumerable().Reverse())
        {
            contact = contact.Without(change.Fields, left);
            var taken = await services.Records.Do(at, actor, Id(job, view.Id, change.Version), TakeBack.Name, Json.Element(new { fields = change.Fields }));
            if (taken.Status == Status.Rejected)
            {
                return new(view.Id, false, [.. change.Fields.Keys.Where(name => name != "imports")]);
            }
        }

        return new(view.Id, false, left.Count == 0 ? null : left);
    }

    // Whose an import's change is says the last of the imports that the contact names once the change holds.
    private async Task<(List<Change> Ours, bool Others)> Changes(Address job, Address at, Caller actor)
    {
        var (ours, others, read) = (new List<Change>(), false, 0L);
        string? last = null;
        while (await services.Records.History(at, actor, read, HistoryPage) is { Count: > 0 } page)
        {
            foreach (var change in page)
            {
                if (change.Fields.TryGetValue("imports", out var imports))
                {
                    last = Names(imports.To).LastOrDefault();
                }

                if (last == job.Id && change.Type is ImportType or FillType)
                {
                    ours.Add(change);
                }
                else
                {
                    others = true;
                }
            }

            read = page[^1].Version;
        }

        return (ours, others);
    }

    private static IEnumerable<string?> Names(JsonElement set) =>
        set.ValueKind == JsonValueKind.Array ? set.EnumerateArray().Select(item => item.GetString()) : [];

    private static Guid Id(Address job, string contact, long version) =>
        CommandIds.Derive("import revert", job.ToString(), contact, version.ToString());

    private sealed record End(string Contact, bool Deleted, IReadOnlyList<string>? Left);
}
