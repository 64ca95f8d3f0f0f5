using Crm.Engine;

namespace Crm.Notices;

/// <summary>What becomes of one notice: how it is shown and sent.</summary>
/// <param name="HeldUntil">When it is shown; null for at once.</param>
/// <param name="MailAt">When it goes out by e-mail if it is unread then; null for not at all.</param>
public sealed record NoticePlan(bool Muted, bool Desktop, DateTimeOffset? HeldUntil, DateTimeOffset? MailAt);

/// <summary>How one user wants to be told: his own choices over those of his roles over the product's. Pure; the time is an argument.</summary>
public sealed class Wishes
{
    private const int DigestHour = 8;
    private const int Escalation = 5;
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(5);
    private readonly IReadOnlyList<Preference> _layers;
    private readonly TimeZoneInfo _zone;
    private readonly TimeOnly? _quietFrom;
    private readonly TimeOnly? _quietTo;

    /// <summary>Of these layers, the user's own first. What is in none is the product's.</summary>
    public Wishes(params IEnumerable<Preference> layers)
    {
        _layers = [.. layers];
        _zone = First(layer => layer.TimeZone) is { } name && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : TimeZoneInfo.Utc;
        (_quietFrom, _quietTo) = (Preference.Hour(First(layer => layer.QuietFrom)), Preference.Hour(First(layer => layer.QuietTo)));
    }

    /// <summary>en or de.</summary>
    public string Language => First(layer => layer.Language) ?? "en";

    /// <summary>Begin of quiet hours; null for none.</summary>
    public TimeOnly? QuietFrom => _quietFrom;

    /// <summary>Their end.</summary>
    public TimeOnly? QuietTo => _quietTo;

    /// <summary>The zone that hours are in.</summary>
    public string TimeZone => _zone.Id;

    /// <summary>The hour of the daily digest.</summary>
    public int DigestAt => Value(layer => layer.DigestAt) ?? DigestHour;

    /// <summary>Whether there is any e-mail.</summary>
    public bool Mails => Value(layer => layer.Mails) ?? true;

    /// <summary>Whether a pop-up makes a sound.</summary>
    public bool Sound => Value(layer => layer.Sound) ?? false;

    /// <summary>Who is told of what is critical and stays unread; null for nobody.</summary>
    public string? Deputy => First(layer => layer.Deputy);

    /// <summary>After how long; null for never.</summary>
    public TimeSpan? EscalateAfter => (Value(layer => layer.EscalateMinutes) ?? Escalation) is > 0 and var minutes ? TimeSpan.FromMinutes(minutes) : null;

    /// <summary>What was chosen for an event, with nothing left out.</summary>
    public Choice For(string name, NoticePriority priority)
    {
        var chosen = _layers.Select(layer => layer.Events?.GetValueOrDefault(name)).OfType<Choice>().ToList();
        var usual = Usual(priority);
        return new(
            priority == NoticePriority.Critical ? Pace.Now : chosen.Select(choice => choice.InApp).FirstOrDefault(how => how is not null) ?? usual.InApp,
            chosen.Select(choice => choice.Desktop).FirstOrDefault(pop => pop is not null) ?? usual.Desktop,
            chosen.Select(choice => choice.Email).FirstOrDefault(how => how is not null) ?? usual.Email);
    }

    /// <summary>What the product does where nobody has chosen.</summary>
    public static Choice Usual(NoticePriority priority) => priority switch
    {
        NoticePriority.Critical => new(Pace.Now, true, Pace.Never), // By e-mail it goes when nobody reads it: see escalation.
        NoticePriority.Important => new(Pace.Now, true, Pace.Daily),
        _ => new(Pace.Now, false, Pace.Never),
    };

    /// <summary>What becomes of a notice that is made at a time.</summary>
    public NoticePlan Plan(string name, NoticePriority priority, DateTimeOffset made)
    {
        var choice = For(name, priority);
        var (inApp, mail) = (choice.InApp!.Value, Mails ? choice.Email!.Value : Pace.Never);
        if (inApp == Pace.Never && mail == Pace.Never)
        {
            return new(Muted: true, Desktop: false, null, null);
        }

        var shown = inApp == Pace.Never ? made : Due(inApp, made, priority);
        return new(
            Muted: inApp == Pace.Never, choice.Desktop!.Value && inApp != Pace.Never, shown > made ? shown : null,
            mail == Pace.Never ? null : Due(mail, made, priority));
    }

    /// <summary>Whether it is within quiet hours.</summary>
    public bool IsQuiet(DateTimeOffset at) => Rested(at) > at;

    private DateTimeOffset Due(Pace how, DateTimeOffset made, NoticePriority priority)
    {
        var due = how switch
        {
            Pace.Batch => Next(made, Together),
            Pace.Hourly => NextHour(made),
            Pace.Daily => At(made, new TimeOnly(DigestAt, 0)),
            _ => made,
        };
        return priority == NoticePriority.Critical ? due : Rested(due);
    }

    private static DateTimeOffset Next(DateTimeOffset at, TimeSpan step) => new(((at.UtcTicks / step.Ticks) + 1) * step.Ticks, TimeSpan.Zero);

    private DateTimeOffset NextHour(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, _zone);
        return at.ToUniversalTime().AddTicks(TimeSpan.TicksPerHour - (local.Ticks % TimeSpan.TicksPerHour));
    }

    // The end of quiet hours where they cover the time, else the time itself.
    private DateTimeOffset Rested(DateTimeOffset at)
    {
        if (_quietFrom is not { } from || _quietTo is not { } to || from == to)
        {
            return at;
        }

        var now = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(at, _zone).TimeOfDay);
        return now.IsBetween(from, to) ? At(at, to) : at;
    }

    // The next time that a clock in the zone shows this.
    private DateTimeOffset At(DateTimeOffset after, TimeOnly time)
    {
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, _zone).DateTime);
        var first = Universal(day.ToDateTime(time));
        return first > after ? first : Universal(day.AddDays(1).ToDateTime(time));
    }

    // An hour that summer time leaves out is the hour after it.
    private DateTimeOffset Universal(DateTime local)
    {
        var there = _zone.IsInvalidTime(local) ? local.AddHours(1) : local;
        return new DateTimeOffset(there, _zone.GetUtcOffset(there)).ToUniversalTime();
    }

    private string? First(Func<Preference, string?> value) => _layers.Select(value).FirstOrDefault(found => found is not null);

    private T? Value<T>(Func<Preference, T?> value) where T : struct => _layers.Select(value).FirstOrDefault(found => found is not null);
}
