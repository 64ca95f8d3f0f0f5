using Crm.Notices;

using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>
/// Makes the notices of a change, one for each user whom it concerns and who may see it. It runs from the outbox, whose row was stored with the change;
/// the notice's id follows from change and user, so that none is lost and none is made twice.
/// </summary>
public sealed class NoticeCourse(NoticeRules rules, ICatalog catalog, Receivers receivers, IMembers members, NoticeMaker maker) : ICourse
{
    /// <summary>A record that somebody follows has changed. Of a busy one he is told once in five minutes.</summary>
    public static NoticeRule Followed { get; } = new(
        "followed", NoticePriority.Information, new("{by} changed {title}: {fields}.", "{by} hat {title} geändert: {fields}."), _ => false, _ => [new Receiver.Follower()])
    {
        Actions = ["open"],
        Together = TimeSpan.FromMinutes(5),
    };

    /// <inheritdoc />
    public string Name => "notices";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => rules.For(kind, change).Any();

    /// <inheritdoc />
    public async Task Run(Nudge heard, IRecords records, CancellationToken cancel)
    {
        foreach (var rule in rules.For(heard.At.Kind, heard.Change))
        {
            var about = Address.FromRef(heard.At.Tenant, rule.About is { } other ? other(heard) : heard.At.Ref);
            if (about is null)
            {
                continue;
            }

            var named = rule.To(heard).ToList();
            var users = await receivers.Find(heard.At, named, cancel);
            foreach (var user in users.Where(user => rule.ToMaker || user != heard.Change.By))
            {
                await Tell(rule, heard, about.Value, user, NoticeRanking.RoleOf(named), records, cancel);
            }
        }
    }

    /// <summary>Tells those who follow the record and may see anything of the change.</summary>
    public async Task RunFollowed(Nudge heard, IRecords records, CancellationToken cancel)
    {
        var kind = catalog.Find(heard.At.Kind)!;
        foreach (var user in (await receivers.Find(heard.At, Followed.To(heard), cancel)).Where(user => user != heard.Change.By))
        {
            if (await members.Caller(heard.At.Tenant, user) is { } caller && new Redaction(caller, kind) is var redaction
                && redaction.Sees(heard.After) && redaction.Show(heard.Change).Fields.Count > 0)
            {
                await maker.Make(new(Followed, heard.At, heard.Change, heard.At, user, null) { Role = OwnRole.Follower }, records, cancel);
            }
        }
    }

    private async Task Tell(NoticeRule rule, Nudge heard, Address about, string user, OwnRole role, IRecords records, CancellationToken cancel)
    {
        if (await members.Caller(heard.At.Tenant, user) is not { } caller)
        {
            return;
        }

        if (await Sees(rule, heard, about, caller, records, cancel))
        {
            await maker.Make(new(rule, heard.At, heard.Change, about, user, rule.Whom?.Invoke(heard)) { Role = role }, records, cancel);
        }
        else if (rule.Closed is { } closed && heard.Change.By != Caller.SystemUser)
        {
            await maker.Make(new(closed, heard.At, heard.Change, about, heard.Change.By, user), records, cancel);
        }
    }

    // By the record as the change left it: what it is by the time that the notice is read is asked again then.
    private async Task<bool> Sees(NoticeRule rule, Nudge heard, Address about, Caller caller, IRecords records, CancellationToken cancel)
    {
        if (about != heard.At)
        {
            return await records.Read(about, caller, cancel) is not null;
        }

        var redaction = new Redaction(caller, catalog.Find(about.Kind)!);
        return redaction.Sees(heard.After) && (rule.Field is null || redaction.SeesField(rule.Field));
    }
}
