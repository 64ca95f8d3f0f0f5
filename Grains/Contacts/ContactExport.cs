using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Crm.Contacts.Csv;

namespace Crm.Contacts;

/// <inheritdoc />
public sealed class ContactExport(ILists lists, ICatalog catalog) : IContactExport
{
    private const int PageSize = 200;
    private static readonly string[] Heads = ["id", "version", "createdAt", "updatedAt"];

    // The server's own: links between records that mean nothing outside.
    private static readonly string[] Inner = ["mergedInto", "merges", "imports"];

    /// <inheritdoc />
    public async Task<ExportAnswer> Write(Caller caller, ExportOrder order, CancellationToken cancel = default)
    {
        if (!caller.Can("contacts.export"))
        {
            return new(null, new("", "access.denied", "You may not do this. Ask an administrator for the permission."));
        }

        var redaction = new Redaction(caller, Contact.Kind.Info);
        var known = Known(redaction, await catalog.Custom(caller.Tenant, Contact.KindName));
        var columns = order.Columns ?? [.. known.Where(column => !Heads.Contains(column))];
        if (columns.FirstOrDefault(column => !known.Contains(column)) is { } unknown)
        {
            return new(null, new("columns", "export.column", $"There is no column {unknown}. Known are: {string.Join(", ", known)}."));
        }

        var query = new ListQuery(order.Q, order.Filter, order.Sort, PageSize);
        var first = await lists.Find(caller, Contact.KindName, query, cancel);
        return first.Page is { } page ? new(Pieces(caller, query, page, columns, order, cancel), null) : new(null, first.Refusal);
    }

    /// <summary>One row of the file.</summary>
    public static void Row(StringBuilder to, IEnumerable<string> cells, char delimiter, bool strict)
    {
        var before = to.Length;
        foreach (var cell in cells)
        {
            if (to.Length > before)
            {
                to.Append(delimiter);
            }

            to.Append(Safe.Quoted(Safe.Cell(cell, strict), delimiter));
        }

        to.Append("\r\n");
    }

    private static List<string> Known(Redaction redaction, IReadOnlyList<FieldInfo> own) =>
    [
        .. Heads,
        .. Contact.Kind.Info.Fields.Where(field => !Inner.Contains(field.Name) && redaction.SeesField(field.Name))
            .SelectMany(field => field.Parts is { } parts ? parts.Select(part => $"{field.Name}.{part}") : [field.Name]),
        .. own.Select(field => field.Name).Where(redaction.SeesField),
    ];

    private async IAsyncEnumerable<string> Pieces(
        Caller caller, ListQuery query, Page page, IReadOnlyList<string> columns, ExportOrder order, [EnumeratorCancellation] CancellationToken cancel)
    {
        var text = new StringBuilder(order.Excel ? "\uFEFF" : "");
        Row(text, columns, order.Delimiter, strict: false);
        while (true)
        {
            foreach (var view in page.Items)
            {
                Row(text, columns.Select(column => Cell(view, column)), order.Delimiter, order.Excel);
            }

            yield return text.ToString();
            text.Clear();
            if (page.Next is not { } cursor)
            {
                yield break;
            }

            var answer = await lists.Find(caller, Contact.KindName, query with { Cursor = cursor }, cancel);
            page = answer.Page ?? throw new UnavailableException($"The list broke off: {answer.Refusal?.Code}");
        }
    }

    private static string Cell(RecordView view, string column)
    {
        switch (column)
        {
            case "id":
                return view.Id;
            case "version":
                return view.Version.ToString(CultureInfo.InvariantCulture);
            case "createdAt":
                return view.CreatedAt.ToString("O", CultureInfo.InvariantCulture);
            case "updatedAt":
                return view.UpdatedAt.ToString("O", CultureInfo.InvariantCulture);
        }

        if (column.StartsWith("address.", StringComparison.Ordinal))
        {
            return view.Fields.TryGetValue("address", out var address) && address.ValueKind == JsonValueKind.Object && address.TryGetProperty(column["address.".Length..], out var part)
                ? Text(part)
                : "";
        }

        return view.Fields.TryGetValue(column, out var value) ? Text(value) : "";
    }

    // Several values stand in one cell as the import reads them.
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => string.Join("; ", value.EnumerateArray().Select(Text)),
        JsonValueKind.Null or JsonValueKind.Undefined => "",
        _ => value.GetRawText(),
    };
}
