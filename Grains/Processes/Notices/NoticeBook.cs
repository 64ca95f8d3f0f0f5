using System.Globalization;
using System.Text.Json;
using Crm.Notices;

namespace Crm.Engine;

/// <inheritdoc cref="INotices"/>
/// <param name="host">The records themselves, not their door: inner verbs are open there. Asked for late.</param>
public sealed class NoticeBook(Func<IRecords> host, ILists lists, NoticeRules rules, NoticeTeller teller, WishBook wishes, IMembers members,
    ITimers timers, IKeptDrafts drafts, TimeProvider time) : INotices
{
    private const int MostPreviewed = 2_000;
    private static readonly TimeSpan Previewed = TimeSpan.FromDays(7);

    /// <inheritdoc />
    public IReadOnlyList<NoticeEvent> Events { get; } = [.. rules.Events.Select(rule => (Rule: rule, Usual: Wishes.Usual(rule.Priority))).Select(each => new NoticeEvent(
        each.Rule.Event, Word(each.Rule.Priority), each.Rule.Words.En, each.Rule.Words.De, each.Rule.Actions, Word(each.Usual.InApp!.Value), each.Usual.Desktop!.Value,
        Word(each.Usual.Email!.Value)))];

    /// <inheritdoc />
    public async Task<IReadOnlyList<NoticeText>> Texts(Caller caller, IReadOnlyCollection<string> ids, string? language, CancellationToken cancel = default)
    {
        var records = host();
        var spoken = language ?? (await wishes.Of(caller.Tenant, caller.User, records)).Language;
        var texts = await Task.WhenAll(ids.Where(Address.IsId).Distinct().Take(INotices.Most).Select(async id =>
            await records.Read(new(caller.Tenant, Notice.KindName, id), caller, cancel) is { } view
                ? await teller.Tell(id, Json.Unflatten<Notice>(view.Fields), caller, spoken, records, cancel) : null));
        return [.. texts.OfType<NoticeText>()];
    }

    /// <inheritdoc />
    public async Task<int> ReadAll(Caller caller, DateTimeOffset until, string? @event, CancellationToken cancel = default)
    {
        var filter = new Dictionary<string, object> { ["read"] = new { empty = true }, ["createdAt"] = new { lte = until } };
        if (@event is not null)
        {
            filter["event"] = @event;
        }

        var answer = await lists.Find(caller, Notice.KindName, new(null, JsonSerializer.SerializeToElement(filter), "createdAt", INotices.Most), cancel);
        var unread = answer.Page?.Items ?? [];
        var marked = await Task.WhenAll(unread.Select(view => host().Do(
            new(caller.Tenant, Notice.KindName, view.Id), caller, CommandIds.Derive("notices.readAll", view.Id), MarkRead.Name, Json.Element(new MarkRead()))));
        return marked.Count(outcome => outcome.Status is Status.Applied or Status.Merged);
    }

    /// <inheritdoc />
    public async Task<NoticePreferences> Preferences(Caller caller, string? role, CancellationToken cancel = default)
    {
        var id = role is null ? caller.User : Preference.OfRole(role);
        var view = await host().Read(new(caller.Tenant, Preference.KindName, id), Caller.System(caller.Tenant), cancel);
        var wanted = role is null
            ? await wishes.Of(caller.Tenant, caller.User, host())
            : new Wishes(view is null ? [] : [Json.Unflatten<Preference>(view.Fields)]);
        return new(
            view?.Fields ?? new Dictionary<string, JsonElement>(), view?.Version ?? 0,
            [.. rules.Events.Select(rule => (rule.Event, Choice: wanted.For(rule.Event, rule.Priority)))
                .Select(each => new NoticeChoice(each.Event, Word(each.Choice.InApp!.Value), each.Choice.Desktop!.Value, Word(each.Choice.Email!.Value)))],
            Hour(wanted.QuietFrom), Hour(wanted.QuietTo), wanted.TimeZone, wanted.Language, wanted.DigestAt, wanted.Mails,
            (int)(wanted.EscalateAfter?.TotalMinutes ?? 0), wanted.Deputy, wanted.Sound);
    }

    /// <inheritdoc />
    public async Task<Outcome> Prefer(Caller caller, Guid commandId, string? role, JsonElement set)
    {
        if (role is not null && !caller.Can("preferences.edit"))
        {
            return Refused("", "access.denied", "You may not do this. Ask an administrator for the permission.");
        }

        if (await Wrong(caller.Tenant, set) is { } wrong)
        {
            return wrong;
        }

        var id = role is null ? caller.User : Preference.OfRole(role);
        return !Address.IsId(id)
            ? Refused("role", "preference.role", "This must be the id of a role.")
            : await host().Do(new(caller.Tenant, Preference.KindName, id), Caller.System(caller.Tenant) with { User = caller.User }, commandId, Notices.Prefer.Name,
                Json.Element(new Prefer(role is null ? caller.User : null, Set(set))));
    }

    /// <inheritdoc />
    public async Task<(NoticePreview? Preview, Problem? Refusal)> Preview(Caller caller, JsonElement set, CancellationToken cancel = default)
    {
        var own = await WishBook.Read(caller.Tenant, caller.User, host()) ?? new Preference(caller.User);
        try
        {
            own = new Prefer(caller.User, Set(set)).Over(own);
        }
        catch (JsonException unreadable)
        {
            return (null, new("", "body.unreadable", $"These choices are not understood{(unreadable.Path is { } path ? $" (at {path})" : "")}."));
        }

        if ((await Wrong(caller.Tenant, set))?.Errors[0] is { } wrong || (wrong = own.Check().FirstOrDefault()) is not null)
        {
            return (null, wrong);
        }

        var wanted = await wishes.Of(caller.Tenant, caller.User, host(), own);
        var planned = (await LastWeek(caller, cancel)).Select(view => (Notice: Json.Unflatten<Notice>(view.Fields), view.CreatedAt))
            .Select(made => (made.Notice.Event, Plan: wanted.Plan(made.Notice.Event!, made.Notice.Priority, made.CreatedAt))).ToList();
        return (new(
            [.. planned.GroupBy(each => each.Event!).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new NoticePreviewLine(
                group.Key, group.Count(), group.Count(each => !each.Plan.Muted), group.Count(each => each.Plan.Desktop), group.Count(each => each.Plan.HeldUntil is not null),
                group.Count(each => each.Plan.MailAt is not null)))],
            planned.Select(each => each.Plan.MailAt).OfType<DateTimeOffset>().Distinct().Count()), null);
    }

    /// <inheritdoc />
    public Task Delivered(string tenant, IReadOnlyCollection<string> ids) => Task.WhenAll(ids.Select(id => host().Do(
        new(tenant, Notice.KindName, id), Caller.System(tenant), CommandIds.Derive("notices.deliver", id), Deliver.Name, Json.Element(new Deliver()))));

    /// <inheritdoc />
    public async Task Conflicted(Caller caller, Address at, Outcome refused, CancellationToken cancel = default)
    {
        var now = time.GetUtcNow();
        foreach (var conflict in refused.Conflicts)
        {
            await drafts.Keep(at, caller.User, new(conflict.Field, conflict.Yours, refused.Version, now), cancel);
        }

        await timers.Set(ConflictBell.For(at, caller.User, refused, now), move: true, cancel);
    }

    /// <inheritdoc />
    public Task EndMail(string tenant, string user) => host().Do(
        new(tenant, Preference.KindName, user), Caller.System(tenant) with { User = user },
        CommandIds.Derive("mail end", tenant, user, time.GetUtcNow().UtcTicks.ToString(CultureInfo.InvariantCulture)), Notices.Prefer.Name,
        Json.Element(new Prefer(user, new Dictionary<string, JsonElement> { ["mails"] = JsonElement.Parse("false") })));

    private async Task<IReadOnlyList<RecordView>> LastWeek(Caller caller, CancellationToken cancel)
    {
        var found = new List<RecordView>();
        var since = JsonSerializer.SerializeToElement(new { createdAt = new { gte = time.GetUtcNow() - Previewed } });
        string? cursor = null;
        do
        {
            var answer = await lists.Find(caller, Notice.KindName, new(null, since, "-createdAt", INotices.Most, cursor), cancel);
            found.AddRange(answer.Page?.Items ?? []);
            cursor = answer.Page?.Next;
        }
        while (cursor is not null && found.Count < MostPreviewed);
        return found;
    }

    // What only the registry and the register of users know; the rest the record checks itself.
    private async Task<Outcome?> Wrong(string tenant, JsonElement set)
    {
        if (set.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Object
            && events.EnumerateObject().Select(choice => choice.Name).FirstOrDefault(name => rules.Find(name) is null) is { } unknown)
        {
            return Refused("events", "preference.event", $"There is no such event: {unknown}. GET /api/v1/notices/events names them all.");
        }

        return set.TryGetProperty("deputy", out var deputy) && deputy.ValueKind == JsonValueKind.String && !(await members.Of(tenant)).ContainsKey(deputy.GetString()!)
            ? Refused("deputy", "preference.deputy", "There is no such user who may sign in.")
            : null;
    }

    private static Dictionary<string, JsonElement> Set(JsonElement set) => set.EnumerateObject().ToDictionary(field => field.Name, field => field.Value);

    private static Outcome Refused(string field, string code, string text) => Outcome.Rejected(0, new Problem(field, code, text));

    private static string? Hour(TimeOnly? time) => time?.ToString("HH:mm", CultureInfo.InvariantCulture);

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
