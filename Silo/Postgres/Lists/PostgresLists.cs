using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Lists;

/// <summary>Lists from the read model, reduced to what the caller may see.</summary>
/// <param name="most">Rows that are gathered and sorted before a list is walked along its order instead.</param>
/// <param name="peeked">Rows that are looked at in the list's order before any are gathered.</param>
public sealed class PostgresLists(NpgsqlDataSource source, ICatalog catalog, int most = PostgresLists.Most, int peeked = PostgresLists.Peeked) : ILists
{
    /// <summary>Gathering these and walking to the fiftieth of more of them in a million take about equally long.</summary>
    public const int Most = 5000;

    /// <summary>The first page of a list to which every twentieth row belongs is found among these.</summary>
    public const int Peeked = 1000;

    private const int MostItems = 200;

    // The planner must see the values: what a hash narrows down to differs by a factor of a million. How rows are found is not its choice:
    // what it cannot estimate are exactly the questions that people ask.
    private const string Settings = """
        SELECT set_config('crm.tenants', $1, true), set_config('statement_timeout', '10s', true), set_config('plan_cache_mode', 'force_custom_plan', true),
            set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_seqscan', $2, true), set_config('enable_sort', $3, true)
        """;

    private static readonly Rank[] Ranks = [Rank.Title, Rank.Exact, Rank.Starts, Rank.Contained, Rank.Near];

    /// <inheritdoc />
    public async Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        var (spec, refusal) = await Spec(caller, kind, query);
        if (spec is null)
        {
            return new(null, refusal);
        }

        var after = string.IsNullOrEmpty(query.Cursor) ? null : ListCursor.Read(query.Cursor, spec.Fingerprint);
        return after is null && !string.IsNullOrEmpty(query.Cursor)
            ? Refused("cursor", "cursor.unreadable", "This cursor is damaged, or belongs to another list. Start again without one.")
            : new(await Page(new(spec, caller.Tenant, query.Limit), after, cancel), null);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default)
    {
        var heads = new Dictionary<Address, long>();
        if (records.Count == 0)
        {
            return heads;
        }

        var ask = Command(
            "SELECT r.tenant_id, r.kind, r.id, r.version FROM unnest($1, $2, $3) AS n (tenant_id, kind, id) JOIN records r USING (tenant_id, kind, id)",
            Column(records.Select(at => at.Tenant), NpgsqlDbType.Text), Column(records.Select(at => at.Kind), NpgsqlDbType.Text),
            Column(records.Select(at => at.Id), NpgsqlDbType.Text));
        var tenants = string.Join(Separator, records.Select(at => at.Tenant).Distinct(StringComparer.Ordinal));
        return await Read(tenants, Way.Along, ask, async reader =>
        {
            while (await reader.ReadAsync(cancel))
            {
                heads[new(reader.GetString(0), reader.GetString(1), reader.GetString(2))] = reader.GetInt64(3);
            }

            return heads;
        }, cancel);
    }

    /// <inheritdoc />
    public async Task<CountAnswer> Count(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        var (spec, refusal) = await Spec(caller, kind, query with { Limit = 1 });
        if (spec is null || spec.Question is { Asked.Count: 0 })
        {
            return new(0, false, refusal);
        }

        var count = await Read(caller.Tenant, Way.Any, new ListSql(spec, caller.Tenant, null, 1).Count(ILists.MostCounted),
            async reader => await reader.ReadAsync(cancel) ? reader.GetInt64(0) : 0, cancel);
        return new(Math.Min(count, ILists.MostCounted), count > ILists.MostCounted, null);
    }

    private async Task<(ListSpec? Spec, Problem? Refusal)> Spec(Caller caller, string kind, ListQuery query)
    {
        if (catalog.Find(kind) is not { } info)
        {
            return (null, new("kind", "kind.unknown", $"There is no such kind. Known are: {string.Join(", ", catalog.Kinds.Select(known => known.Name))}."));
        }

        if (query.Limit is < 1 or > MostItems)
        {
            return (null, new("limit", "limit.range", $"1 to {MostItems}."));
        }

        var (spec, refusal) = ListSpec.Read(caller, info, await catalog.Custom(caller.Tenant, kind), query.Q, query.Filter, query.Sort);
        return spec is { Redaction.SeesKind: false } ? (null, new("", "access.denied", $"You may not read {kind}.")) : (spec, refusal);
    }

    private async Task<Page> Page(Asking asking, ListCursor? after, CancellationToken cancel)
    {
        if (asking.Spec.Question is { Asked.Count: 0 })
        {
            return new([], null);
        }

        var rows = await Rows(asking, after, cancel);
        var shown = rows.Take(asking.Limit).Select(row => asking.Spec.Redaction.Show(row.View)).OfType<RecordView>().ToList();
        return new(shown, rows.Count > asking.Limit ? rows[asking.Limit - 1].Place.Write(asking.Spec.Fingerprint) : null);
    }

    private async Task<List<Row>> Rows(Asking asking, ListCursor? after, CancellationToken cancel)
    {
        if (asking.Spec.Question is null || !asking.Spec.Sort.ByRank)
        {
            return await Rows(asking, after, null, asking.Take, cancel);
        }

        // Best matches first: each rank is a list of its own, read until the page is full.
        var rows = new List<Row>();
        var seen = new HashSet<string>();
        foreach (var rank in Ranks.Where(rank => after is null || (int)rank <= after.Rank))
        {
            var found = await Rows(asking, (int)rank == after?.Rank ? after : null, rank, asking.Take - rows.Count, cancel);

            // A record that was changed between two statements may have moved from one rank to the next.
            rows.AddRange(found.Where(row => seen.Add(row.View.Id)));
            if (rows.Count >= asking.Take)
            {
                break;
            }
        }

        return rows;
    }

    private async Task<List<Row>> Rows(Asking asking, ListCursor? after, Rank? rank, int take, CancellationToken cancel)
    {
        ListSql Sql() => new(asking.Spec, asking.Tenant, after, take);

        // Without words to compare a row costs less to gather, and a facet that half a percent has, such as an owner, is common.
        var limit = asking.Spec.Question is null ? most + (most / 2) : most;
        if (rank != Rank.Title && Sql().Gather(rank, limit) is { } gather)
        {
            if (IsOften(asking.Spec, rank) && Sql().Peek(rank, peeked) is { } peek
                && await Ask(asking, rank, peek, Way.Along, cancel) is var soon && soon.Count == take)
            {
                return soon;
            }

            var all = await Ask(asking, rank, gather, Way.Terms, cancel);
            if (all.Count == 0 || all[0].Found <= limit)
            {
                return all;
            }
        }

        var walk = Sql();
        return await Ask(asking, rank, walk.Walk(rank), walk.IsIndexed ? Way.Along : Way.Any, cancel);
    }

    // Whether a list may well be so long that its first page is near. Wrong guesses cost a few milliseconds.
    private static bool IsOften(ListSpec spec, Rank? rank) => rank switch
    {
        null => true,
        Rank.Exact => spec.Question!.Asked.Count == 1,
        Rank.Starts => spec.Question!.Asked.Any(word => Asked.IsShort(word.Text)),
        _ => false,
    };

    private Task<List<Row>> Ask(Asking asking, Rank? rank, NpgsqlBatchCommand command, Way way, CancellationToken cancel) =>
        Read(asking.Tenant, way, command, async reader =>
        {
            var rows = new List<Row>();
            while (await reader.ReadAsync(cancel))
            {
                var view = new RecordView(
                    asking.Spec.Kind.Name, reader.GetString(2), reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4),
                    reader.GetFieldValue<DateTimeOffset>(5), reader.GetString(6), false, Fields(reader.GetString(7)));
                var key = await reader.IsDBNullAsync(1, cancel) ? null : reader.GetString(1);
                rows.Add(new(view, new((int)(rank ?? Rank.Near), key, view.Id), reader.GetInt64(0)));
            }

            return rows;
        }, cancel);

    private async Task<T> Read<T>(string tenants, Way way, NpgsqlBatchCommand command, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancel)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(Settings, Text(tenants), Text(way == Way.Any ? "on" : "off"), Text(way == Way.Along ? "off" : "on")), command } };
            await using var reader = await batch.ExecuteReaderAsync(cancel);
            await reader.NextResultAsync(cancel);
            return await read(reader);
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            throw new UnavailableException("The database does not answer now.", fault);
        }
    }

    /// <summary>The fields of a stored record.</summary>
    internal static Dictionary<string, JsonElement> Fields(string json)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var field in JsonElement.Parse(json).EnumerateObject())
        {
            fields[field.Name] = field.Value;
        }

        return fields;
    }

    private static PageAnswer Refused(string field, string code, string text) => new(null, new(field, code, text));

    /// <summary>A list being read: one row more than shown tells whether there is a next page.</summary>
    private sealed record Asking(ListSpec Spec, string Tenant, int Limit)
    {
        public int Take => Limit + 1;
    }

    /// <summary>How a statement must find its rows: by the index of terms, along an order, or as the planner thinks best.</summary>
    private enum Way
    {
        Terms,
        Along,
        Any,
    }

    private sealed record Row(RecordView View, ListCursor Place, long Found);
}
