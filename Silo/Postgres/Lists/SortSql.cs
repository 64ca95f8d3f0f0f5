using System.Globalization;

namespace Crm.Silo.Postgres.Lists;

/// <summary>An order as SQL: what rows are sorted by, and which of them come after a place.</summary>
/// <param name="Key">The expression of the key.</param>
/// <param name="Id">The column that breaks ties.</param>
/// <param name="Type">The SQL type of the key.</param>
/// <param name="Nullable">Whether records without a value come last.</param>
/// <param name="OfRecord">Whether the key is read from <c>r</c>; else from <c>l</c>.</param>
internal sealed record SortSql(string Key, string Id, string Type, bool Nullable, bool OfRecord, bool Descending)
{
    /// <summary>Whether an index keeps the rows in this order.</summary>
    public bool Indexed => Key is "l.title" or "l.created_at" or "r.updated_at";

    /// <summary>The order of a list.</summary>
    public static SortSql Of(ListSpec spec, FilterSql filters)
    {
        var down = spec.Sort.Descending;
        return spec.Sort.Field switch
        {
            null when spec.SeesTitle => new("l.title", "l.id", "text", false, false, down),
            null => new("''::text", "l.id", "text", false, false, down),
            { Source: FieldSource.CreatedAt } => new("l.created_at", "l.id", "timestamptz", false, false, down),
            { Source: FieldSource.UpdatedAt } => new("r.updated_at", "r.id", "timestamptz", false, true, down),
            { Type: FieldType.Number or FieldType.Counter } field => new(filters.NumberOf(field), "r.id", "numeric", true, true, down),
            { Type: FieldType.Instant } field => new($"crm_instant({filters.TextOf(field)})", "r.id", "int8", true, true, down),
            { Type: FieldType.Flag } field => new(
                $"(CASE jsonb_typeof({filters.Value(field)}) WHEN 'boolean' THEN ({filters.Value(field)})::boolean END)", "r.id", "boolean", true, true, down),
            var field => new($"lower(left({filters.TextOf(field)}, {ListSort.MaxText}) COLLATE \"C\")", "r.id", "text", true, true, down),
        };
    }

    /// <summary>The key as text that <see cref="After"/> reads back without loss.</summary>
    public string AsText(string key) => Type == "timestamptz" ? $"(extract(epoch FROM {key}) * 1000000)::int8::text" : $"({key})::text";

    /// <summary>What stands behind ORDER BY, for these names of key and id.</summary>
    public string Order(string key, string id) => Descending
        ? $"{key} DESC{(Nullable ? " NULLS LAST" : "")}, {id} DESC"
        : $"{key}{(Nullable ? " NULLS LAST" : "")}, {id}";

    /// <summary>Holds for the rows behind a place.</summary>
    public string After(ListCursor cursor, string key, string id, SqlText sql)
    {
        var sign = Descending ? "<" : ">";
        var last = sql.Text(cursor.Id);
        if (cursor.Key is not { } text)
        {
            return $"({key} IS NULL AND {id} {sign} {last})";
        }

        var value = Type == "timestamptz" ? $"({sql.Instants([long.Parse(text, CultureInfo.InvariantCulture)])})[1]" : $"{sql.Text(text)}::{Type}";
        return Nullable
            ? $"({key} {sign} {value} OR ({key} = {value} AND {id} {sign} {last}) OR {key} IS NULL)"
            : $"({key}, {id}) {sign} ({value}, {last})";
    }
}
