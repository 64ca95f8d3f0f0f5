using Npgsql;

namespace Crm.Silo.Postgres.Lists;

/// <summary>
/// The statements that read a list. There are two ways to read one: gather the few rows that the index of terms gives and sort them, or walk
/// along the order and take what fits. Which is quick depends on how many rows fit, which nobody knows beforehand. So the gathering stops at
/// a few thousand; when there are more, every so-manieth row fits and the walk is short.
/// </summary>
internal sealed class ListSql
{
    private const string Columns = "r.id, r.version, r.created_at, r.updated_at, r.updated_by, r.fields";
    private readonly ListSpec _spec;
    private readonly string _tenant;
    private readonly ListCursor? _after;
    private readonly int _take;
    private readonly SqlText _sql = new();
    private readonly FilterSql _filters;
    private readonly QuestionSql? _question;
    private readonly SortSql _sort;

    /// <summary>For one statement: take <paramref name="take"/> rows behind a place.</summary>
    public ListSql(ListSpec spec, string tenant, ListCursor? after, int take)
    {
        (_spec, _tenant, _after, _take) = (spec, tenant, after, take);
        var terms = new Terms(tenant, spec.Kind.Name);
        _filters = new(_sql, terms);
        _question = spec.Question is null ? null : new(spec, _sql, terms);
        _sort = SortSql.Of(spec, _filters);
    }

    /// <summary>The rows that the index gives, sorted; null when it has nothing to narrow by. Its first column tells how many there are, up to one more than <paramref name="most"/>.</summary>
    /// <param name="rank">Only those of this rank; null for all.</param>
    public NpgsqlBatchCommand? Gather(Rank? rank, int most)
    {
        var narrow = Narrow(rank);
        if (narrow.Count == 0)
        {
            return null;
        }

        // IS TRUE keeps the planner from the indexes on tenant and kind, which it prefers before a table has statistics.
        // Rows are made as they are asked for, so no more are read than the limit lets through. That it stands apart keeps it from the planner,
        // who would rather read along some order in the hope of meeting them soon.
        var behind = _after is { } after ? _sort.After(after, "f.key", "f.id", _sql) : "true";
        return _sql.Command($"""
            WITH fitting AS MATERIALIZED (
                SELECT {_sort.Key} AS key, l.id
                FROM list_rows l{(ReadsRecords ? With("records", "r", "l") : "")}
                WHERE {string.Join(" AND ", [.. Base("l").Select(condition => $"({condition}) IS TRUE"), .. narrow, .. Exact(rank)])}),
            found AS MATERIALIZED (SELECT * FROM fitting f WHERE {behind} LIMIT {most + 1})
            SELECT (SELECT count(*) FROM found), {_sort.AsText("f.key")}, {Columns}
            FROM (SELECT * FROM found ORDER BY {_sort.Order("key", "id")} LIMIT {_take}) f
            JOIN records r ON r.tenant_id = {_sql.Text(_tenant)} AND r.kind = {_sql.Text(_spec.Kind.Name)} AND r.id = f.id
            ORDER BY {_sort.Order("f.key", "f.id")}
            """);
    }

    /// <summary>Whether an index keeps the order of the list.</summary>
    public bool IsIndexed => _sort.Indexed;

    /// <summary>The rows that fit among the next ones in the order; null when no index keeps that order.</summary>
    /// <param name="within">How many rows are looked at.</param>
    public NpgsqlBatchCommand? Peek(Rank? rank, int within)
    {
        if (!_sort.Indexed)
        {
            return null;
        }

        var (table, alias, other, with) = _sort.OfRecord ? ("records", "r", "list_rows", "l") : ("list_rows", "l", "records", "r");
        string[] behind = _after is { } after ? [_sort.After(after, _sort.Key, _sort.Id, _sql)] : [];
        var conditions = string.Join(" AND ", [.. Narrow(rank, walking: true).Select(term => $"({term}) IS TRUE"), .. Exact(rank), "true"]);
        return _sql.Command($"""
            SELECT 0::int8, {_sort.AsText(_sort.Key)}, {Columns}
            FROM (
                SELECT {alias}.* FROM {table} {alias} WHERE {string.Join(" AND ", [.. Base(alias), .. behind])}
                ORDER BY {_sort.Order(_sort.Key, _sort.Id)} LIMIT {within}) {alias}{With(other, with, alias)}
            WHERE {conditions}
            ORDER BY {_sort.Order(_sort.Key, _sort.Id)} LIMIT {_take}
            """);
    }

    /// <summary>The rows that fit, met along the order.</summary>
    /// <param name="rank">Only those of this rank; null for all.</param>
    public NpgsqlBatchCommand Walk(Rank? rank)
    {
        // IS TRUE keeps the planner from the index of terms: that there are too many for it is known by now.
        var narrow = Narrow(rank, walking: true);
        var conditions = narrow.Select(term => $"({term}) IS TRUE").Concat(Exact(rank)).ToList();
        var rows = narrow.Count > 0 || _question is not null || !_sort.OfRecord;
        if (_after is { } after)
        {
            conditions.Add(_sort.After(after, _sort.Key, _sort.Id, _sql));
        }

        // An order that an index keeps leads the way; else what narrows does.
        var from = !rows ? "records r" : _sort is { OfRecord: true, Indexed: true } ? $"records r{With("list_rows", "l", "r")}" : $"list_rows l{With("records", "r", "l")}";
        string[] tables = rows ? ["l", "r"] : ["r"];
        return _sql.Command($"""
            SELECT 0::int8, {_sort.AsText(_sort.Key)}, {Columns}
            FROM {from}
            WHERE {string.Join(" AND ", [.. tables.SelectMany(Base), .. conditions])}
            ORDER BY {_sort.Order(_sort.Key, _sort.Id)} LIMIT {_take}
            """);
    }

    /// <summary>How many rows fit, up to one more than <paramref name="most"/>.</summary>
    public NpgsqlBatchCommand Count(long most)
    {
        var narrow = Narrow(null);
        var rows = narrow.Count > 0 || _question is not null;
        var records = !rows || _spec.Filter is not null || _spec.Redaction.OnlyOwn is not null;
        var from = (rows, records) switch
        {
            (true, true) => "list_rows l JOIN records r USING (tenant_id, kind, id)",
            (true, false) => "list_rows l",
            _ => "records r",
        };
        IEnumerable<string> conditions = [.. rows ? Base("l") : [], .. records ? Base("r") : [], .. narrow, .. Exact(null)];
        return _sql.Command($"SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {string.Join(" AND ", conditions)} LIMIT {most + 1}) fitting");
    }

    // The other row of a record, looked up one by one: OFFSET keeps the planner from any other way.
    private static string With(string table, string alias, string of) =>
        $" CROSS JOIN LATERAL (SELECT * FROM {table} o WHERE o.tenant_id = {of}.tenant_id AND o.kind = {of}.kind AND o.id = {of}.id OFFSET 0) {alias}";

    private bool ReadsRecords => _sort.OfRecord || _spec.Filter is not null || _spec.Redaction.OnlyOwn is not null;

    private IEnumerable<string> Base(string table) =>
        [$"{table}.tenant_id = {_sql.Text(_tenant)}", $"{table}.kind = {_sql.Text(_spec.Kind.Name)}", $"NOT {table}.deleted"];

    private List<string> Narrow(Rank? rank, bool walking = false)
    {
        var narrow = new List<string>();
        if (_spec.Redaction.OnlyOwn is { } own)
        {
            var terms = new Terms(_tenant, _spec.Kind.Name);
            int[] any = own.Shared is null ? [terms.Facet(own.Field, own.User)] : [terms.Facet(own.Field, own.User), terms.Facet(own.Shared, "true")];
            narrow.Add($"l.terms && {_sql.Terms([.. any])}");
        }

        if (_spec.Filter is { } filter && _filters.Narrow(filter) is { } facets)
        {
            narrow.Add(facets);
        }

        // On the way along the order the words themselves are compared: that is quicker than comparing terms.
        if (!walking && _question?.Narrow(rank ?? Rank.Near) is { } words)
        {
            narrow.Add(words);
        }

        return narrow;
    }

    private IEnumerable<string> Exact(Rank? rank)
    {
        if (_question is not null)
        {
            yield return rank is { } only ? _question.Exactly(only) : _question.AtLeast(Rank.Near);
        }

        if (_spec.Redaction.OnlyOwn is { } own)
        {
            var mine = $"(r.fields -> {_sql.Text(own.Field)}) = to_jsonb({_sql.Text(own.User)})";
            yield return own.Shared is null ? mine : $"({mine} OR (r.fields -> {_sql.Text(own.Shared)}) = 'true'::jsonb)";
        }

        if (_spec.Filter is { } filter)
        {
            yield return _filters.Condition(filter);
        }
    }
}
