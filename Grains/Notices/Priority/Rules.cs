using System.Buffers;
using System.Collections.Frozen;

namespace Crm.Notices.Priority;

/// <summary>The plain rules: what each feature of a notice is worth before anybody has answered one. On the scale of log-odds.</summary>
internal static class Rules
{
    /// <summary>The worth of a notice of which nothing else is known: one in four is acted on.</summary>
    public const double Start = -1.1;

    private static readonly FrozenDictionary<string, double> Points = new Dictionary<string, double>
    {
        ["level.critical"] = 2.5,
        ["level.important"] = 1,
        ["value.high"] = 1,
        ["value.low"] = -0.5,
        ["due.hour"] = 1.5,
        ["due.day"] = 0.8,
        ["due.week"] = 0.3,
        ["role.mentioned"] = 1.2,
        ["role.assignee"] = 1,
        ["role.owner"] = 0.7,
        ["role.follower"] = 0.1,
        ["role.team"] = -0.2,
        ["role.everyone"] = -0.4,
        ["from.teammate"] = 0.2,
        ["from.colleague"] = 0,
        ["from.system"] = -0.2,
    }.ToFrozenDictionary();

    /// <summary>The feature that no habit lowers.</summary>
    public const string Critical = "level.critical";

    private const int LongestEvent = 60;
    private static readonly SearchValues<char> InEvents = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.");

    /// <summary>What the rules give for a feature; 0 for events, which are told apart by level and by habit.</summary>
    public static double Of(string feature) => Points.GetValueOrDefault(feature);

    /// <summary>Whether weights may be learned for it. How critical an event is, is not a matter of habit.</summary>
    public static bool Learns(string feature) =>
        feature.StartsWith(NoticeFacts.EventPrefix, StringComparison.Ordinal) ? IsEvent(feature.AsSpan(NoticeFacts.EventPrefix.Length)) : feature != Critical && Points.ContainsKey(feature);

    private static bool IsEvent(ReadOnlySpan<char> name) => name.Length is > 0 and <= LongestEvent && !name.ContainsAnyExcept(InEvents);
}
