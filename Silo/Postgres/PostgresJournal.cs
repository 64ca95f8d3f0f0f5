using System.Text.Json;
using Crm.Engine;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>The journal in PostgreSQL: entries of many records share a transaction, personal values are sealed, each record's changes are chained.</summary>
public sealed class PostgresJournal : IJournal, IBacklog, IAsyncDisposable
{
    private readonly Database _database;
    private readonly Tenants _tenants;
    private readonly ChangeCodec _codec;
    private readonly HeadReader _heads;
    private readonly Lane[] _lanes;

    /// <summary>Starts the writers; they connect when there is something to write.</summary>
    /// <param name="app">The connection string of the application's role.</param>
    public PostgresJournal(string app, Database database, Tenants tenants, ICatalog catalog, JournalOptions options, TimeProvider time, ILogger<PostgresJournal> log)
    {
        (_database, _tenants, _codec, _heads) = (database, tenants, new(catalog), new(database, tenants));
        var row = new Rows(catalog, options.Row);
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(number => new Lane(number, new JournalConnection(app, options, database, row), options, time, log))];
    }

    /// <summary>Entries that wait for their commit now.</summary>
    public int Queued => _lanes.Sum(lane => lane.Queued);

    /// <inheritdoc />
    public TimeSpan Oldest => _lanes.Max(lane => lane.Oldest);

    /// <summary>How often a writer died of an unforeseen fault and was started again. Anything but 0 is a defect.</summary>
    public int Restarts => _lanes.Sum(lane => lane.Restarts);

    /// <inheritdoc />
    public Task<Loaded> Load(Address at, CancellationToken cancel = default) => _heads.Read(at, cancel);

    /// <inheritdoc />
    public async Task<IReadOnlyList<Change>> Read(Address at, long after, int limit, CancellationToken cancel = default)
    {
        var (changes, keys) = await ReadStored(at, after, limit, cancel);
        return [.. changes.Select(change => ChangeCodec.Decode(at, change, KeyAt(keys, change.Version)))];
    }

    /// <inheritdoc />
    public Task<Recorded?> Commit(Entry entry)
    {
        if (entry.Lineage is not PostgresLineage lineage)
        {
            throw new ArgumentException("The lineage is not of this journal: load the record first.", nameof(entry));
        }

        if (lineage.Broken || (entry.Change is { } next && next.Version != lineage.Version + 1))
        {
            lineage.Break();
            return Task.FromException<Recorded?>(new StaleException(entry.At, entry.Change?.Version ?? entry.Answer.Version));
        }

        try
        {
            var lane = _lanes[(int)((uint)entry.At.GetHashCode() % (uint)_lanes.Length)];
            return lane.Enqueue(Sealed(entry, lineage));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or ArgumentException)
        {
            lineage.Break();
            return Task.FromException<Recorded?>(fault);
        }
    }

    /// <summary>Where a record's chain breaks; null when every change is there, in place and as it was written.</summary>
    public async Task<ChainFault?> Verify(Address at, CancellationToken cancel = default)
    {
        var check = new ChainCheck(at);
        while (check.Fault is null)
        {
            var (changes, _) = await ReadStored(at, check.Version, ChainCheck.PageSize, cancel);
            if (changes.Count == 0)
            {
                var head = await _database.Query(at.Tenant, [Keyed("SELECT version, head_hash FROM records WHERE tenant_id = $1 AND kind = $2 AND id = $3", at)],
                    async (reader, token) => await reader.ReadAsync(token) ? (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : (0, ChangeCodec.Root(at)), cancel);
                return check.Close(head.Item1, head.Item2);
            }

            check.Walk(changes);
        }

        return check.Fault;
    }

    /// <summary>Ends the writers once what they hold is written.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes)
        {
            await lane.DisposeAsync();
        }
    }

    internal static SubjectKey OpenKey(Address at, long since, byte[] wrapped, byte[] tenantKey) =>
        new(since, Vault.Open(tenantKey, wrapped, KeyPlace(at, since)));

    // In the turn that decided the change, so that chains grow in the order of versions and the work is spread over the callers.
    private Pending Sealed(Entry entry, PostgresLineage lineage)
    {
        if (entry.Change is not { } change)
        {
            return new(entry, null, AnswerCodec.Encode(entry, lineage.Key), null);
        }

        NewKey? made = null;
        if (lineage.Key is null && (change.Version == 1 || _codec.HasPersonal(entry.At.Kind, change)))
        {
            lineage.Key = new(change.Version, Vault.NewKey());
            made = new(change.Version, Vault.Seal(lineage.TenantKey, lineage.Key.Key, KeyPlace(entry.At, change.Version)));
        }

        var stored = _codec.Encode(entry.At, change, lineage.Key?.Key, lineage.Head);
        (lineage.Version, lineage.Head) = (change.Version, stored.Hash);
        return new(entry, stored, AnswerCodec.Encode(entry, lineage.Key), made);
    }

    private Task<(List<StoredChange> Changes, List<(long Since, byte[]? Key)> Keys)> ReadStored(Address at, long after, int limit, CancellationToken cancel) =>
        ReadStored(_database, _tenants, at, after, limit, cancel);

    private static async Task<(List<StoredChange> Changes, List<(long Since, byte[]? Key)> Keys)> ReadStored(
        Database database, Tenants tenants, Address at, long after, int limit, CancellationToken cancel)
    {
        var tenantKey = await tenants.Key(at.Tenant, cancel);
        var page = Keyed(LoadPage, at);
        page.Parameters.Add(Value(after));
        page.Parameters.Add(Value(limit));
        return await database.Query(at.Tenant, [Keyed(LoadKeys, at), page], async (reader, token) =>
        {
            var keys = new List<(long Since, byte[]? Key)>();
            while (await reader.ReadAsync(token))
            {
                var since = reader.GetInt64(0);
                keys.Add((since, reader.IsDBNull(1) ? null : OpenKey(at, since, reader.GetFieldValue<byte[]>(1), tenantKey).Key));
            }

            await reader.NextResultAsync(token);
            var changes = new List<StoredChange>();
            while (await reader.ReadAsync(token))
            {
                changes.Add(new(
                    reader.GetInt64(0), reader.GetDateTime(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                    reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6)));
            }

            return (changes, keys);
        }, cancel);
    }

    // The newest key that is not newer than the version; null when that one was destroyed.
    private static byte[]? KeyAt(List<(long Since, byte[]? Key)> keys, long version) => keys.LastOrDefault(key => key.Since <= version).Key;

    private static string KeyPlace(Address at, long since) => Vault.Place("subject", at, since.ToString());

    internal static NpgsqlBatchCommand Keyed(string sql, Address at) => Command(sql, Text(at.Tenant), Text(at.Kind), Text(at.Id));

    private const string LoadKeys =
        "SELECT since, wrapped FROM subject_keys WHERE tenant_id = $1 AND kind = $2 AND id = $3 ORDER BY since";

    private const string LoadPage = """
        SELECT version, at, by_user, type, fields, sealed, hash FROM changes
        WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND version > $4 ORDER BY version LIMIT $5
        """;
}
