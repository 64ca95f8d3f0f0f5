using System.Text.Json;
using Crm.Engine;

namespace Crm.Announcements;

/// <summary>Something that everybody of a tenant, or of a team, is told.</summary>
/// <param name="Critical">Whether it passes quiet hours and everybody's wishes.</param>
/// <param name="Team">Who is told; null for all.</param>
/// <param name="Until">When it is out of date; null for never.</param>
public sealed record Announcement(string? Title = null, string? Text = null, bool Critical = false, string? Team = null, DateTimeOffset? Until = null) : IKind<Announcement>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "announcements";

    private const int MaxTitle = 200;
    private const int MaxText = 4000;
    private const int MaxTeam = 100;

    private static readonly NoticeWords Words = new("{by}: {title}", "{by}: {title}");

    /// <inheritdoc />
    public static Kind<Announcement> Kind { get; } = new Kind<Announcement>(KindName, "title", new Announcement(), "What everybody of a tenant, or of a team, is told.")
        .Field(nameof(Title), FieldType.Text, searched: true, required: true, maxLength: MaxTitle)
        .Field(nameof(Text), FieldType.LongText, searched: true, maxLength: MaxText)
        .Field(nameof(Critical), FieldType.Flag)
        .Field(nameof(Team), FieldType.Text, maxLength: MaxTeam)
        .Field(nameof(Until), FieldType.Instant)
        .Tells(Rule("announcement", NoticePriority.Important, critical: false), "create")
        .Tells(Rule("announcement.critical", NoticePriority.Critical, critical: true), "create")
        .Silent("edit", "delete", "restore", "undo")
        .Example(new("Maintenance on Sunday", "The product is not there from 8 to 9 o'clock.", Until: new(2026, 1, 11, 9, 0, 0, TimeSpan.Zero)));

    /// <inheritdoc />
    public Announcement Tidied(Moment moment) => this with { Title = Title?.Trim(), Text = Text?.Trim() is { Length: > 0 } text ? text : null, Team = Team?.Trim() is { Length: > 0 } team ? team : null };

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (string.IsNullOrEmpty(Title))
        {
            yield return new("title", "announcement.title", "An announcement needs a title.");
        }
    }

    private static NoticeRule Rule(string name, NoticePriority priority, bool critical) => new(
        name, priority, Words, change => (change.Fields.TryGetValue("critical", out var value) && value.To.ValueKind == JsonValueKind.True) == critical,
        heard => [heard.After.Fields.TryGetValue("team", out var team) ? new Receiver.Team(team.GetString()!) : new Receiver.All()])
    {
        Actions = ["open"],
        ToMaker = true,
    };
}
