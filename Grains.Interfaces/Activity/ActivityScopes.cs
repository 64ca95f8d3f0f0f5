using System.Text.Json;

namespace Crm;

/// <summary>Finds out what belongs to a feed: what is followed, who is in a team, what refers to a record. As its reader may see it.</summary>
public sealed class ActivityScopes(IRecords records, ILists lists, IFollows follows, ICatalog catalog)
{
    private const string Users = "users";
    private const string Views = "views";
    private const int PageSize = 200;
    private const int MostPeople = 1_000;
    private static readonly HashSet<string> None = [];

    /// <summary>Understands a question, or says what is wrong with it.</summary>
    public async Task<(ActivitySpec? Spec, Problem? Refusal)> Read(Caller caller, ActivityQuery query, CancellationToken cancel)
    {
        if (query.Kinds?.FirstOrDefault(kind => catalog.Find(kind) is null or { Quiet: true }) is { } unknown)
        {
            return (null, new("kinds", "activity.kind", $"There are no entries of {unknown}. Known kinds are: {string.Join(", ", catalog.Kinds.Where(kind => !kind.Quiet).Select(kind => kind.Name))}."));
        }

        var sources = query.Scope switch
        {
            ActivityScope.Own => await Own(caller, cancel),
            ActivityScope.Team => new(None, [], await Team(caller, cancel), null, None),
            _ => await Around(caller, query.About, cancel),
        };
        return sources is null ? (null, new("about", "record.missing", "There is no such record.")) : (new(caller, catalog, query, sources), null);
    }

    private async Task<ActivitySources> Own(Caller caller, CancellationToken cancel)
    {
        var (refs, views, people, depends) = (new HashSet<string>(), new List<ListSpec>(), new HashSet<string>(), new HashSet<string>());
        foreach (var target in await follows.Followed(caller.Tenant, caller.User, cancel))
        {
            if (target.StartsWith(IFollows.TeamPrefix, StringComparison.Ordinal))
            {
                people.UnionWith(await Members(caller, target[IFollows.TeamPrefix.Length..], cancel));
                continue;
            }

            refs.Add(target);
            if (target.StartsWith($"{Views}/", StringComparison.Ordinal) && depends.Add(target) && await View(caller, target, cancel) is { } view)
            {
                views.Add(view);
            }
        }

        return new(refs, views, people, null, depends);
    }

    // A view that its reader may not see any more, or that asks for what he may not see, shows him nothing.
    private async Task<ListSpec?> View(Caller caller, string target, CancellationToken cancel)
    {
        if (Address.FromRef(caller.Tenant, target) is not { } at || await records.Read(at, caller, cancel) is not { } view
            || Text(view, "on") is not { } on || catalog.Find(on) is not { } kind)
        {
            return null;
        }

        var filter = Text(view, "filter") is { } text ? JsonElement.Parse(text) : default;
        return ListSpec.Read(caller, kind, await catalog.Custom(caller.Tenant, on), null, filter, "-updatedAt").Spec is { Redaction.SeesKind: true } spec ? spec : null;
    }

    private async Task<IReadOnlySet<string>> Team(Caller caller, CancellationToken cancel) =>
        await records.Read(new(caller.Tenant, Users, caller.User), Caller.System(caller.Tenant), cancel) is { } me && Text(me, "team") is { } team
            ? await Members(caller, team, cancel)
            : None;

    private async Task<HashSet<string>> Members(Caller caller, string team, CancellationToken cancel)
    {
        var (found, cursor) = (new HashSet<string>(), (string?)null);
        var filter = JsonSerializer.SerializeToElement(new { team });
        do
        {
            if ((await lists.Find(caller, Users, new(null, filter, null, PageSize, cursor), cancel)).Page is not { } page)
            {
                break; // Who may not see people follows none.
            }

            found.UnionWith(page.Items.Select(user => user.Id));
            cursor = page.Next;
        }
        while (cursor is not null && found.Count < MostPeople);
        return found;
    }

    private async Task<ActivitySources?> Around(Caller caller, string? about, CancellationToken cancel)
    {
        // A deleted record has its timeline, as it has its history.
        if (Address.FromRef(caller.Tenant, about) is not { } at || catalog.Find(at.Kind) is null || await records.History(at, caller, 0, 1, cancel) is null)
        {
            return null;
        }

        var fields = catalog.Kinds.Where(kind => !kind.Quiet && kind.Name != at.Kind)
            .SelectMany(kind => kind.Fields.Where(field => field.RefersTo == at.Kind).Select(field => (Kind: kind.Name, field.Name)))
            .ToLookup(field => field.Kind, field => field.Name);
        var refs = new HashSet<string> { at.Ref };
        foreach (var kind in fields)
        {
            foreach (var field in kind)
            {
                var filter = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [field] = at.Id });
                var found = await lists.Find(caller, kind.Key, new(null, filter, "-updatedAt", PageSize), cancel);
                refs.UnionWith((found.Page?.Items ?? []).Select(record => $"{record.Kind}/{record.Id}"));
            }
        }

        return new(refs, [], None, (at.Id, fields), None);
    }

    private static string? Text(RecordView view, string field) =>
        view.Fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
