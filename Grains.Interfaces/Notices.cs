using System.Text.Json;

namespace Crm;

/// <summary>What a notice says to one reader now.</summary>
/// <param name="Id">The notice.</param>
/// <param name="Key">The text's name, for clients that have words of their own: the event's name.</param>
/// <param name="Args">What stands for the names in the text; only what the reader may see.</param>
/// <param name="Text">The same in the language that was asked for.</param>
/// <param name="Ref">The record that it is about; null for none.</param>
/// <param name="Open">Whether the reader may see it.</param>
public sealed record NoticeText(string Id, string Key, IReadOnlyDictionary<string, string> Args, string Text, string? Ref, bool Open);

/// <summary>A sort of event that people can be told of, with what the product does by itself.</summary>
/// <param name="Priority">critical, important or information.</param>
/// <param name="En">Its text, with names in braces.</param>
/// <param name="De">The same in German.</param>
/// <param name="InApp">When it is shown unless somebody chose otherwise: now, batch, hourly, daily or never.</param>
/// <param name="Email">The same for e-mail.</param>
public sealed record NoticeEvent(string Event, string Priority, string En, string De, IReadOnlyList<string> Actions, string InApp, bool Desktop, string Email);

/// <summary>How somebody is told: what he has chosen, and what holds with that.</summary>
/// <param name="Chosen">His own choices, as the record of kind <c>preferences</c> has them; empty for none.</param>
/// <param name="Version">Of that record; 0 while there is none.</param>
/// <param name="Events">What holds for each event.</param>
/// <param name="QuietFrom">Begin of quiet hours, 22:00; null for none.</param>
/// <param name="Email">Whether there is any e-mail.</param>
/// <param name="EscalateMinutes">0 for never.</param>
/// <param name="Deputy">Who is told of what stays unread; null for nobody.</param>
public sealed record NoticePreferences(
    IReadOnlyDictionary<string, JsonElement> Chosen, long Version, IReadOnlyList<NoticeChoice> Events, string? QuietFrom, string? QuietTo, string TimeZone, string Language,
    int DigestAt, bool Email, int EscalateMinutes, string? Deputy, bool Sound);

/// <summary>What holds for one event: now, batch, hourly, daily or never on each way.</summary>
public sealed record NoticeChoice(string Event, string InApp, bool Desktop, string Email);

/// <summary>What the last seven days would have brought under other choices.</summary>
/// <param name="Items">A line an event.</param>
/// <param name="Mails">E-mails in all; several notices may be in one.</param>
public sealed record NoticePreview(IReadOnlyList<NoticePreviewLine> Items, int Mails);

/// <summary>One event of a preview.</summary>
/// <param name="Count">Notices.</param>
/// <param name="InApp">Of these shown in the product, at once or later.</param>
/// <param name="Desktop">Of these allowed to pop up outside.</param>
/// <param name="Held">Of these shown later, by quiet hours or because several come at once.</param>
/// <param name="Email">Of these sent by e-mail if nobody had read them.</param>
public sealed record NoticePreviewLine(string Event, int Count, int InApp, int Desktop, int Held, int Email);

/// <summary>What notices have beside what every record has. Each caller has his own alone.</summary>
public interface INotices
{
    /// <summary>Most notices of one question.</summary>
    const int Most = 200;

    /// <summary>Every event there is.</summary>
    IReadOnlyList<NoticeEvent> Events { get; }

    /// <summary>What these notices say. Those that are not the caller's are left out.</summary>
    /// <param name="language">en or de; null for what he has chosen.</param>
    Task<IReadOnlyList<NoticeText>> Texts(Caller caller, IReadOnlyCollection<string> ids, string? language, CancellationToken cancel = default);

    /// <summary>Marks all of them as read that are not, or those of one event.</summary>
    /// <param name="until">Only those that were made until then, so that what came since stays unread.</param>
    /// <returns>How many it marked; call again while it is <see cref="Most"/>.</returns>
    Task<int> ReadAll(Caller caller, DateTimeOffset until, string? @event, CancellationToken cancel = default);

    /// <summary>How the caller is told, or what a role starts from.</summary>
    Task<NoticePreferences> Preferences(Caller caller, string? role, CancellationToken cancel = default);

    /// <summary>Sets the caller's choices, or those that a role starts from; what is not given stays.</summary>
    /// <param name="role">Null for the caller's own; a role's need the permission <c>preferences.edit</c>.</param>
    Task<Outcome> Prefer(Caller caller, Guid commandId, string? role, JsonElement set);

    /// <summary>What the last seven days would have brought the caller with these choices over his own. Changes nothing.</summary>
    Task<(NoticePreview? Preview, Problem? Refusal)> Preview(Caller caller, JsonElement set, CancellationToken cancel = default);

    /// <summary>An edit of the caller was refused as a conflict: what he wrote is kept for him, and he is told if he has not decided after a minute.</summary>
    Task Conflicted(Caller caller, Address at, Outcome refused, CancellationToken cancel = default);

    /// <summary>Writes down that they were sent to an open connection of their user.</summary>
    Task Delivered(string tenant, IReadOnlyCollection<string> ids);

    /// <summary>Ends all e-mail to a user, because he followed the link of a letter: whether it is ours was checked before.</summary>
    Task EndMail(string tenant, string user);
}

/// <summary>Reads the links in our letters.</summary>
public interface IMailLinks
{
    /// <summary>Whom a link was sent to; null where it is none of ours.</summary>
    Task<(string Tenant, string User)?> Read(string link, CancellationToken cancel = default);
}
