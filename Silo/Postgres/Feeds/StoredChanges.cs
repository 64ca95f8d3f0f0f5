using Crm.Engine;
using Npgsql;
using Crm.Silo.Postgres.Lists;

namespace Crm.Silo.Postgres.Feeds;

/// <summary>A change with its record as it is now, both complete.</summary>
/// <param name="Head">Null when the record has gone for good.</param>
internal sealed record FoundChange(Address At, Change Change, RecordView? Head)
{
    public ActivityCursor Place => ActivityCursor.Of(ChangeCodec.Micros(Change.At), At.Kind, At.Id, Change.Version);
}

/// <summary>Reads changes of many records at once, opened with their keys.</summary>
internal static class StoredChanges
{
    /// <summary>What to select of a change <c>c</c> joined by <see cref="Joins"/>.</summary>
    public const string Columns = """
        c.kind, c.id, c.version, c.at, c.by_user, c.type, c.fields, c.sealed, c.hash, k.since, k.wrapped,
        r.version, r.created_at, r.updated_at, r.updated_by, r.deleted, r.fields
        """;

    /// <summary>The key and the head of each.</summary>
    public const string Joins = """
        LEFT JOIN LATERAL (
            SELECT since, wrapped FROM subject_keys s
            WHERE c.sealed IS NOT NULL AND s.tenant_id = c.tenant_id AND s.kind = c.kind AND s.id = c.id AND s.since <= c.version ORDER BY since DESC LIMIT 1) k ON true
        LEFT JOIN records r ON r.tenant_id = c.tenant_id AND r.kind = c.kind AND r.id = c.id
        """;

    /// <summary>All rows of a result.</summary>
    public static async Task<List<FoundChange>> Read(NpgsqlDataReader reader, string tenant, byte[] tenantKey, CancellationToken cancel)
    {
        var found = new List<FoundChange>();
        while (await reader.ReadAsync(cancel))
        {
            var at = new Address(tenant, reader.GetString(0), reader.GetString(1));
            var stored = new StoredChange(
                reader.GetInt64(2), reader.GetDateTime(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7), reader.GetFieldValue<byte[]>(8));
            var key = reader.IsDBNull(10) ? null : PostgresJournal.OpenKey(at, reader.GetInt64(9), reader.GetFieldValue<byte[]>(10), tenantKey).Key;
            var head = reader.IsDBNull(11) ? null : new RecordView(
                at.Kind, at.Id, reader.GetInt64(11), reader.GetFieldValue<DateTimeOffset>(12), reader.GetFieldValue<DateTimeOffset>(13), reader.GetString(14),
                reader.GetBoolean(15), PostgresLists.Fields(reader.GetString(16)));
            found.Add(new(at, ChangeCodec.Decode(at, stored, key), head));
        }

        return found;
    }
}
