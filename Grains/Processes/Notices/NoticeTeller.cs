using System.Text.Json;
using Crm.Notices;

namespace Crm.Engine;

/// <summary>Puts together what notices say, from what one reader may see at this moment. There is no other way that a value gets into a notice.</summary>
public sealed class NoticeTeller(NoticeRules rules, ICatalog catalog)
{
    private const int LongestTitle = 200;

    /// <summary>What a notice says to a reader.</summary>
    /// <param name="language">en or de.</param>
    public async Task<NoticeText> Tell(string id, Notice notice, Caller reader, string language, IRecords records, CancellationToken cancel)
    {
        var german = language == "de";
        var about = Address.FromRef(reader.Tenant, notice.About);
        var record = about is { } at ? await records.Read(at, reader, cancel) : null;
        var args = new Dictionary<string, string>
        {
            ["by"] = await Name(notice.By, reader, records, cancel) ?? (german ? "jemand" : "somebody"),
            ["title"] = Title(record) ?? (german ? "etwas, das Sie nicht sehen dürfen" : "something that you may not see"),
        };
        if (about is { } named)
        {
            args["kind"] = named.Kind;
        }

        if (notice.Whom is { } whom)
        {
            args["whom"] = await Name(whom, reader, records, cancel) ?? (german ? "jemand" : "somebody");
        }

        var rule = rules.Find(notice.Event!);
        if (rule?.Words.En.Contains("{fields}", StringComparison.Ordinal) is true)
        {
            args["fields"] = await Fields(about, notice.Version, reader, records, cancel);
        }

        return new(id, notice.Event!, args, Fill(rule is null ? "{title}" : german ? rule.Words.De : rule.Words.En, args), notice.About, record is not null);
    }

    // One pass: what stands in a value is never taken for a name.
    private static string Fill(string words, Dictionary<string, string> args)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; i < words.Length; i++)
        {
            var end = words[i] == '{' ? words.IndexOf('}', i) : -1;
            if (end > 0 && args.TryGetValue(words[(i + 1)..end], out var value))
            {
                text.Append(value);
                i = end;
            }
            else
            {
                text.Append(words[i]);
            }
        }

        return text.ToString();
    }

    private static async Task<string?> Name(string? user, Caller reader, IRecords records, CancellationToken cancel) =>
        user is not null && await records.Read(new(reader.Tenant, "users", user), reader, cancel) is { } record ? Text(record, "name") : null;

    // What lists name it by, or the first searched text that the reader may see.
    private string? Title(RecordView? record)
    {
        if (record is null || catalog.Find(record.Kind) is not { } kind)
        {
            return null;
        }

        return Text(record, kind.Title) ?? kind.Fields.Where(field => field is { Searched: true, Type: FieldType.Text }).Select(field => Text(record, field.Name)).FirstOrDefault(text => text is not null)
            ?? $"{record.Kind}/{record.Id}";
    }

    private static async Task<string> Fields(Address? about, long? version, Caller reader, IRecords records, CancellationToken cancel) =>
        about is { } at && version is > 0 and { } changed && await records.History(at, reader, changed - 1, 1, cancel) is [var change]
            ? string.Join(", ", change.Fields.Keys.Order(StringComparer.Ordinal)) : "";

    private static string? Text(RecordView record, string field) =>
        record.Fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String && value.GetString()?.Trim() is { Length: > 0 } text
            ? text.Length > LongestTitle ? $"{text[..LongestTitle]}…" : text : null;
}
