using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Feeds;

/// <summary>Feeds and timelines out of the journal itself: nothing is kept for them but two indexes.</summary>
/// <remarks>
/// The newest entries of many records are among the records whose newest entry is newest. So a page looks at the newest one of each record first, and
/// further only into as many records as the page has entries: five hundred followed records cost five hundred looks into an index.
/// </remarks>
public sealed class PostgresActivity(Database database, Tenants tenants, ILists lists, ActivityScopes scopes) : IActivity
{
    private const int MostItems = 200;
    private const int MostRounds = 8;
    private const int LeastTaken = 64;
    private const int PagesOfView = 5;

    /// <inheritdoc />
    public async Task<ActivityAnswer> Read(Caller caller, ActivityQuery query, CancellationToken cancel = default)
    {
        var after = query.Cursor is null ? null : ActivityCursor.Read(query.Cursor);
        if (query.Cursor is not null && after is null)
        {
            return new(null, new("cursor", "cursor.unreadable", "This cursor is damaged, or belongs to another list. Start again without one."));
        }

        if (query.Limit is < 1 or > MostItems)
        {
            return new(null, new("limit", "limit.range", $"1 to {MostItems}."));
        }

        var (spec, refusal) = await scopes.Read(caller, query, cancel);
        return spec is null ? new(null, refusal) : new(await Page(spec, await Records(spec, after, cancel), after, cancel), null);
    }

    /// <inheritdoc />
    public Task<(ActivitySpec? Spec, Problem? Refusal)> Open(Caller caller, ActivityQuery query, CancellationToken cancel = default) => scopes.Read(caller, query, cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<(Address At, long Version)>> Since(string tenant, DateTimeOffset at, int limit, CancellationToken cancel = default) => database.Query(tenant,
        [Command("SELECT kind, id, version FROM changes WHERE tenant_id = $1 AND at >= $2 ORDER BY at LIMIT $3", Text(tenant), Value(at.UtcDateTime), Value(limit))],
        async (reader, token) =>
        {
            var found = new List<(Address, long)>();
            while (await reader.ReadAsync(token))
            {
                found.Add((new(tenant, reader.GetString(0), reader.GetString(1)), reader.GetInt64(2)));
            }

            return (IReadOnlyList<(Address At, long Version)>)found;
        }, cancel);

    private async Task<ActivityPage> Page(ActivitySpec spec, IReadOnlyCollection<string> records, ActivityCursor? after, CancellationToken cancel)
    {
        var limit = spec.Query.Limit;
        var (items, take) = (new List<ActivityEntry>(), Math.Max(limit + 1, LeastTaken));
        if (records.Count == 0 && spec.Sources.People.Count == 0)
        {
            return new([], null);
        }

        for (var round = 0; round < MostRounds; round++)
        {
            var found = await Find(spec, records, after, take, cancel);
            foreach (var change in found)
            {
                if (items.Count == limit)
                {
                    return new(items, after!.Write());
                }

                after = change.Place;
                if (change.Head is { } head && spec.Show(change.At, change.Change, head) is { } entry)
                {
                    items.Add(entry);
                }
            }

            if (found.Count < take)
            {
                return new(items, null);
            }

            take = MostItems;
        }

        return new(items, after?.Write());
    }

    // Those that are named, and those that its views show now.
    private async Task<IReadOnlyCollection<string>> Records(ActivitySpec spec, ActivityCursor? after, CancellationToken cancel)
    {
        var records = new HashSet<string>(spec.Sources.Records);
        foreach (var view in spec.Sources.Views.Where(view => spec.Query.Kinds?.Contains(view.Kind.Name) is not false))
        {
            var cursor = (string?)null;
            for (var page = 0; page < (after is null ? 1 : PagesOfView); page++)
            {
                var found = await lists.Find(spec.Caller, view.Kind.Name, new(null, view.Asked, "-updatedAt", IActivity.MostOfView, cursor), cancel);
                records.UnionWith((found.Page?.Items ?? []).Select(record => $"{record.Kind}/{record.Id}"));
                if ((cursor = found.Page?.Next) is null)
                {
                    break;
                }
            }
        }

        return records;
    }

    private async Task<List<FoundChange>> Find(ActivitySpec spec, IReadOnlyCollection<string> records, ActivityCursor? after, int take, CancellationToken cancel)
    {
        var (tenant, key) = (spec.Caller.Tenant, await tenants.Key(spec.Caller.Tenant, cancel));
        var kinds = spec.Kinds;
        var places = records.Select(record => record.Split('/')).Where(parts => parts.Length == 2 && kinds.Contains(parts[0])).ToList();
        var from = after is not null && spec.Query.Until is { } until && until.UtcDateTime <= after.Time ? null : after;
        var people = spec.Query.By is { } by ? spec.Sources.People.Where(person => person == by) : spec.Sources.People;
        return await database.Query(tenant,
            [
                // How rows are found is known: the planner, who cannot know how many are followed, has no choice.
                new("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)"),
                Command(Newest,
                    Text(tenant), Column(places.Select(place => place[0]), NpgsqlDbType.Text), Column(places.Select(place => place[1]), NpgsqlDbType.Text),
                    Column(people, NpgsqlDbType.Text), Column(kinds, NpgsqlDbType.Text),
                    Optional(spec.Query.By, NpgsqlDbType.Text), Optional(spec.Query.Field, NpgsqlDbType.Text),
                    Value(spec.Query.Since?.UtcDateTime ?? DateTime.UnixEpoch), Value(Before(spec, after)),
                    Text(from?.Kind ?? ""), Text(from?.Id ?? ""), Value(from?.Version ?? 0), Value(take)),
            ],
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await StoredChanges.Read(reader, tenant, key, token);
            }, cancel);
    }

    // With the cursor's instant the rest of the cursor counts; with an end of one's own nothing at that instant belongs.
    private static DateTime Before(ActivitySpec spec, ActivityCursor? after) =>
        spec.Query.Until is { } until && (after is null || until.UtcDateTime <= after.Time) ? until.UtcDateTime : after?.Time ?? new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static NpgsqlParameter Optional<T>(T? value, NpgsqlDbType type) where T : class => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = type };

    // $1 tenant, $2 $3 records, $4 people, $5 kinds, $6 by, $7 field, $8 since, $9 to $12 the place behind which to begin, $13 how many.
    private const string Fitting = """
        c.tenant_id = $1 AND c.at >= $8 AND (c.at < $9 OR (c.at = $9 AND (c.kind, c.id, c.version) < ($10, $11, $12)))
            AND c.kind = ANY ($5) AND ($6::text IS NULL OR c.by_user = $6) AND ($7::text IS NULL OR (c.fields -> $7) IS NOT NULL)
        """;

    private const string Newest = $"""
        WITH latest AS MATERIALIZED (
            SELECT n.kind, n.id FROM unnest($2, $3) AS n (kind, id)
            CROSS JOIN LATERAL (
                SELECT c.at FROM changes c WHERE c.kind = n.kind AND c.id = n.id AND {Fitting} ORDER BY c.version DESC LIMIT 1) l
            ORDER BY l.at DESC LIMIT $13),
        busiest AS MATERIALIZED (
            SELECT p.id FROM unnest($4) AS p (id)
            CROSS JOIN LATERAL (
                SELECT c.at FROM changes c WHERE c.by_user = p.id AND {Fitting} ORDER BY c.at DESC LIMIT 1) l
            ORDER BY l.at DESC LIMIT $13),
        found AS MATERIALIZED (
            SELECT f.kind, f.id, f.version, f.at FROM latest n
            CROSS JOIN LATERAL (
                SELECT c.kind, c.id, c.version, c.at FROM changes c WHERE c.kind = n.kind AND c.id = n.id AND {Fitting} ORDER BY c.version DESC LIMIT $13) f
            UNION
            SELECT f.kind, f.id, f.version, f.at FROM busiest p
            CROSS JOIN LATERAL (
                SELECT c.kind, c.id, c.version, c.at FROM changes c WHERE c.by_user = p.id AND {Fitting} ORDER BY c.at DESC, c.kind DESC, c.id DESC, c.version DESC LIMIT $13) f),
        page AS MATERIALIZED (SELECT * FROM found ORDER BY at DESC, kind DESC, id DESC, version DESC LIMIT $13)
        SELECT {StoredChanges.Columns}
        FROM page p JOIN changes c ON c.tenant_id = $1 AND c.kind = p.kind AND c.id = p.id AND c.version = p.version
        {StoredChanges.Joins}
        ORDER BY c.at DESC, c.kind DESC, c.id DESC, c.version DESC
        """;
}
