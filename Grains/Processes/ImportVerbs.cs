using System.Text.Json;
using Crm.Contacts;
using Crm.Imports;

namespace Crm.Engine;

/// <summary>A verb of imports that whoever may import contacts may use: its inner verb decides, a worker does the rest.</summary>
public sealed class ImportVerb : ICompoundVerb
{
    private readonly string _inner;

    private ImportVerb(string name, string inner) => (Name, _inner) = (name, inner);

    /// <summary>Stops the import.</summary>
    public static ImportVerb Cancel { get; } = new("cancel", Stop.Name);

    /// <summary>Takes the import back.</summary>
    public static ImportVerb Revert { get; } = new("revert", BeginRevert.Name);

    /// <inheritdoc />
    public string Kind => ImportJob.KindName;

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        Json.Read<NoArgs>(args);
        return records.Do(at, Caller.System(at.Tenant) with { User = caller.User }, commandId, _inner, args);
    }
}

/// <summary>Where jobs wait for a worker.</summary>
public interface IImportQueue
{
    /// <summary>The job has something to do. Kept across a crash.</summary>
    void Add(Address job);
}

/// <summary>Hands imports that shall be taken back to a worker. From the outbox, so that no node forgets one.</summary>
public sealed class ImportCourse(IImportQueue queue) : ICourse
{
    /// <inheritdoc />
    public string Name => "contacts.import";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => kind == ImportJob.KindName && change.Type == $"{ImportJob.KindName}.{BeginRevert.Name}";

    /// <inheritdoc />
    public Task Run(Nudge heard, IRecords records, CancellationToken cancel)
    {
        queue.Add(heard.At);
        return Task.CompletedTask;
    }
}

/// <summary>What a file's header says, and whether it can be imported.</summary>
public static class ImportPlan
{
    private const int SampleRows = 5;

    /// <summary>The job that a file becomes, or why it becomes none.</summary>
    /// <param name="file">Seekable; where it stands afterwards is of no account.</param>
    /// <param name="own">The tenant's custom fields of contacts.</param>
    public static async Task<(ImportJob? Job, IReadOnlyList<Problem> Problems)> Of(
        Stream file, ImportOrder order, Caller caller, IReadOnlyList<FieldInfo> own, CancellationToken cancel)
    {
        if (!Enum.TryParse<OnDuplicate>(order.OnDuplicate, ignoreCase: true, out var onDuplicate) || !Enum.IsDefined(onDuplicate) || char.IsAsciiDigit(order.OnDuplicate[0]))
        {
            return (null, [new("onDuplicate", "field.choice", "This must be one of: merge, skip, create.")]);
        }

        var form = await Contacts.Csv.CsvForm.Detect(file, cancel);
        file.Position = 0;
        using var rows = new Contacts.Csv.CsvRows(form.Open(new Unclosed(file)), form with { Ragged = true });
        var sample = rows.Rows().Where(row => row.Problem is null).Take(SampleRows).Select(row => row.Cells).ToList();
        if (rows.Columns.Count == 0)
        {
            return (null, [new("file", "import.empty", "The file is empty. Its first line must name the columns.")]);
        }

        var (mapping, problems) = Map(order, rows.Columns, own, caller);
        return problems.Count > 0 ? (null, problems) : (new ImportJob(
            Name(order.FileName), caller.User, DryRun: order.DryRun, OnDuplicate: onDuplicate, Mapping: mapping, Columns: rows.Columns, Sample: sample,
            Encoding: form.Encoding.WebName, Delimiter: form.Delimiter.ToString(), Size: file.Length), []);
    }

    private static (IReadOnlyDictionary<string, string?> Mapping, IReadOnlyList<Problem> Problems) Map(
        ImportOrder order, IReadOnlyList<string> columns, IReadOnlyList<FieldInfo> own, Caller caller)
    {
        Dictionary<string, string?> mapping;
        if (order.Mapping.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            mapping = Contacts.Csv.Mapping.Guess(columns, own);
        }
        else if (order.Mapping.ValueKind != JsonValueKind.Object
            || order.Mapping.EnumerateObject().Any(column => column.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)))
        {
            return (new Dictionary<string, string?>(), [new("mapping", "import.mapping", "The mapping must be an object of texts: {\"column\": \"field\"}.")]);
        }
        else
        {
            var asked = order.Mapping.EnumerateObject().DistinctBy(column => column.Name).ToDictionary(column => column.Name, column => Values.Text(column.Value));
            (mapping, var wrong) = Contacts.Csv.Mapping.Check(asked, columns, own);
            if (wrong.Count > 0)
            {
                return (mapping, wrong);
            }
        }

        var closed = Contacts.Csv.Mapping.Fields(mapping.Values)
            .Where(field => caller.Hidden.Contains($"contacts.{field}") || caller.ReadOnly.Contains($"contacts.{field}")).ToList();
        return closed.Count > 0 && order.Mapping.ValueKind == JsonValueKind.Object
            ? (mapping, [.. closed.Select(field => new Problem("mapping", "field.readonly", $"You may not write this field: {field}."))])
            : mapping.Values.All(field => field is null) && !order.DryRun
                ? (mapping, [new("mapping", "import.mapping", $"None of the columns is known: {string.Join(", ", columns.Take(50))}. Say with mapping where they go.")])
                : (Without(mapping, closed), []);
    }

    // A guess leaves out what the caller may not write; what he asks for himself is refused instead.
    private static Dictionary<string, string?> Without(Dictionary<string, string?> mapping, List<string> closed) =>
        mapping.ToDictionary(pair => pair.Key, pair => pair.Value is { } target && Contacts.Csv.Mapping.Fields([target]).Any(closed.Contains) ? null : pair.Value);

    private static string Name(string? fileName)
    {
        var name = string.Concat((fileName ?? "").Split('/', '\\')[^1].Where(c => !char.IsControl(c))).Trim();
        return name.Length == 0 ? "contacts.csv" : name.Length > 200 ? name[^200..] : name;
    }
}
