using Crm.Engine;
using Crm.Notices.Priority;

namespace Crm.Notices;

/// <summary>
/// Something that one user is told, and what he has done about it. It holds no value of any record: what it says is put together when it is read or sent,
/// from what its user may see then.
/// </summary>
/// <param name="User">Whose it is. Nobody else sees it.</param>
/// <param name="Event">What happened, as the registry of events names it: <c>contacts.assigned</c>.</param>
/// <param name="About">The record, <c>contacts/018f…</c>; null where there is none.</param>
/// <param name="Version">The version of the change that it tells of; null where there is none.</param>
/// <param name="By">Who did it.</param>
/// <param name="Whom">The other user whom it is about; null for none.</param>
/// <param name="Actions">What can be done in the notice.</param>
/// <param name="Score">How much it will matter to its user: 0 to 100; null for one that was made before there were scores.</param>
/// <param name="Why">The reasons for the score, the largest first.</param>
/// <param name="Features">What the score follows from, by name: what its answer is learned from.</param>
/// <param name="Desktop">Whether it may pop up outside the product.</param>
/// <param name="Muted">Its user wants to hear nothing of this sort: it is kept for the preview of other choices and shown nowhere.</param>
/// <param name="HeldUntil">When it will be shown, by quiet hours or because its user wants several at once; null once it is.</param>
/// <param name="MailAt">When it goes out by e-mail if it is unread by then; null when it does not, or has.</param>
/// <param name="Mailed">When it went out by e-mail.</param>
/// <param name="Delivered">When it was sent to an open connection.</param>
/// <param name="Shown">When it popped up, on one device.</param>
/// <param name="Read">When it was read, anywhere.</param>
/// <param name="Acted">When one of its actions was taken.</param>
/// <param name="Action">Which.</param>
/// <param name="Dismissed">When its user put it away.</param>
/// <param name="Escalated">When somebody else was told, because nobody had read it.</param>
public sealed record Notice(
    string? User = null, string? Event = null, NoticePriority Priority = NoticePriority.Information, string? About = null, long? Version = null, string? By = null,
    string? Whom = null, IReadOnlyList<string>? Actions = null, bool Desktop = false, bool Muted = false, DateTimeOffset? HeldUntil = null,
    DateTimeOffset? MailAt = null, DateTimeOffset? Mailed = null, DateTimeOffset? Delivered = null, DateTimeOffset? Shown = null, DateTimeOffset? Read = null,
    DateTimeOffset? Acted = null, string? Action = null, DateTimeOffset? Dismissed = null, DateTimeOffset? Escalated = null,
    int? Score = null, IReadOnlyList<Reason>? Why = null, IReadOnlyList<string>? Features = null) : IKind<Notice>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "notices";

    /// <summary>Who asks that somebody be let in to a record, by acting on the notice that told him that somebody is not.</summary>
    public const string AskAccess = "askAccess";

    /// <summary>What everybody holds: to see and use his own.</summary>
    internal const string Own = "notices.read.own";

    private static readonly NoticeRule Asked = new(
        "access.asked", NoticePriority.Important,
        new("{by} asks you to let {whom} see {title}.", "{by} bittet Sie, {whom} den Zugang zu {title} zu geben."),
        change => change.Fields.ContainsKey("action"),
        heard => heard.Change.Fields["action"].To.ValueEquals(AskAccess) ? [new Receiver.Holder("users.assign")] : [])
    {
        Actions = ["open"],
        Whom = static heard => Text(heard, "whom"),
        About = static heard => Text(heard, "about"),
    };

    /// <inheritdoc />
    public static Kind<Notice> Kind { get; } = new Kind<Notice>(KindName, "event", new Notice(), "What a user is told, and what he has done about it. Each sees his own.")
        .Field(nameof(User), FieldType.User, editable: false)
        .Field(nameof(Event), FieldType.Text, editable: false)
        .Field(nameof(Priority), FieldType.Choice, editable: false, options: ["critical", "important", "information"])
        .Field(nameof(About), FieldType.Text, editable: false)
        .Field(nameof(Version), FieldType.Number, editable: false)
        .Field(nameof(By), FieldType.User, editable: false)
        .Field(nameof(Whom), FieldType.User, editable: false)
        .Field(nameof(Actions), FieldType.Set, editable: false)
        .Field(nameof(Desktop), FieldType.Flag, editable: false)
        .Field(nameof(Muted), FieldType.Flag, editable: false)
        .Field(nameof(HeldUntil), FieldType.Instant, editable: false)
        .Field(nameof(MailAt), FieldType.Instant, editable: false)
        .Field(nameof(Mailed), FieldType.Instant, editable: false)
        .Field(nameof(Delivered), FieldType.Instant, editable: false)
        .Field(nameof(Shown), FieldType.Instant, editable: false)
        .Field(nameof(Read), FieldType.Instant, editable: false)
        .Field(nameof(Acted), FieldType.Instant, editable: false)
        .Field(nameof(Action), FieldType.Text, editable: false)
        .Field(nameof(Dismissed), FieldType.Instant, editable: false)
        .Field(nameof(Escalated), FieldType.Instant, editable: false)
        .Field(nameof(Score), FieldType.Number, editable: false)
        .Field(nameof(Why), FieldType.Data, editable: false)
        .Field(nameof(Features), FieldType.Set, editable: false)
        .PrivateTo(nameof(User))
        .KeptFromFeeds()
        .Verb<Show>("Says that this device pops it up: the first one to ask does, every other one is refused with notice.shown.")
        .Verb<MarkRead>("Says that its user has read it; everywhere.")
        .Verb<TakeAction>("Says that its user has taken one of its actions. The first one holds.")
        .Verb<Dismiss>("Puts it away, read.")
        .Compound<MoreOrLess>(Correct.Name, Own, "Asks for more notices like this one, or for less: the next ones follow.")
        .InnerVerb<Make>(VerbOn.Nothing).InnerVerb<Release>().InnerVerb<Deliver>().InnerVerb<Mail>().InnerVerb<Escalate>()
        .Tells(Asked, TakeAction.Name)
        .Silent("create", "edit", "delete", "restore", "undo", Show.Name, MarkRead.Name, Dismiss.Name, Make.Name, Release.Name, Deliver.Name, Mail.Name, Escalate.Name)
        .Example(new("018f6b1c-0000-7000-8000-000000000001", "contacts.assigned", NoticePriority.Important, "contacts/018f6b1c-0000-7000-8000-000000000002", 4,
            "018f6b1c-0000-7000-8000-000000000003", null, ["open"], Desktop: true, Delivered: new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero)));

    /// <inheritdoc />
    public IEnumerable<Problem> Check() => [];

    /// <summary>The points that the habits of his tenant gave it.</summary>
    internal double Colleagues => Why?.FirstOrDefault(reason => reason.Name == Ranking.ColleaguesReason)?.Points ?? 0;

    private static string? Text(Nudge heard, string field) => heard.After.Fields.TryGetValue(field, out var value) ? value.GetString() : null;
}
