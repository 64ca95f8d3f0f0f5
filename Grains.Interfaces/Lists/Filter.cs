using System.Text.Json;

namespace Crm;

/// <summary>How a field is tested. <c>ne</c> is the negation of <see cref="Eq"/>, so a record without a value is unequal to every value.</summary>
public enum FilterOperator
{
    /// <summary>Equal to one of the values (<c>eq</c>, <c>in</c>); exactly, capitals and all.</summary>
    Eq,

    /// <summary>A set that holds one of the values (<c>has</c>, <c>in</c>).</summary>
    Has,

    /// <summary>Greater.</summary>
    Gt,

    /// <summary>Greater or equal.</summary>
    Gte,

    /// <summary>Less.</summary>
    Lt,

    /// <summary>Less or equal.</summary>
    Lte,

    /// <summary>Somewhere in the text; A to Z in either case.</summary>
    Contains,

    /// <summary>At the start of the text; A to Z in either case.</summary>
    StartsWith,

    /// <summary>No value: none stored, "", [] or {}.</summary>
    Empty,
}

/// <summary>Which records a list shows. Two-valued: what cannot be compared does not match.</summary>
public abstract record Filter
{
    /// <summary>Whether the record belongs.</summary>
    public abstract bool Matches(RecordView record);

    /// <summary>Equal for filters of equal meaning that are written alike, whatever blanks stand in their JSON.</summary>
    public abstract string Canonical { get; }
}

/// <summary>All of them; none at all matches everything.</summary>
public sealed record AllOf(IReadOnlyList<Filter> Filters) : Filter
{
    /// <inheritdoc />
    public override string Canonical => $"and({string.Join(',', Filters.Select(filter => filter.Canonical))})";

    /// <inheritdoc />
    public override bool Matches(RecordView record) => Filters.All(filter => filter.Matches(record));
}

/// <summary>At least one of them; none at all matches nothing.</summary>
public sealed record AnyOf(IReadOnlyList<Filter> Filters) : Filter
{
    /// <inheritdoc />
    public override string Canonical => $"or({string.Join(',', Filters.Select(filter => filter.Canonical))})";

    /// <inheritdoc />
    public override bool Matches(RecordView record) => Filters.Any(filter => filter.Matches(record));
}

/// <summary>Not this one.</summary>
public sealed record Not(Filter Inner) : Filter
{
    /// <inheritdoc />
    public override string Canonical => $"not({Inner.Canonical})";

    /// <inheritdoc />
    public override bool Matches(RecordView record) => !Inner.Matches(record);
}

/// <summary>One field against values that fit its type.</summary>
/// <param name="Values">Texts; numbers as JSON writes them, flags as true and false; empty for <see cref="FilterOperator.Empty"/>.</param>
public sealed record Test(FieldRef Field, FilterOperator Operator, IReadOnlyList<string> Values) : Filter
{
    private readonly Numeric[] _numbers = Field.Type is FieldType.Number or FieldType.Counter ? [.. Values.Select(Numeric.Parse)] : [];
    private readonly long[] _micros = Field.Type == FieldType.Instant ? [.. Values.Select(value => Crm.Values.Instant(value)!.Value)] : [];

    /// <inheritdoc />
    public override string Canonical => $"{Field.Name} {Operator} {JsonSerializer.Serialize(Values)}";

    /// <summary>The values of an instant, in microseconds since 1970.</summary>
    public IReadOnlyList<long> Micros => _micros;

    /// <inheritdoc />
    public override bool Matches(RecordView record) => Operator switch
    {
        FilterOperator.Empty => IsEmpty(record),
        FilterOperator.Has => Field.Value(record) is { ValueKind: JsonValueKind.Array } set
            && set.EnumerateArray().Any(item => Crm.Values.Text(item) is { } text && Values.Contains(text, StringComparer.Ordinal)),
        FilterOperator.Contains => Field.Text(record) is { } text
            && Crm.Values.LowerAscii(text).Contains(Crm.Values.LowerAscii(Values[0]), StringComparison.Ordinal),
        FilterOperator.StartsWith => Field.Text(record) is { } text
            && Crm.Values.LowerAscii(text).StartsWith(Crm.Values.LowerAscii(Values[0]), StringComparison.Ordinal),
        _ => Compares(record),
    };

    private bool Compares(RecordView record) => Field.Type switch
    {
        FieldType.Number or FieldType.Counter => Field.Number(record) is { } number && _numbers.Any(value => Holds(number.CompareTo(value))),
        FieldType.Instant => Field.Micros(record) is { } micros && _micros.Any(value => Holds(micros.CompareTo(value))),
        FieldType.Flag => Field.Value(record).ValueKind switch
        {
            JsonValueKind.True => Values.Contains("true", StringComparer.Ordinal),
            JsonValueKind.False => Values.Contains("false", StringComparer.Ordinal),
            _ => false,
        },
        _ => Field.Text(record) is { } text && Values.Any(value => Holds(Crm.Values.Compare(text, value))),
    };

    private bool Holds(int order) => Operator switch
    {
        FilterOperator.Eq => order == 0,
        FilterOperator.Gt => order > 0,
        FilterOperator.Gte => order >= 0,
        FilterOperator.Lt => order < 0,
        FilterOperator.Lte => order <= 0,
        _ => throw new InvalidOperationException($"{Operator} does not compare."),
    };

    private bool IsEmpty(RecordView record)
    {
        if (Field.Source != FieldSource.Field)
        {
            return false;
        }

        var value = Field.Value(record);
        return value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => true,
            JsonValueKind.String => value.ValueEquals(""),
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => !value.EnumerateObject().Any(),
            _ => false,
        };
    }
}
