using System.Net;
using System.Text;

namespace Crm.Engine;

/// <summary>Writes the letter that carries notices: plain text, and HTML in which every value is escaped. Pure.</summary>
public static class NoticeLetter
{
    private const int LongestSubject = 120;

    /// <summary>One letter.</summary>
    /// <param name="id">The same whenever it is written again.</param>
    /// <param name="texts">At least one.</param>
    /// <param name="language">en or de.</param>
    public static Letter Of(string id, Member to, IReadOnlyList<NoticeText> texts, bool urgent, string language, IMailPost post, Uri unsubscribe)
    {
        var words = language == "de" ? German : English;
        var subject = $"{(urgent ? $"{words.Urgent}: " : "")}{(texts.Count == 1 ? texts[0].Text : string.Format(words.Many, texts.Count))}";
        var lines = texts.Select(text => (text.Text, Link: post.Link(text.Open && text.Ref is { } at ? $"/{at}" : "/notices"))).ToList();
        return new(id, to.Email, to.Name, Line(subject), Plain(to, words, lines, post, unsubscribe), Html(to, words, lines, post, unsubscribe, language), unsubscribe);
    }

    // A header is one line, whatever somebody has called a record.
    private static string Line(string text)
    {
        var line = new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length > LongestSubject ? $"{line[..LongestSubject]}…" : line;
    }

    private static string Plain(Member to, Words words, List<(string Text, Uri Link)> lines, IMailPost post, Uri unsubscribe)
    {
        var text = new StringBuilder().Append(string.Format(words.Hello, to.Name)).Append("\r\n\r\n");
        foreach (var line in lines)
        {
            text.Append("- ").Append(line.Text).Append("\r\n  ").Append(line.Link).Append("\r\n");
        }

        return text.Append("\r\n").Append(words.Choices).Append(": ").Append(post.Link("/settings/notices")).Append("\r\n")
            .Append(words.NoMore).Append(": ").Append(unsubscribe).Append("\r\n").ToString();
    }

    private static string Html(Member to, Words words, List<(string Text, Uri Link)> lines, IMailPost post, Uri unsubscribe, string language)
    {
        var html = new StringBuilder($"""
            <!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
            <body style="font:16px/1.5 system-ui,sans-serif;color:#1a1b1e;max-width:36em;margin:0 auto;padding:16px">
            <p>{Safe(string.Format(words.Hello, to.Name))}</p><ul style="padding-left:1.2em">

            """);
        foreach (var line in lines)
        {
            html.Append("<li style=\"margin:8px 0\"><a href=\"").Append(Safe(line.Link.ToString())).Append("\">").Append(Safe(line.Text)).Append("</a></li>\r\n");
        }

        return html.Append("</ul><p style=\"font-size:13px;color:#495057\"><a href=\"").Append(Safe(post.Link("/settings/notices").ToString())).Append("\">")
            .Append(Safe(words.Choices)).Append("</a> · <a href=\"").Append(Safe(unsubscribe.ToString())).Append("\">").Append(Safe(words.NoMore))
            .Append("</a></p></body></html>\r\n").ToString();
    }

    private static string Safe(string text) => WebUtility.HtmlEncode(text);

    private static readonly Words English = new("Hello {0},", "{0} notices", "Urgent", "Choose what you are told, and how", "No more e-mail");
    private static readonly Words German = new("Guten Tag, {0},", "{0} Mitteilungen", "Dringend", "Wählen, was Sie erfahren und wie", "Keine E-Mails mehr");

    private sealed record Words(string Hello, string Many, string Urgent, string Choices, string NoMore);
}
