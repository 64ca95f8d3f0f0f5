using System.Runtime.InteropServices;
using Crm.Engine;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>One writer's own connection: stores groups, and opens again after a fault.</summary>
internal sealed class JournalConnection(string app, JournalOptions options, Database database, Rows rows) : IAsyncDisposable
{
    private readonly string _app = new NpgsqlConnectionStringBuilder(app)
    {
        Pooling = false,
        MaxAutoPrepare = 20,
        AutoPrepareMinUsages = 1,
        CommandTimeout = Math.Max((int)options.Timeout.TotalSeconds, 1),
        Timeout = Math.Max((int)options.Timeout.TotalSeconds, 1),
        CancellationTimeout = 500, // Then it is closed: a server that is gone does not answer this either.
        ApplicationName = "crm journal",
    }.ConnectionString;

    private NpgsqlConnection? _connection;

    /// <summary>All of these entries in one transaction and one round trip, or none.</summary>
    public async Task Store(IReadOnlyList<Pending> group)
    {
        var connection = _connection ??= new(_app);
        if (connection.State != System.Data.ConnectionState.Open)
        {
            await connection.OpenAsync();
        }

        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in Commands(group))
        {
            batch.BatchCommands.Add(command);
        }

        try
        {
            // A batch without an explicit transaction is one: it commits when its last statement is through.
            await batch.ExecuteNonQueryAsync();
        }
        catch (Exception fault) when (fault is not PostgresException)
        {
            await Drop(); // The conversation may have stopped in the middle of a message.
            throw;
        }
    }

    /// <summary>The answers that commands of one record got before.</summary>
    public async Task<Dictionary<(string User, Guid Id), Recorded>> Known(IReadOnlyList<Pending> chain)
    {
        var at = chain[0].Entry.At;
        var tenantKey = ((PostgresLineage)chain[0].Entry.Lineage).TenantKey;
        var ask = Command(
            Answers, Text(at.Tenant), Text(at.Kind), Text(at.Id),
            Column(chain.Select(entry => entry.Entry.User), NpgsqlDbType.Text), Column(chain.Select(entry => entry.Entry.CommandId), NpgsqlDbType.Uuid));
        return await database.Query(at.Tenant, [ask], async (reader, token) =>
        {
            var known = new Dictionary<(string User, Guid Id), Recorded>();
            while (await reader.ReadAsync(token))
            {
                var (user, id) = (reader.GetString(0), reader.GetGuid(1));
                var stored = new StoredAnswer(
                    reader.GetInt16(3), reader.GetInt64(4), reader.IsDBNull(5) ? null : reader.GetString(5),
                    reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6));
                var key = reader.IsDBNull(8) ? null : PostgresJournal.OpenKey(at, reader.GetInt64(7), reader.GetFieldValue<byte[]>(8), tenantKey).Key;
                known[(user, id)] = new(reader.GetFieldValue<byte[]>(2), AnswerCodec.Decode(at, user, id, stored, key));
            }

            return known;
        });
    }

    /// <summary>The next group gets a new connection.</summary>
    public async ValueTask Drop()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
        {
            try
            {
                await connection.DisposeAsync();
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                // It is gone already.
            }
        }
    }

    public ValueTask DisposeAsync() => Drop();

    private IEnumerable<NpgsqlBatchCommand> Commands(IReadOnlyList<Pending> group)
    {
        yield return Declare(string.Join(Separator, group.Select(entry => entry.Entry.At.Tenant).Distinct(StringComparer.Ordinal)));
        var changed = group.Where(entry => entry.Change is not null).ToArray();
        if (changed.Length > 0)
        {
            if (changed.Where(entry => entry.NewKey is not null).ToArray() is { Length: > 0 } keyed)
            {
                yield return Command(InsertKeys, [.. Places(keyed), Column(keyed.Select(entry => entry.NewKey!.Since), NpgsqlDbType.Bigint),
                    Column(keyed.Select(entry => entry.NewKey!.Wrapped), NpgsqlDbType.Bytea)]);
            }

            yield return Changes(changed);
            foreach (var command in Heads(changed))
            {
                yield return command;
            }
        }

        // An answer without a change is as stale as a change when it was decided on an older state. One next to a change is fenced by that.
        var unchanged = group.GroupBy(entry => entry.Entry.Lineage).Where(chain => chain.All(entry => entry.Change is null)).Select(chain => chain.First()).ToArray();
        if (unchanged.Length > 0)
        {
            yield return Command(FenceAnswers, [.. Places(unchanged), Column(unchanged.Select(entry => entry.Entry.Seen), NpgsqlDbType.Bigint), Value((long)unchanged.Length)]);
        }

        yield return Command(InsertAnswers, [.. Places(group),
            Column(group.Select(entry => entry.Entry.User), NpgsqlDbType.Text), Column(group.Select(entry => entry.Entry.CommandId), NpgsqlDbType.Uuid),
            Column(group.Select(entry => Bytes(entry.Entry.BodyHash)), NpgsqlDbType.Bytea), Column(group.Select(entry => entry.Answer.Status), NpgsqlDbType.Smallint),
            Column(group.Select(entry => entry.Answer.Version), NpgsqlDbType.Bigint), Column(group.Select(entry => entry.Answer.Errors), NpgsqlDbType.Json),
            Column(group.Select(entry => entry.Answer.Sealed), NpgsqlDbType.Bytea)]);
        if (changed.SelectMany(entry => entry.Entry.Reactions.Select(reaction => (entry, reaction))).ToArray() is { Length: > 0 } reactions)
        {
            yield return Command(InsertOutbox, [.. Places([.. reactions.Select(each => each.entry)]),
                Column(reactions.Select(each => each.entry.Change!.Version), NpgsqlDbType.Bigint), Column(reactions.Select(each => each.reaction), NpgsqlDbType.Text)]);
            yield return Command("SELECT pg_notify('crm_outbox', '')");
        }
    }

    private static NpgsqlBatchCommand Changes(Pending[] changed) => Command(InsertChanges, [.. Places(changed),
        Column(changed.Select(entry => entry.Change!.Version), NpgsqlDbType.Bigint), Column(changed.Select(entry => entry.Change!.At), NpgsqlDbType.TimestampTz),
        Column(changed.Select(entry => entry.Change!.By), NpgsqlDbType.Text), Column(changed.Select(entry => entry.Change!.Type), NpgsqlDbType.Text),
        Column(changed.Select(entry => entry.Change!.Fields), NpgsqlDbType.Json), Column(changed.Select(entry => entry.Change!.Sealed), NpgsqlDbType.Bytea),
        Column(changed.Select(entry => entry.Change!.Hash), NpgsqlDbType.Bytea)]);

    // A record is written once a group, as its last change leaves it. Sorted, so that two hosts lock records in the same order.
    private IEnumerable<NpgsqlBatchCommand> Heads(Pending[] changed)
    {
        var heads = changed.GroupBy(entry => entry.Entry.Lineage)
            .Select(chain => new Written(chain.First().Change!.Version, chain.Last(), chain.Any(rows.Touches)))
            .OrderBy(head => head.Last.Entry.At.ToString(), StringComparer.Ordinal).ToArray();
        if (heads.Where(head => head.First == 1).ToArray() is { Length: > 0 } made)
        {
            yield return Command(InsertRecords, [.. Head(made), .. Found(made)]);
        }

        if (heads.Where(head => head is { First: > 1, Found: true }).ToArray() is { Length: > 0 } moved)
        {
            yield return Command(UpdateRecords, [.. Head(moved), .. Found(moved), .. Base(moved)]);
        }

        if (heads.Where(head => head is { First: > 1, Found: false }).ToArray() is { Length: > 0 } quiet)
        {
            yield return Command(UpdateHeads, [.. Head(quiet), .. Base(quiet)]);
        }
    }

    private static NpgsqlParameter[] Head(Written[] heads)
    {
        var entries = heads.Select(head => head.Last).ToArray();
        var views = entries.Select(entry => entry.Entry.After!).ToArray();
        return [.. Places(entries),
            Column(views.Select(view => view.Version), NpgsqlDbType.Bigint), Column(views.Select(view => ChangeCodec.Micros(view.CreatedAt)), NpgsqlDbType.TimestampTz),
            Column(views.Select(view => ChangeCodec.Micros(view.UpdatedAt)), NpgsqlDbType.TimestampTz), Column(views.Select(view => view.UpdatedBy), NpgsqlDbType.Text),
            Column(views.Select(view => view.Deleted), NpgsqlDbType.Boolean), Column(views.Select(view => Rows.Json(view.Fields)), NpgsqlDbType.Jsonb),
            Column(entries.Select(entry => entry.Change!.Hash), NpgsqlDbType.Bytea)];
    }

    private NpgsqlParameter[] Found(Written[] heads)
    {
        var finds = heads.Select(head => rows.Of(head.Last)).ToArray();
        return [Column(finds.Select(row => row.Title), NpgsqlDbType.Text), Column(finds.Select(row => row.Search), NpgsqlDbType.Text),
            Column(finds.Select(row => Array(row.Terms)), NpgsqlDbType.Text), Column(finds.Select(row => Array(row.Keys)), NpgsqlDbType.Text)];
    }

    private static NpgsqlParameter[] Base(Written[] heads) =>
        [Column(heads.Select(head => head.First - 1), NpgsqlDbType.Bigint), Value((long)heads.Length)];

    private static NpgsqlParameter[] Places(IReadOnlyList<Pending> entries) =>
    [
        Column(entries.Select(entry => entry.Entry.At.Tenant), NpgsqlDbType.Text), Column(entries.Select(entry => entry.Entry.At.Kind), NpgsqlDbType.Text),
        Column(entries.Select(entry => entry.Entry.At.Id), NpgsqlDbType.Text),
    ];

    // As text, since unnest takes arrays of arrays apart.
    private static string Array(int[] values) => $"{{{string.Join(',', values)}}}";

    private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var array) && array.Offset == 0 && array.Count == array.Array!.Length ? array.Array : memory.ToArray();

    private const string InsertKeys = "INSERT INTO subject_keys (tenant_id, kind, id, since, wrapped) SELECT * FROM unnest($1, $2, $3, $4, $5)";

    private const string InsertChanges = """
        INSERT INTO changes (tenant_id, kind, id, version, at, by_user, type, fields, sealed, hash)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    // What records are found by stands in a table of its own, written only when it changes: most edits change nothing of it, and its index costs far more than the record.
    private const string InsertRecords = """
        WITH n AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                AS n (tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash, title, search, terms, keys)),
        made AS (
            INSERT INTO records (tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash)
            SELECT tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash FROM n)
        INSERT INTO list_rows (tenant_id, kind, id, created_at, deleted, title, search, terms, keys)
        SELECT tenant_id, kind, id, created_at, deleted, title, search, terms::int4[], keys::int4[] FROM n
        """;

    private const string UpdateRecords = """
        WITH n AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                AS n (tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash, title, search, terms, keys, base)),
        moved AS (
            UPDATE records r SET
                version = n.version, updated_at = n.updated_at, updated_by = n.updated_by, deleted = n.deleted, fields = n.fields, head_hash = n.head_hash
            FROM n WHERE r.tenant_id = n.tenant_id AND r.kind = n.kind AND r.id = n.id AND r.version = n.base
            RETURNING 1),
        found AS (
            UPDATE list_rows l SET deleted = n.deleted, title = n.title, search = n.search, terms = n.terms::int4[], keys = n.keys::int4[]
            FROM n WHERE l.tenant_id = n.tenant_id AND l.kind = n.kind AND l.id = n.id
                AND (l.deleted, l.title, l.search, l.terms, l.keys) IS DISTINCT FROM (n.deleted, n.title, n.search, n.terms::int4[], n.keys::int4[]))
        SELECT fence((SELECT count(*) FROM moved), $16)
        """;

    // For changes that no list finds a record by.
    private const string UpdateHeads = """
        WITH n AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                AS n (tenant_id, kind, id, version, created_at, updated_at, updated_by, deleted, fields, head_hash, base)),
        moved AS (
            UPDATE records r SET
                version = n.version, updated_at = n.updated_at, updated_by = n.updated_by, deleted = n.deleted, fields = n.fields, head_hash = n.head_hash
            FROM n WHERE r.tenant_id = n.tenant_id AND r.kind = n.kind AND r.id = n.id AND r.version = n.base
            RETURNING 1)
        SELECT fence((SELECT count(*) FROM moved), $12)
        """;

    private const string FenceAnswers = """
        SELECT fence(count(*), $5)
        FROM unnest($1, $2, $3, $4) AS n (tenant_id, kind, id, version)
        LEFT JOIN records r ON r.tenant_id = n.tenant_id AND r.kind = n.kind AND r.id = n.id
        WHERE coalesce(r.version, 0) = n.version
        """;

    private const string InsertAnswers = """
        INSERT INTO answers (tenant_id, kind, id, user_id, command_id, body_hash, status, version, errors, sealed)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    private const string InsertOutbox = "INSERT INTO outbox (tenant_id, kind, id, version, reaction) SELECT * FROM unnest($1, $2, $3, $4, $5)";

    private const string Answers = """
        SELECT a.user_id, a.command_id, a.body_hash, a.status, a.version, a.errors, a.sealed, k.since, k.wrapped
        FROM answers a
        LEFT JOIN LATERAL (
            SELECT since, wrapped FROM subject_keys s
            WHERE s.tenant_id = a.tenant_id AND s.kind = a.kind AND s.id = a.id AND s.since <= a.version ORDER BY since DESC LIMIT 1) k ON true
        WHERE a.tenant_id = $1 AND a.kind = $2 AND a.id = $3
            AND (a.user_id, a.command_id) IN (SELECT * FROM unnest($4, $5))
        """;

    /// <summary>What a group makes of one record.</summary>
    /// <param name="First">The version of its first change in the group.</param>
    /// <param name="Found">Whether lists may find it by something else from now on.</param>
    private sealed record Written(long First, Pending Last, bool Found);
}
