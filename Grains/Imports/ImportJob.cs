using System.Text.Json;
using Crm.Engine;

namespace Crm.Imports;

/// <summary>How far an import is.</summary>
public enum ImportState
{
    /// <summary>Lines are being read.</summary>
    Running,

    /// <summary>All lines were read.</summary>
    Done,

    /// <summary>It ended early; the reason says why. What was imported until then is there.</summary>
    Failed,

    /// <summary>Somebody stopped it. What was imported until then is there.</summary>
    Cancelled,

    /// <summary>Being taken back.</summary>
    Reverting,

    /// <summary>Taken back.</summary>
    Reverted,
}

/// <summary>What becomes of a line that is about a contact which is there already.</summary>
public enum OnDuplicate
{
    /// <summary>It fills the contact's gaps; nothing is overwritten.</summary>
    Merge,

    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>It becomes a contact of its own all the same.</summary>
    Create,
}

/// <summary>Something to say about one line of the file.</summary>
/// <param name="Line">The line on which the row begins, from 1; the header counts.</param>
/// <param name="Field">The field or column; empty when it is about the whole line.</param>
public sealed record LineNote(long Line, string Field, string Message);

/// <summary>What a dry run would do with a line.</summary>
/// <param name="Contact">The contact that the line would be merged into or skipped for; null when it would make one.</param>
/// <param name="Fields">What the line says.</param>
public sealed record Preview(long Line, string? Contact, JsonElement Fields);

/// <summary>How far taking back is.</summary>
/// <param name="By">Who asked for it.</param>
/// <param name="Done">Contacts that were looked at.</param>
/// <param name="Deleted">Those it had made, untouched since.</param>
/// <param name="Undone">Those it had added to.</param>
/// <param name="Left">Those that keep something, since somebody changed it meanwhile.</param>
/// <param name="Kept">Which these are and what they keep, at most 1,000.</param>
public sealed record Reverting(string By, long Done, long Deleted, long Undone, long Left, IReadOnlyList<KeptContact> Kept)
{
    /// <summary>Most entries of <see cref="Kept"/>.</summary>
    public const int MaxKept = 1_000;
}

/// <summary>A contact that keeps what the import brought.</summary>
/// <param name="Fields">Empty when the whole contact stays, since it was changed after the import made it.</param>
public sealed record KeptContact(string Contact, IReadOnlyList<string> Fields);

/// <summary>A file of contacts on its way in, and what came of it.</summary>
/// <param name="Name">Of the file.</param>
/// <param name="Owner">Who imports; it runs with this user's rights.</param>
/// <param name="DryRun">Shows what would happen, and writes no contact.</param>
/// <param name="Mapping">Column → field; null for columns that are left out.</param>
/// <param name="Columns">Of the file, in order.</param>
/// <param name="Sample">The first lines, column by column.</param>
/// <param name="Size">Of the file, in bytes.</param>
/// <param name="Hash">SHA-256 of the file and the options: tells a repeated upload from another one.</param>
/// <param name="Total">Rows in the file; null until they are counted.</param>
/// <param name="Failed">Lines with errors.</param>
/// <param name="Errors">The first of them, at most 1,000; all stand in errors.csv.</param>
/// <param name="Warnings">What was left out of lines that were imported, at most 100.</param>
/// <param name="Preview">Of a dry run: up to 100 examples each of created, merged and skipped.</param>
/// <param name="Line">The last line that is done for good: where a new start goes on.</param>
public sealed record ImportJob(
    string? Name = null, string? Owner = null, ImportState State = ImportState.Running, bool DryRun = false, OnDuplicate OnDuplicate = OnDuplicate.Merge,
    IReadOnlyDictionary<string, string?>? Mapping = null, IReadOnlyList<string>? Columns = null, IReadOnlyList<IReadOnlyList<string>>? Sample = null,
    string? Encoding = null, string? Delimiter = null, long Size = 0, string? Hash = null, long? Total = null, long Done = 0, long Created = 0, long Merged = 0,
    long Skipped = 0, long Failed = 0, IReadOnlyList<LineNote>? Errors = null, IReadOnlyList<LineNote>? Warnings = null,
    IReadOnlyDictionary<string, IReadOnlyList<Preview>>? Preview = null, long Line = 0, string? Reason = null, DateTimeOffset? FinishedAt = null,
    Reverting? Revert = null) : IKind<ImportJob>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "imports";

    /// <summary>Most entries of <see cref="Errors"/>.</summary>
    public const int MaxErrors = 1_000;

    /// <summary>Most entries of <see cref="Warnings"/>.</summary>
    public const int MaxWarnings = 100;

    /// <inheritdoc />
    public static Kind<ImportJob> Kind { get; } = new Kind<ImportJob>(KindName, "name", new ImportJob(), "Files of contacts on their way in, and what came of them.")
        .Field(nameof(Name), FieldType.Text, editable: false, required: true)
        .Field(nameof(Owner), FieldType.User, editable: false)
        .Field(nameof(State), FieldType.Choice, editable: false, options: ["running", "done", "failed", "cancelled", "reverting", "reverted"])
        .Field(nameof(DryRun), FieldType.Flag, editable: false)
        .Field(nameof(OnDuplicate), FieldType.Choice, editable: false, options: ["merge", "skip", "create"])
        .Field(nameof(Mapping), FieldType.Data, editable: false)
        .Field(nameof(Columns), FieldType.Data, editable: false)
        .Field(nameof(Sample), FieldType.Data, editable: false, personal: true)
        .Field(nameof(Encoding), FieldType.Text, editable: false)
        .Field(nameof(Delimiter), FieldType.Text, editable: false)
        .Field(nameof(Size), FieldType.Number, editable: false)
        .Field(nameof(Hash), FieldType.Text, editable: false)
        .Field(nameof(Total), FieldType.Number, editable: false)
        .Field(nameof(Done), FieldType.Number, editable: false)
        .Field(nameof(Created), FieldType.Number, editable: false)
        .Field(nameof(Merged), FieldType.Number, editable: false)
        .Field(nameof(Skipped), FieldType.Number, editable: false)
        .Field(nameof(Failed), FieldType.Number, editable: false)
        .Field(nameof(Errors), FieldType.Data, editable: false, personal: true)
        .Field(nameof(Warnings), FieldType.Data, editable: false, personal: true)
        .Field(nameof(Preview), FieldType.Data, editable: false, personal: true)
        .Field(nameof(Line), FieldType.Number, editable: false)
        .Field(nameof(Reason), FieldType.Text, editable: false)
        .Field(nameof(FinishedAt), FieldType.Instant, editable: false)
        .Field(nameof(Revert), FieldType.Data, editable: false)
        .OwnedBy(nameof(Owner))
        .Compound<NoArgs>("cancel", "contacts.import", "Stops the import. What it brought until then stays, and can be reverted.")
        .Compound<NoArgs>("revert", "contacts.import", "Takes the import back: what it made is deleted and what it added is taken out, wherever nobody changed it since.")
        .InnerVerb<Begin>(VerbOn.Nothing)
        .InnerVerb<Report>()
        .InnerVerb<Stop>()
        .InnerVerb<BeginRevert>()
        .Silent("create", "edit", "delete", "restore", "undo", Begin.Name, Report.Name, Stop.Name, BeginRevert.Name)
        .Example(new("customers.csv", "ana", ImportState.Done, Total: 91, Done: 91, Created: 89, Merged: 1, Skipped: 1));

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (Name is null)
        {
            yield return new("name", "import.file", "An import is made by POST /api/v1/contacts/import.");
        }
    }
}

/// <summary>No arguments.</summary>
public sealed record NoArgs;

/// <summary>A file has arrived.</summary>
public sealed record Begin(ImportJob Job) : IVerb<ImportJob>
{
    /// <inheritdoc />
    public static string Name => "begin";

    /// <inheritdoc />
    public static string Permission => "imports.begin";

    /// <inheritdoc />
    public Decision<ImportJob> Decide(ImportJob record, Moment moment) => Job with { State = ImportState.Running, Owner = moment.Caller.User };
}

/// <summary>How far it is.</summary>
/// <param name="While">The state in which the news makes sense: in another one the worker is told to stop.</param>
/// <param name="News">The fields that have moved, as a job.</param>
public sealed record Report(ImportState While, JsonElement News) : IVerb<ImportJob>
{
    /// <inheritdoc />
    public static string Name => "report";

    /// <inheritdoc />
    public static string Permission => "imports.report";

    /// <inheritdoc />
    public Decision<ImportJob> Decide(ImportJob record, Moment moment)
    {
        if (record.State != While)
        {
            return new Problem("state", "import.over", "The import is in another state by now.");
        }

        var fields = Json.Flatten(record);
        foreach (var news in News.EnumerateObject())
        {
            fields[news.Name] = news.Value;
        }

        var next = Json.Unflatten<ImportJob>(fields.Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary());
        return next.State == While ? next : next with { FinishedAt = moment.Now };
    }
}

/// <summary>No more lines.</summary>
public sealed record Stop : IVerb<ImportJob>
{
    /// <inheritdoc />
    public static string Name => "stop";

    /// <inheritdoc />
    public static string Permission => "imports.stop";

    /// <inheritdoc />
    public Decision<ImportJob> Decide(ImportJob record, Moment moment) => record.State switch
    {
        ImportState.Running => record with { State = ImportState.Cancelled, FinishedAt = moment.Now },
        ImportState.Cancelled => record,
        _ => new Problem("state", "import.over", "This import is over."),
    };
}

/// <summary>It shall be taken back.</summary>
public sealed record BeginRevert : IVerb<ImportJob>
{
    /// <inheritdoc />
    public static string Name => "beginRevert";

    /// <inheritdoc />
    public static string Permission => "imports.revert";

    /// <inheritdoc />
    public Decision<ImportJob> Decide(ImportJob record, Moment moment) => record.State switch
    {
        _ when record.DryRun => new Problem("state", "import.dry", "A dry run has written nothing that could be taken back."),
        ImportState.Running => new Problem("state", "import.running", "The import still runs. Cancel it first, or wait for its end."),
        ImportState.Reverting => record,
        ImportState.Reverted => new Problem("state", "import.reverted", "This import is taken back already."),
        _ => record with { State = ImportState.Reverting, Revert = new(moment.Caller.User, 0, 0, 0, 0, []) },
    };
}
