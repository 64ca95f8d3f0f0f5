using System.Text.Json;

namespace Crm;

/// <summary>What a list is sorted by.</summary>
/// <param name="Field">Null for the title.</param>
/// <param name="ByRank">Best match first, and only then by the title.</param>
public sealed record ListSort(FieldRef? Field, bool Descending, bool ByRank)
{
    /// <summary>Longest text that is sorted by, in characters.</summary>
    public const int MaxText = 200;

    /// <summary>As it was asked for, for fingerprints.</summary>
    public string Canonical => $"{(ByRank ? "rank," : "")}{(Descending ? "-" : "")}{Field?.Name ?? "title"}";
}

/// <summary>Where a record stands in a list.</summary>
/// <param name="Key">A text, a <see cref="long"/> of microseconds, a <see cref="Numeric"/> or a flag, as the sort's field has it; null when the record has no value.</param>
public sealed record ListPlace(Rank Rank, object? Key, string Id);

/// <summary>One list of one caller, understood: who belongs and in which order. SQL and predicate are both made from this.</summary>
public sealed class ListSpec
{
    private readonly string _tenant;

    private ListSpec(string tenant, KindInfo kind, Redaction redaction, Question? question, Filter? filter, ListSort sort, JsonElement asked)
    {
        (_tenant, Kind, Redaction, Question, Filter, Sort, Asked) = (tenant, kind, redaction, question, filter, sort, asked);
        HiddenSearched = [.. kind.Fields.Where(field => field.Searched && !redaction.SeesField(field.Name)).Select(field => field.Name)];
        SeesTitle = redaction.SeesField(kind.Title);
    }

    /// <summary>The kind that is listed.</summary>
    public KindInfo Kind { get; }

    /// <summary>What the caller may see of it.</summary>
    public Redaction Redaction { get; }

    /// <summary>The fuzzy words; null when none are asked for.</summary>
    public Question? Question { get; }

    /// <summary>Null when there is none.</summary>
    public Filter? Filter { get; }

    /// <summary>The filter as it was asked for; undefined when there was none.</summary>
    public JsonElement Asked { get; }

    /// <summary>The order; the id breaks ties, so that it is total.</summary>
    public ListSort Sort { get; }

    /// <summary>Searched fields that the caller may not see, and is not answered from.</summary>
    public IReadOnlyList<string> HiddenSearched { get; }

    /// <summary>Whether the caller sees titles. Else records that would be sorted by title are sorted by id.</summary>
    public bool SeesTitle { get; }

    /// <summary>Equal for the same question by callers who see the same. Ties cursors to their list.</summary>
    public string Fingerprint => $"{_tenant}\n{Kind.Name}\n{Redaction.Class}\n{Question?.Title}\n{Filter?.Canonical}\n{Sort.Canonical}";

    /// <summary>Understands a list, or says what is wrong with it: unknown fields, operators, values, sorts.</summary>
    /// <param name="custom">The tenant's own fields of this kind.</param>
    public static (ListSpec? Spec, Problem? Refusal) Read(
        Caller caller, KindInfo kind, IReadOnlyList<FieldInfo> custom, string? q, JsonElement filter, string? sort)
    {
        if (q?.Length > Question.MaxLength)
        {
            return (null, new("q", "q.length", $"At most {Question.MaxLength} characters."));
        }

        var redaction = new Redaction(caller, kind);
        var fields = FieldRef.Visible(kind, custom, redaction);
        var (read, refusal) = FilterParser.Read(filter, fields);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var question = Question.Read(q);
        return ReadSort(sort, kind, question, fields) is { } order
            ? (new(caller.Tenant, kind, redaction, question, read, order, filter), null)
            : (null, new("sort", "sort.field", $"Sort by one of: {string.Join(", ", fields.Values.Where(field => field.IsSortable).Select(field => field.Name))}; with - before it for descending."));
    }

    /// <summary>Whether the record belongs: it is not deleted, the caller may see it, and it is what was asked for by what he may see of it.</summary>
    /// <param name="record">Complete, not reduced.</param>
    public bool Matches(RecordView record) => Place(record) is not null;

    /// <summary>Where the record stands; null when it does not belong. Worth keeping: comparing places is cheap.</summary>
    /// <param name="record">Complete, not reduced.</param>
    public ListPlace? Place(RecordView record)
    {
        if (record.Deleted || record.Kind != Kind.Name || !Redaction.SeesKind || !Redaction.Sees(record) || Filter?.Matches(record) is false)
        {
            return null;
        }

        var rank = Question?.RankOf(
            ListRow.Search(Kind, record.Fields, Redaction.SeesField), SeesTitle ? ListRow.Title(Kind, record.Fields) : null) ?? Rank.Near;
        return rank == Rank.None ? null : new(Sort.ByRank ? rank : Rank.Near, Key(record), record.Id);
    }

    /// <summary>Below zero when the first of two records that belong comes before the second.</summary>
    public int Compare(RecordView first, RecordView second) => Compare(
        Place(first) ?? throw new ArgumentException("The record does not belong to the list.", nameof(first)),
        Place(second) ?? throw new ArgumentException("The record does not belong to the list.", nameof(second)));

    /// <summary>The same by places: best rank first, records without a value last, then by id.</summary>
    public int Compare(ListPlace first, ListPlace second)
    {
        if (first.Rank != second.Rank)
        {
            return second.Rank.CompareTo(first.Rank);
        }

        if (first.Key is null || second.Key is null)
        {
            var absent = (first.Key is null).CompareTo(second.Key is null);
            return absent != 0 ? absent : Turned(Values.Compare(first.Id, second.Id));
        }

        var order = (first.Key, second.Key) switch
        {
            (string a, string b) => Values.Compare(a, b),
            (IComparable a, var b) => a.CompareTo(b),
            _ => throw new InvalidOperationException("A key has no order."),
        };
        return Turned(order != 0 ? order : Values.Compare(first.Id, second.Id));
    }

    private int Turned(int order) => Sort.Descending ? -order : order;

    private object? Key(RecordView record) => Sort.Field switch
    {
        null => SeesTitle ? ListRow.Title(Kind, record.Fields) : "",
        { Type: FieldType.Number or FieldType.Counter } field => field.Number(record) is { } number ? number : null,
        { Type: FieldType.Instant } field => field.Micros(record),
        { Type: FieldType.Flag } field => field.Value(record).ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null },
        var field => field.Text(record) is { } text ? Values.LowerAscii(Values.Left(text, ListSort.MaxText)) : null,
    };

    private static ListSort? ReadSort(string? sort, KindInfo kind, Question? question, IReadOnlyDictionary<string, FieldRef> fields)
    {
        if (string.IsNullOrEmpty(sort))
        {
            return new(null, false, question is not null);
        }

        var descending = sort[0] == '-';
        return fields.TryGetValue(descending ? sort[1..] : sort, out var field) && field.IsSortable
            ? new(field.Name == kind.Title ? null : field, descending, false)
            : null;
    }
}
