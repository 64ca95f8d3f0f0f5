using System.Globalization;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Notices;

/// <summary>When somebody is told of a sort of event on one way.</summary>
public enum Pace
{
    /// <summary>At once.</summary>
    Now,

    /// <summary>With all others of five minutes.</summary>
    Batch,

    /// <summary>With all others of an hour, on the hour.</summary>
    Hourly,

    /// <summary>With all others of a day, at the hour that was chosen.</summary>
    Daily,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>What somebody has chosen for one sort of event; null leaves it to the next layer.</summary>
/// <param name="Desktop">Whether it may pop up outside the product.</param>
public sealed record Choice(Pace? InApp = null, bool? Desktop = null, Pace? Email = null);

/// <summary>
/// How a user wants to be told. The id is the user's, or <c>role-ROLE</c> for what the holders of a role start from. A value that is missing is that of
/// the roles, and then that of the product.
/// </summary>
/// <param name="User">Whose it is; null for a role's.</param>
/// <param name="Events">By event.</param>
/// <param name="QuietFrom">Begin of quiet hours as 22:00, in the time zone; only what is critical passes. Null, or equal to the end, for none.</param>
/// <param name="TimeZone">An IANA name, <c>Europe/Berlin</c>; UTC unless given.</param>
/// <param name="Language">en or de, for e-mail.</param>
/// <param name="DigestAt">The hour of the daily digest, 0 to 23; 8 unless given.</param>
/// <param name="Mails">Whether there is any e-mail at all; what <c>List-Unsubscribe</c> ends.</param>
/// <param name="EscalateMinutes">After how long an unread critical notice goes to e-mail, and after as long again to the deputy; 0 for never. 5 unless given.</param>
/// <param name="Deputy">The user who is told then; null for nobody.</param>
/// <param name="Sound">Whether a pop-up makes a sound.</param>
public sealed record Preference(
    string? User = null, IReadOnlyDictionary<string, Choice>? Events = null, string? QuietFrom = null, string? QuietTo = null, string? TimeZone = null,
    string? Language = null, int? DigestAt = null, bool? Mails = null, int? EscalateMinutes = null, string? Deputy = null, bool? Sound = null) : IKind<Preference>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "preferences";

    /// <summary>What everybody holds: to see and set his own.</summary>
    internal const string Own = "preferences.read.own";

    private const int MostEvents = 200;
    private const int MostMinutes = 24 * 60;

    /// <inheritdoc />
    public static Kind<Preference> Kind { get; } = new Kind<Preference>(KindName, "user", new Preference(), "How each user, and the holders of each role, want to be told.")
        .Field(nameof(User), FieldType.User, editable: false)
        .Field(nameof(Events), FieldType.Data, editable: false)
        .Field(nameof(QuietFrom), FieldType.Text, editable: false)
        .Field(nameof(QuietTo), FieldType.Text, editable: false)
        .Field(nameof(TimeZone), FieldType.Text, editable: false)
        .Field(nameof(Language), FieldType.Choice, editable: false, options: ["en", "de"])
        .Field(nameof(DigestAt), FieldType.Number, editable: false)
        .Field(nameof(Mails), FieldType.Flag, editable: false)
        .Field(nameof(EscalateMinutes), FieldType.Number, editable: false)
        .Field(nameof(Deputy), FieldType.User, editable: false)
        .Field(nameof(Sound), FieldType.Flag, editable: false)
        .OwnedBy(nameof(User))
        .KeptFromFeeds()
        .InnerVerb<Prefer>(VerbOn.Nothing | VerbOn.Live)
        .Silent("create", "edit", "delete", "restore", "undo", Prefer.Name)
        .Example(new(
            "018f6b1c-0000-7000-8000-000000000001", new Dictionary<string, Choice> { ["mention"] = new(Pace.Now, true, Pace.Hourly) }, "22:00", "07:00",
            "Europe/Berlin", "de", 8));

    /// <summary>The id of what the holders of a role start from.</summary>
    public static string OfRole(string role) => $"role-{role}";

    /// <summary>Reads a time of day such as 22:00; null when it is none.</summary>
    public static TimeOnly? Hour(string? text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        foreach (var (field, value) in new[] { ("quietFrom", QuietFrom), ("quietTo", QuietTo) })
        {
            if (value is not null && Hour(value) is null)
            {
                yield return new(field, "preference.hour", "This must be a time of day such as 22:00.");
            }
        }

        if (TimeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return new("timeZone", "preference.zone", "This must be the name of a time zone such as Europe/Berlin.");
        }

        if (Language is not (null or "en" or "de"))
        {
            yield return new("language", "preference.language", "This must be en or de.");
        }

        if (DigestAt is < 0 or > 23)
        {
            yield return new("digestAt", "preference.digest", "This must be an hour from 0 to 23.");
        }

        if (EscalateMinutes is < 0 or > MostMinutes)
        {
            yield return new("escalateMinutes", "preference.escalate", $"This must be 0 to {MostMinutes} minutes; 0 for never.");
        }

        if (Deputy is not null && (!Address.IsId(Deputy) || Deputy == User))
        {
            yield return new("deputy", "preference.deputy", "This must be another user.");
        }

        if (Events?.Count > MostEvents)
        {
            yield return new("events", "preference.events", $"There may be at most {MostEvents} events.");
        }
    }
}

/// <summary>Sets what is given and leaves the rest.</summary>
/// <param name="User">Whose it is; null for a role's.</param>
/// <param name="Set">By field; null takes a choice away. Events are set one by one.</param>
public sealed record Prefer(string? User, IReadOnlyDictionary<string, JsonElement> Set) : IVerb<Preference>
{
    /// <inheritdoc />
    public static string Name => "prefer";

    /// <inheritdoc />
    public static string Permission => Preference.Own;

    /// <inheritdoc />
    public Decision<Preference> Decide(Preference record, Moment moment) => Over(record with { User = User });

    /// <summary>The preference with these values in place of its own.</summary>
    /// <exception cref="JsonException">A value does not fit; its path names the field.</exception>
    public Preference Over(Preference record)
    {
        var fields = Json.Flatten(record with { Events = null });
        foreach (var (name, value) in Set)
        {
            if (name == "user" || Preference.Kind.Info.Field(name) is null)
            {
                throw new JsonException("An unknown field.", name, null, null);
            }

            if (name != "events")
            {
                fields[name] = value;
            }
        }

        var next = Json.Read<Preference>(Json.Element(fields));
        return next with { Events = Set.TryGetValue("events", out var events) ? Chosen(record.Events, events) : record.Events };
    }

    private static SortedDictionary<string, Choice>? Chosen(IReadOnlyDictionary<string, Choice>? before, JsonElement set)
    {
        var chosen = new SortedDictionary<string, Choice>((before ?? new Dictionary<string, Choice>()).ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, choice) in set.ValueKind == JsonValueKind.Null ? [] : Json.Read<Dictionary<string, Choice?>>(set))
        {
            if (choice is null)
            {
                chosen.Remove(name);
            }
            else
            {
                chosen[name] = choice;
            }
        }

        return set.ValueKind == JsonValueKind.Null || chosen.Count == 0 ? null : chosen;
    }
}
