using Crm.Engine;

namespace Crm.Notices.Priority;

/// <summary>Why a notice comes to this user and not to another; the closest reason where there are several.</summary>
public enum OwnRole
{
    /// <summary>Everybody of the tenant gets it.</summary>
    Everyone,

    /// <summary>His team gets it.</summary>
    Team,

    /// <summary>He follows the record, or looks at it.</summary>
    Follower,

    /// <summary>The record is his.</summary>
    Owner,

    /// <summary>It was given to him by this very event, or waits for his decision.</summary>
    Assignee,

    /// <summary>Somebody named him.</summary>
    Mentioned,
}

/// <summary>Who caused it, as seen by the one who gets the notice. Never who exactly: weights are about sorts of notices and not about people.</summary>
public enum Sender
{
    /// <summary>The product itself.</summary>
    System,

    /// <summary>Somebody of the tenant.</summary>
    Colleague,

    /// <summary>Somebody of his own team.</summary>
    Teammate,
}

/// <summary>What is known of a notice when it is made: all that its priority follows from, beside habits.</summary>
/// <param name="Event">The kind of event as the registry names it, <c>contacts.assigned</c>: letters, digits and dots, at most 60.</param>
/// <param name="CustomerPriority"><c>low</c>, <c>normal</c> or <c>high</c> as the customer's record has it; null where there is none.</param>
/// <param name="UntilDue">How long until somebody must have acted, from the moment the notice is made; negative when that has passed, null without a deadline.</param>
public sealed record NoticeFacts(
    string Event, NoticePriority Level, OwnRole Role = OwnRole.Follower, Sender Sender = Sender.System, string? CustomerPriority = null, TimeSpan? UntilDue = null)
{
    /// <summary>Before the name of the event in its feature.</summary>
    public const string EventPrefix = "event.";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    /// <summary>What holds of the notice, as names that rules and weights go by. At most six.</summary>
    public IReadOnlyList<string> Features()
    {
        List<string> features = [EventPrefix + Event, "role." + Lower(Role), "from." + Lower(Sender)];
        if (Level is not NoticePriority.Information)
        {
            features.Add("level." + Lower(Level));
        }

        if (CustomerPriority is "high" or "low")
        {
            features.Add("value." + CustomerPriority);
        }

        if (Due() is { } due)
        {
            features.Add("due." + due);
        }

        return features;
    }

    private string? Due() => UntilDue is not { } left || left > Week ? null : left <= Hour ? "hour" : left <= Day ? "day" : "week";

    private static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}

/// <summary>One reason for a notice's place.</summary>
/// <param name="Name">A feature (<c>value.high</c>, <c>event.contacts.assigned</c>); <c>habit</c> for how this user answered such notices before, <c>colleagues</c> for how his tenant did.</param>
/// <param name="Points">On the scale of log-odds, two decimals: above 0 it lifts the notice, below it lowers it.</param>
/// <param name="About">Of a habit: the feature that says most; null otherwise.</param>
public sealed record Reason(string Name, double Points, string? About = null);

/// <summary>A notice's priority, and why.</summary>
/// <param name="Score">0 to 100: how likely it is, in per cent, that the user will want to act on it.</param>
/// <param name="Why">Those that say most come first; at most six. Never empty.</param>
/// <param name="Features">What the notice must keep, so that its answer can be learned from.</param>
public sealed record Ranked(int Score, IReadOnlyList<Reason> Why, IReadOnlyList<string> Features);
