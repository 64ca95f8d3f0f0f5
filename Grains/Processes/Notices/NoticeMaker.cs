using Crm.Notices;
using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>One notice to make.</summary>
/// <param name="Cause">The record that changed.</param>
/// <param name="About">The record that the notice is about.</param>
/// <param name="User">Who is told.</param>
/// <param name="Whom">The other user whom it is about.</param>
public sealed record Telling(NoticeRule Rule, Address Cause, Change Change, Address About, string User, string? Whom)
{
    /// <summary>Why he is told.</summary>
    public OwnRole Role { get; init; } = OwnRole.Assignee;

    /// <summary>The notice's address: the same for the same event, change and user.</summary>
    public Address At => new(Cause.Tenant, Notice.KindName, CommandIds.Derive("notice", Rule.Event, Cause.ToString(), Which, User, Whom ?? "").ToString());

    private string Which => Rule.Together is { } span ? $"at {Change.At.UtcTicks / span.Ticks}" : Change.Version.ToString();
}

/// <summary>Makes notices, and sets the alarms that each of them needs.</summary>
public sealed class NoticeMaker(WishBook wishes, IMembers members, ITimers timers, SweepBell sweep, NoticeRanking ranking)
{
    /// <summary>Whether a user may see a record now.</summary>
    public async Task<bool> MaySee(Address about, string user, IRecords records, CancellationToken cancel) =>
        await members.Caller(about.Tenant, user) is { } caller && await records.Read(about, caller, cancel) is not null;

    /// <summary>Makes it, unless it was made.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public async Task Make(Telling telling, IRecords records, CancellationToken cancel)
    {
        var (at, rule, system) = (telling.At, telling.Rule, Caller.System(telling.Cause.Tenant));
        var wanted = await wishes.Of(at.Tenant, telling.User, records);
        var plan = wanted.Plan(rule.Event, rule.Priority, telling.Change.At);
        var make = new Make(
            telling.User, rule.Event, rule.Priority, telling.About.Ref, telling.About == telling.Cause ? telling.Change.Version : null, telling.Change.By, telling.Whom,
            rule.Actions, plan.Desktop, plan.Muted, plan.HeldUntil, plan.MailAt, await ranking.Of(telling, records, cancel));
        var outcome = await records.Do(at, system, CommandIds.Derive("notice", at.Id), Notices.Make.Name, Json.Element(make));

        // Made before, when its user wished for something else: it stays what it was.
        if (outcome.Status == Status.Rejected && outcome.Errors.Any(error => error.Code is not ("command.reused" or "record.exists" or "record.missing")))
        {
            throw new InvalidOperationException($"notices: {at.Ref} refused make: {string.Join(", ", outcome.Errors.Select(error => error.Code))}");
        }

        if (await records.Read(at, system, cancel) is { } view)
        {
            await Wind(at, Json.Unflatten<Notice>(view.Fields), wanted, telling.Change.At, cancel);
        }
    }

    // After the notice, and again whenever this runs again: an alarm that rings for nothing does nothing.
    private async Task Wind(Address at, Notice notice, Wishes wanted, DateTimeOffset made, CancellationToken cancel)
    {
        await sweep.Set(at.Tenant, timers, made, cancel);
        if (notice.HeldUntil is { } shown)
        {
            await timers.Set(ReleaseBell.For(at, shown), cancel: cancel);
        }

        if (notice.MailAt is { } mailed)
        {
            await timers.Set(MailBell.For(at.Tenant, notice.User!, mailed), cancel: cancel);
        }

        if (notice is { Priority: NoticePriority.Critical, Read: null, Escalated: null } && notice.Event != EscalationBell.Rule.Event && wanted.EscalateAfter is { } wait)
        {
            await timers.Set(EscalationBell.For(at, made + wait), cancel: cancel);
        }
    }
}
