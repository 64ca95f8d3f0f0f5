namespace Crm.Silo.Postgres.Lists;

/// <summary>
/// A filter as a condition on a row <c>r</c> of <c>records</c>, and as one on the terms of <c>l</c> that narrows it down.
/// Every test is two-valued, as <see cref="Filter.Matches"/> is: NULL is false before anything negates it.
/// </summary>
internal sealed class FilterSql(SqlText sql, Terms terms)
{
    /// <summary>Holds exactly for the rows that match.</summary>
    public string Condition(Filter filter) => filter switch
    {
        AllOf { Filters: { Count: > 0 } all } => $"({string.Join(" AND ", all.Select(Condition))})",
        AllOf => "true",
        AnyOf { Filters: { Count: > 0 } any } => $"({string.Join(" OR ", any.Select(Condition))})",
        AnyOf => "false",
        Not not => $"NOT {Condition(not.Inner)}",
        Test test => $"(({Leaf(test)}) IS TRUE)",
        _ => throw new InvalidOperationException($"{filter.GetType().Name} has no SQL."),
    };

    /// <summary>Holds for all rows that match, and for few others; null when the index knows nothing of this filter.</summary>
    public string? Narrow(Filter filter) => filter switch
    {
        Test { Operator: FilterOperator.Eq or FilterOperator.Has, Field.IsFacet: true } test when test.Values.All(value => value.Length <= ListRow.MaxFacet) =>
            $"l.terms && {sql.Terms(test.Values.Select(value => terms.Facet(test.Field.Field, value)))}",
        AllOf all => all.Filters.Select(Narrow).OfType<string>().ToList() is { Count: > 0 } some ? $"({string.Join(" AND ", some)})" : null,
        AnyOf any => any.Filters.Select(Narrow).ToList() is { Count: > 0 } every && every.TrueForAll(each => each is not null) ? $"({string.Join(" OR ", every)})" : null,
        _ => null,
    };

    /// <summary>The stored value, as jsonb.</summary>
    public string Value(FieldRef field) =>
        field.Part is { } part ? $"(r.fields -> {sql.Text(field.Field)} -> {sql.Text(part)})" : $"(r.fields -> {sql.Text(field.Field)})";

    /// <summary>The text; NULL when there is none.</summary>
    public string TextOf(FieldRef field) => field.Source switch
    {
        FieldSource.Id => "r.id",
        FieldSource.UpdatedBy => "r.updated_by",
        _ => Value(field) is var value ? $"(CASE jsonb_typeof({value}) WHEN 'string' THEN {value} #>> '{{}}' END)" : "",
    };

    /// <summary>The number; NULL when there is none.</summary>
    public string NumberOf(FieldRef field) => field.Source == FieldSource.Version
        ? "r.version::numeric"
        : Value(field) is var value ? $"(CASE jsonb_typeof({value}) WHEN 'number' THEN ({value} #>> '{{}}')::numeric END)" : "";

    private string Leaf(Test test) => test.Operator switch
    {
        FilterOperator.Empty => test.Field.Source != FieldSource.Field
            ? "false"
            : $"coalesce({Value(test.Field)}, 'null'::jsonb) IN ('null'::jsonb, '\"\"'::jsonb, '[]'::jsonb, '{{}}'::jsonb)",
        FilterOperator.Has => $"CASE jsonb_typeof({Value(test.Field)}) WHEN 'array' THEN {Value(test.Field)} ?| {sql.Texts(test.Values)} END",
        FilterOperator.Contains => $"lower({TextOf(test.Field)} COLLATE \"C\") LIKE {sql.Like("%", Values.LowerAscii(test.Values[0]), "%")}",
        FilterOperator.StartsWith => $"lower({TextOf(test.Field)} COLLATE \"C\") LIKE {sql.Like("", Values.LowerAscii(test.Values[0]), "%")}",
        _ => Comparison(test),
    };

    private string Comparison(Test test) => test.Field switch
    {
        { Type: FieldType.Number or FieldType.Counter } field => $"{NumberOf(field)} {Sign(test)} ANY ({sql.Texts(test.Values)}::numeric[])",
        { Type: FieldType.Instant, Source: FieldSource.CreatedAt } => $"r.created_at {Sign(test)} ANY ({sql.Instants(test.Micros)})",
        { Type: FieldType.Instant, Source: FieldSource.UpdatedAt } => $"r.updated_at {Sign(test)} ANY ({sql.Instants(test.Micros)})",
        { Type: FieldType.Instant } field => $"crm_instant({TextOf(field)}) {Sign(test)} ANY ({sql.Longs(test.Micros)})",
        { Type: FieldType.Flag } field => $"{Value(field)} {Sign(test)} ANY ({sql.Texts(test.Values)}::jsonb[])",
        var field => $"{TextOf(field)} COLLATE \"C\" {Sign(test)} ANY ({sql.Texts(test.Values)})",
    };

    private static string Sign(Test test) => test.Operator switch
    {
        FilterOperator.Eq => "=",
        FilterOperator.Gt => ">",
        FilterOperator.Gte => ">=",
        FilterOperator.Lt => "<",
        FilterOperator.Lte => "<=",
        _ => throw new InvalidOperationException($"{test.Operator} does not compare."),
    };
}
