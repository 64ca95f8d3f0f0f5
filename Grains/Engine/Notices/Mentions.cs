using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Engine;

/// <summary>Reads who is meant by <c>@name</c> in a text. Pure.</summary>
public static partial class Mentions
{
    /// <summary>The event.</summary>
    public const string Event = "mention";

    /// <summary>Those of one change that count; the rest of a text with more is a text.</summary>
    public const int Most = 20;

    /// <summary>Tells those who are mentioned in a field by a change and were not before.</summary>
    /// <param name="field">A text with lines.</param>
    public static NoticeRule In(string field) => new(
        Event, NoticePriority.Important, new("{by} mentioned you in {title}.", "{by} hat Sie in {title} erwähnt."),
        change => change.Fields.TryGetValue(field, out var value) && value.To.ValueKind == JsonValueKind.String && value.To.GetString()!.Contains('@'),
        heard => heard.Change.Fields.TryGetValue(field, out var value) ? Added(Text(value.From), Text(value.To)).Select(handle => new Receiver.Mentioned(handle)) : [])
    {
        Field = field,
        Actions = ["open"],
        Closed = new(
            "mention.closed", NoticePriority.Important,
            new("{whom} is mentioned in {title} and may not see it. Nothing was sent.", "{whom} ist in {title} erwähnt und darf das nicht sehen. Es wurde nichts gesendet."),
            _ => false, _ => [])
        {
            Field = field,
            Actions = ["askAccess", "open"],
            ToMaker = true,
        },
    };

    /// <summary>The handles that a text has and did not have before, in their order, each once.</summary>
    public static IReadOnlyList<string> Added(string? before, string? after) =>
        [.. Of(after).Except(Of(before)).Take(Most)];

    /// <summary>The handles in a text, folded: <c>@Ana.Silva</c> as <c>ana.silva</c>. The sign in an e-mail address is none.</summary>
    public static IEnumerable<string> Of(string? text) =>
        text is null || !text.Contains('@') ? [] : Form().Matches(text).Select(match => Fold.Text(match.Groups["handle"].Value)).Distinct();

    /// <summary>What a user may be called: his address, what stands before the @ in it, and his name with dots or nothing in place of blanks.</summary>
    public static IEnumerable<string> HandlesOf(string name, string email)
    {
        var (address, words) = (Fold.Text(email), Fold.Text(name).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new[] { address, address.Split('@')[0], string.Join('.', words), string.Concat(words) }.Where(handle => handle.Length > 0).Distinct();
    }

    private static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(
        @"(?<![\p{L}\p{N}._%+\-@])@(?<handle>[\p{L}\p{N}]([\p{L}\p{N}._+\-]{0,80}[\p{L}\p{N}])?(@[\p{L}\p{N}]([\p{L}\p{N}.\-]{0,80}[\p{L}\p{N}])?)?)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Form();
}
