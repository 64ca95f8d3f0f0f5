using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <inheritdoc />
public sealed class Duplicates(IRecords records, ILookup lookup, ICatalog catalog) : IDuplicates
{
    private const int MostCandidates = 100;
    private const int MostSimilar = 25;
    private const int MostShown = 25;
    private static readonly string[] Compared = ["name", "emails", "phones", "company"];

    /// <inheritdoc />
    public async Task<DuplicatesAnswer?> Of(Caller caller, string contact, CancellationToken cancel = default)
    {
        var at = new Address(caller.Tenant, Contact.KindName, contact);
        return Address.IsId(contact) && await records.Read(at, caller, cancel) is { } view
            ? new(await Find(caller, Json.Unflatten<Contact>(view.Fields), contact, cancel), [])
            : null;
    }

    /// <inheritdoc />
    public async Task<DuplicatesAnswer> Like(Caller caller, JsonElement fields, CancellationToken cancel = default)
    {
        var redaction = new Redaction(caller, Contact.Kind.Info);
        if (!redaction.SeesKind)
        {
            return new([], [new("", "access.denied", "You may not do this. Ask an administrator for the permission.")]);
        }

        var problems = new List<Problem>();
        var patch = Patch.Read(
            fields, Contact.Kind.Info, await catalog.Custom(caller.Tenant, Contact.KindName), [], caller with { ReadOnly = new HashSet<string>() }, redaction, problems);
        if (problems.Count > 0)
        {
            return new([], problems);
        }

        var contact = new Contact().Set(patch.Values.Where(value => Compared.Contains(value.Field.Name))
            .Select(value => KeyValuePair.Create(value.Field.Name, value.Value))).Tidied(default(Moment) with { Caller = caller });
        return new(await Find(caller, contact, null, cancel), []);
    }

    // Compared is what this caller would be shown, on both sides: a match on a hidden field would tell its value.
    private async Task<IReadOnlyList<DuplicateContact>> Find(Caller caller, Contact contact, string? self, CancellationToken cancel)
    {
        var keys = contact.Keys().Take(ILookup.MostKeys).ToList();
        var ids = new List<string>();
        if (keys.Count > 0)
        {
            // What proves most comes first: a very common name must not crowd out the same e-mail address.
            var found = await lookup.ByKeys(caller.Tenant, Contact.KindName, keys, cancel);
            ids.AddRange(keys.SelectMany(key => found.GetValueOrDefault(key) ?? []));
        }

        if ($"{contact.Name} {contact.Company}".Trim() is { Length: > 0 } text)
        {
            ids.AddRange((await lookup.Similar(caller.Tenant, Contact.KindName, text, MostSimilar, cancel)).Select(similar => similar.Id));
        }

        var views = await Task.WhenAll(ids.Distinct().Where(id => id != self).Take(MostCandidates)
            .Select(id => records.Read(new(caller.Tenant, Contact.KindName, id), caller, cancel)));
        return [.. views.OfType<RecordView>()
            .Select(view => (View: view, Likeness: Likeness.Of(contact, Json.Unflatten<Contact>(view.Fields))))
            .Where(candidate => candidate.Likeness is { Score: >= Likeness.Threshold, Reasons.Count: > 0 })
            .OrderByDescending(candidate => candidate.Likeness.Score).ThenBy(candidate => candidate.View.Id, StringComparer.Ordinal)
            .Take(MostShown)
            .Select(candidate => new DuplicateContact(candidate.View, candidate.Likeness.Score, candidate.Likeness.Reasons))];
    }
}
