using System.Text.Json;
using System.Text.RegularExpressions;
using Crm.Engine;

namespace Crm.Views;

/// <summary>A list as somebody wants to see it again: which records, in which order, with which columns.</summary>
/// <param name="On">The kind that is listed, <c>contacts</c>. Given once and for all.</param>
/// <param name="Owner">Who made it. He alone changes and deletes it, beside those who see every view.</param>
/// <param name="Shared">Whether everybody of the tenant sees it, and not its owner alone.</param>
/// <param name="Columns">Fields of the kind; none for those that a list shows by itself.</param>
/// <param name="Filter">A filter as lists take it, as JSON text; none for every record. What a reader may not filter by is refused to him by the list, not here.</param>
/// <param name="Sort">As lists take it, <c>-updatedAt</c>; none for the kind's own order.</param>
public sealed partial record SavedView(
    string? On = null, string? Name = null, string? Owner = null, bool Shared = false, IReadOnlyList<string>? Columns = null, string? Filter = null,
    string? Sort = null) : IKind<SavedView>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "views";

    private const int MaxName = 80;
    private const int MaxFilter = 4000;
    private const int MaxDepth = 16;

    /// <inheritdoc />
    public static Kind<SavedView> Kind { get; } = new Kind<SavedView>(KindName, "name", new SavedView(), "Lists that were saved to be seen again, private or shared.")
        .Field(nameof(On), FieldType.Text, required: true, maxLength: 40)
        .Field(nameof(Name), FieldType.Text, searched: true, required: true, maxLength: MaxName)
        .Field(nameof(Owner), FieldType.User, editable: false)
        .Field(nameof(Shared), FieldType.Flag)
        .Field(nameof(Columns), FieldType.Set, maxLength: MaxName)
        .Field(nameof(Filter), FieldType.Text, maxLength: MaxFilter)
        .Field(nameof(Sort), FieldType.Text, maxLength: MaxName)
        .OwnedBy(nameof(Owner), shared: nameof(Shared))
        .Silent("create", "edit", "delete", "restore", "undo")
        .Example(new("contacts", "My customers", "018f6b1c-0000-7000-8000-000000000001", true, ["company", "name"], """{"status":"customer"}""", "company"));

    /// <inheritdoc />
    public SavedView Tidied(Moment moment) => this with
    {
        On = On?.Trim(),
        Name = Name?.Trim(),
        Owner = moment.Creating ? moment.Caller.User : Owner,
        Columns = Columns?.Distinct().ToList() is { Count: > 0 } columns ? columns : null,
        Filter = Filter?.Trim() is { Length: > 0 } filter ? filter : null,
        Sort = Sort?.Trim() is { Length: > 0 } sort ? sort : null,
    };

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (On is null || !KindForm().IsMatch(On))
        {
            yield return new("on", "view.kind", "Say which kind the view lists, such as contacts.");
        }

        if (string.IsNullOrEmpty(Name))
        {
            yield return new("name", "view.name", "A view needs a name.");
        }

        if (Filter is not null && !IsObject(Filter))
        {
            yield return new("filter", "view.filter", """The filter must be a JSON object as lists take it, such as {"status":"customer"}.""");
        }

        if (Sort is not null && !SortForm().IsMatch(Sort))
        {
            yield return new("sort", "view.sort", "The order must be the name of a field, with - before it for descending.");
        }
    }

    /// <inheritdoc />
    public IEnumerable<Problem> CheckStep(SavedView before)
    {
        if (On != before.On)
        {
            yield return new("on", "view.fixed", "A view stays with its kind. Make another view instead.");
        }
    }

    /// <inheritdoc />
    public IEnumerable<Problem> CheckCaller(SavedView before, Caller caller)
    {
        if ((before.Owner ?? Owner) != caller.User && !caller.Can(Redaction.ReadPermission(KindName)))
        {
            yield return new("", "view.other", "Only its owner changes a view. Save a copy of your own instead.");
        }
    }

    private static bool IsObject(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new() { MaxDepth = MaxDepth });
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^[a-z][a-zA-Z]{0,39}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex KindForm();

    [GeneratedRegex(@"^-?[a-zA-Z][a-zA-Z0-9.]{0,78}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SortForm();
}
