using System.Text.Json;
using Crm.Notices;

namespace Crm.Engine;

/// <summary>
/// Passes on a critical notice that nobody reads: first to its user's e-mail, then to his deputy. Whoever reads it anywhere ends that: the alarm is taken
/// away, and one that rings all the same looks first.
/// </summary>
/// <param name="maker">Asked for late: it sets the alarms that this answers.</param>
public sealed class EscalationBell(WishBook wishes, Func<NoticeMaker> maker, ITimers timers, TimeProvider time) : IBell
{
    private const string Bell = "notices.escalate";
    private static readonly JsonElement Second = JsonSerializer.SerializeToElement(new { stage = 2 });

    /// <summary>What the deputy is told. It is not passed on again.</summary>
    public static NoticeRule Rule { get; } = new(
        "escalation", NoticePriority.Critical,
        new("{whom} has not read what is urgent: {title}.", "{whom} hat etwas Dringendes nicht gelesen: {title}."), _ => false, _ => [])
    {
        Actions = ["open"],
    };

    /// <inheritdoc />
    public string Name => Bell;

    /// <summary>The alarm for an unread notice.</summary>
    public static Alarm For(Address notice, DateTimeOffset due) => new(notice.Tenant, Bell, notice.Id, due);

    /// <inheritdoc />
    public async Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel)
    {
        var (at, system) = (new Address(alarm.Tenant, Notice.KindName, alarm.Key), Caller.System(alarm.Tenant));
        if (await records.Read(at, system, cancel) is not { } view || Json.Unflatten<Notice>(view.Fields) is not { Read: null } notice)
        {
            return null;
        }

        var wanted = await wishes.Of(at.Tenant, notice.User!, records);
        if (alarm.About.ValueKind == JsonValueKind.Undefined)
        {
            await SendMail(at, notice, wanted, alarm.Due, records, cancel);
            return wanted is { Deputy: not null, EscalateAfter: { } wait } ? alarm with { Due = time.GetUtcNow() + wait, About = Second } : null;
        }

        await Pass(at, notice, wanted.Deputy, records, cancel);
        return null;
    }

    private async Task SendMail(Address at, Notice notice, Wishes wanted, DateTimeOffset due, IRecords records, CancellationToken cancel)
    {
        if (wanted.Mails && notice.Mailed is null && !(notice.MailAt <= due)) // A digest later that day is too late for it.
        {
            await records.Do(at, Caller.System(at.Tenant), CommandIds.Derive(Bell, at.Id, "mail"), Mail.Name, Json.Element(new Mail(due)));
            await timers.Set(MailBell.For(at.Tenant, notice.User!, due), cancel: cancel);
        }
    }

    private async Task Pass(Address at, Notice notice, string? deputy, IRecords records, CancellationToken cancel)
    {
        var outcome = await records.Do(at, Caller.System(at.Tenant), CommandIds.Derive(Bell, at.Id), Escalate.Name, Json.Element(new Escalate()));
        if (deputy is null || outcome.Status == Status.Rejected || Address.FromRef(at.Tenant, notice.About) is not { } about
            || await maker().MaySee(about, deputy, records, cancel) is false)
        {
            return; // Read at this moment, or the deputy may not see what it is about: then nothing is told.
        }

        var change = new Change(0, time.GetUtcNow(), notice.By ?? Caller.SystemUser, Bell, new Dictionary<string, FromTo>());
        await maker().Make(new(Rule, at, change, about, deputy, notice.User), records, cancel);
    }
}

/// <summary>Takes the alarm away once a critical notice is read.</summary>
public sealed class EscalationEnd(ITimers timers) : ICourse
{
    /// <inheritdoc />
    public string Name => "notices.calm";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => kind == Notice.KindName && change.Version > 1 && change.Fields.ContainsKey("read");

    /// <inheritdoc />
    public Task Run(Nudge heard, IRecords records, CancellationToken cancel) => heard.After.Fields["priority"].ValueEquals("critical")
        ? timers.Cancel(heard.At.Tenant, EscalationBell.For(heard.At, default).Bell, heard.At.Id, cancel)
        : Task.CompletedTask;
}
