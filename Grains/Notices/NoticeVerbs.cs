using Crm.Engine;
using Crm.Notices.Priority;

namespace Crm.Notices;

/// <summary>This device pops it up. The notice's own turn decides between devices, so it pops up on one.</summary>
public sealed record Show : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "show";

    /// <inheritdoc />
    public static string Permission => Notice.Own;

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record switch
    {
        { Read: not null } => new Problem("read", "notice.read", "This has been read already."),
        { Shown: not null } => new Problem("shown", "notice.shown", "Another device shows this already."),
        { Muted: true } or { HeldUntil: not null } => new Problem("heldUntil", "notice.held", "This is not shown now."),
        _ => record with { Shown = moment.Now },
    };
}

/// <summary>Its user has read it.</summary>
public sealed record MarkRead : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "markRead";

    /// <inheritdoc />
    public static string Permission => Notice.Own;

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record with { Read = record.Read ?? moment.Now };
}

/// <summary>Its user has taken one of its actions. What the action does, its own command does.</summary>
public sealed record TakeAction(string Action) : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "act";

    /// <inheritdoc />
    public static string Permission => Notice.Own;

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record.Actions?.Contains(Action) is not true
        ? new Problem("action", "notice.action", $"This notice has these actions: {string.Join(", ", record.Actions ?? [])}.")
        : record.Acted is not null
            ? new Problem("acted", "notice.acted", "An action was taken already.")
            : record with { Acted = moment.Now, Action = Action, Read = record.Read ?? moment.Now };
}

/// <summary>Its user puts it away.</summary>
public sealed record Dismiss : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "dismiss";

    /// <inheritdoc />
    public static string Permission => Notice.Own;

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) =>
        record with { Dismissed = record.Dismissed ?? moment.Now, Read = record.Read ?? moment.Now };
}

/// <summary>A user is to be told of an event. The id of the record follows from event, change and user, so that a repetition makes nothing.</summary>
public sealed record Make(
    string User, string Event, NoticePriority Priority, string? About = null, long? Version = null, string? By = null, string? Whom = null,
    IReadOnlyList<string>? Actions = null, bool Desktop = false, bool Muted = false, DateTimeOffset? HeldUntil = null, DateTimeOffset? MailAt = null, Ranked? Ranked = null) : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "make";

    /// <inheritdoc />
    public static string Permission => "notices.make";

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => new Notice(
        User, Event, Priority, About, Version, By, Whom, Actions is { Count: > 0 } ? Actions : null, Desktop, Muted, HeldUntil, MailAt) with
        {
            Score = Ranked?.Score,
            Why = Ranked?.Why,
            Features = Ranked?.Features,
        };
}

/// <summary>What was held is shown from now on.</summary>
public sealed record Release : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "release";

    /// <inheritdoc />
    public static string Permission => "notices.release";

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record with { HeldUntil = null };
}

/// <summary>It was sent to an open connection of its user.</summary>
public sealed record Deliver : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "deliver";

    /// <inheritdoc />
    public static string Permission => "notices.deliver";

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record with { Delivered = record.Delivered ?? moment.Now };
}

/// <summary>It is to go out by e-mail at a time, or has gone out.</summary>
/// <param name="At">When it shall; null: it has, now.</param>
public sealed record Mail(DateTimeOffset? At = null) : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "mail";

    /// <inheritdoc />
    public static string Permission => "notices.mail";

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) =>
        At is { } at ? record with { MailAt = at } : record with { MailAt = null, Mailed = record.Mailed ?? moment.Now };
}

/// <summary>Somebody else is told, because its user has not read it.</summary>
public sealed record Escalate : IVerb<Notice>
{
    /// <inheritdoc />
    public static string Name => "escalate";

    /// <inheritdoc />
    public static string Permission => "notices.escalate";

    /// <inheritdoc />
    public Decision<Notice> Decide(Notice record, Moment moment) => record.Read is not null
        ? new Problem("read", "notice.read", "This has been read already.")
        : record with { Escalated = record.Escalated ?? moment.Now };
}
