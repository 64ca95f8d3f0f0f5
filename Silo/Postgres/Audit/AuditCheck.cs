using System.Data;
using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Audit;

/// <summary>Walks all chains of a tenant in one look at the database, and compares them with the anchors inside and outside.</summary>
internal sealed class AuditCheck(NpgsqlDataSource source, AnchorFile file, string tenant)
{
    private const int MostAtOnce = 20_000;
    private readonly List<AuditFault> _faults = [];
    private long _records;
    private long _changes;
    private long _events;

    public async Task<AuditReport> Run(CancellationToken cancel)
    {
        var clock = Stopwatch.GetTimestamp();
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        await Each(connection, [Declare(tenant), new("SELECT set_config('statement_timeout', '0', true)")], static _ => { }, cancel);
        await Records(connection, cancel);
        await Events(connection, cancel);
        var outside = await file.Read(tenant);
        var (anchors, compared, at) = await Anchored(connection, outside, cancel);
        return new(_records, _changes, _events, anchors, compared, at, Stopwatch.GetElapsedTime(clock), _faults);
    }

    // In the order of the primary key, so that nothing is sorted or kept.
    private async Task Records(NpgsqlConnection connection, CancellationToken cancel)
    {
        var (at, check, head) = (default(Address), (ChainCheck?)null, (Version: 0L, Hash: Array.Empty<byte>()));
        void Close()
        {
            if (check?.Close(head.Version, head.Hash) is { } fault)
            {
                Fault(at.Ref, fault.Version, fault.Reason);
            }
        }

        await Each(connection, [Command(AllChanges, Text(tenant))], reader =>
        {
            var place = new Address(tenant, reader.GetString(0), reader.GetString(1));
            if (check is null || place != at)
            {
                Close();
                (at, check, head) = (place, new(place), reader.IsDBNull(9) ? (0, ChangeCodec.Root(place)) : (reader.GetInt64(9), reader.GetFieldValue<byte[]>(10)));
                _records++;
            }

            _changes++;
            if (check.Fault is null)
            {
                check.Walk([new(
                    reader.GetInt64(2), reader.GetDateTime(3), reader.GetString(4), reader.GetString(5), reader.GetString(6),
                    reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7), reader.GetFieldValue<byte[]>(8))]);
            }
        }, cancel);
        Close();
        await Each(connection, [Command(WithoutChanges, Text(tenant))],
            reader => Fault($"{reader.GetString(0)}/{reader.GetString(1)}", 1, $"The record is at version {reader.GetInt64(2)} and has no changes."), cancel);
    }

    private async Task Events(NpgsqlConnection connection, CancellationToken cancel)
    {
        var (number, hash, broken) = (0L, SecurityCodec.Root(tenant), false);
        await Each(connection, [Command("SELECT number, at, type, user_id, detail, sealed, hash FROM security_events WHERE tenant_id = $1 ORDER BY number", Text(tenant))], reader =>
        {
            _events++;
            var stored = new StoredEvent(
                reader.GetInt64(0), reader.GetDateTime(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5), reader.GetFieldValue<byte[]>(6));
            if (broken)
            {
                return;
            }

            broken = stored.Number != number + 1 || !SecurityCodec.Hash(hash, stored).AsSpan().SequenceEqual(stored.Hash);
            if (broken)
            {
                Fault("security", number + 1, stored.Number != number + 1 ? $"The event is missing; number {stored.Number} follows {number}." : "The event is not the one that was written.");
            }

            (number, hash) = (stored.Number, stored.Hash);
        }, cancel);
        var (head, at) = (0L, SecurityCodec.Root(tenant));
        await Each(connection, [Command("SELECT number, hash FROM security_heads WHERE tenant_id = $1", Text(tenant))], reader => (head, at) = (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)), cancel);
        if (!broken && (head != number || !at.AsSpan().SequenceEqual(hash)))
        {
            Fault("security", Math.Min(head, number) + 1, $"The events end at number {number}; the head is at {head}, or of another chain.");
        }
    }

    private async Task<(long Count, long Compared, DateTimeOffset? At)> Anchored(NpgsqlConnection connection, ILookup<long, string> outside, CancellationToken cancel)
    {
        var (before, number, compared, at) = (AnchorCodec.Root(tenant), 0L, 0L, (DateTimeOffset?)null);
        while (await Next(connection, number, cancel) is { Count: > 0 } anchors)
        {
            var found = await Found(connection, anchors, cancel);
            foreach (var (anchor, hashes, security) in found)
            {
                if (anchor.Number != number + 1)
                {
                    Fault("anchors", number + 1, $"The anchor is missing; number {anchor.Number} follows {number}.");
                }

                if (!AnchorCodec.Hash(before, anchor, hashes, security).AsSpan().SequenceEqual(anchor.Hash))
                {
                    Fault("anchors", anchor.Number, $"What stood at {anchor.At:u} does not stand any more: one of {anchor.Records.Count} records, or of the security events up to {anchor.Security}, was written anew.");
                }

                foreach (var line in outside[anchor.Number])
                {
                    compared++;
                    if (line != Convert.ToHexStringLower(anchor.Hash))
                    {
                        Fault("anchors", anchor.Number, "The anchor is not the one that left the database.");
                    }
                }

                (before, number, at) = (anchor.Hash, anchor.Number, new DateTimeOffset(anchor.At));
            }
        }

        if (outside.Count > 0 && outside.Max(line => line.Key) is var last && last > number)
        {
            Fault("anchors", number + 1, $"The anchors end at number {number}; outside the database they go on to {last}.");
        }

        return (number, compared, at);
    }

    // As many anchors as hold some thousands of records together.
    private async Task<List<Anchor>> Next(NpgsqlConnection connection, long after, CancellationToken cancel)
    {
        var anchors = new List<Anchor>();
        var command = Command("SELECT number, at, records, security, hash FROM anchors WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT 500", Text(tenant), Value(after));
        await Each(connection, [command], reader =>
        {
            if (anchors.Sum(anchor => anchor.Records.Count) >= MostAtOnce)
            {
                return;
            }

            var (number, time) = (reader.GetInt64(0), reader.GetDateTime(1));
            try
            {
                anchors.Add(new(number, time, AnchorCodec.Read(reader.GetFieldValue<byte[]>(2)), reader.GetInt64(3), reader.GetFieldValue<byte[]>(4)));
            }
            catch (FormatException)
            {
                anchors.Add(new(number, time, [], reader.GetInt64(3), reader.GetFieldValue<byte[]>(4))); // Its hash says the rest.
            }
        }, cancel);
        return anchors;
    }

    private async Task<List<(Anchor Anchor, List<byte[]> Hashes, byte[] Security)>> Found(NpgsqlConnection connection, List<Anchor> anchors, CancellationToken cancel)
    {
        var records = anchors.SelectMany(anchor => anchor.Records).ToList();
        var hashes = new List<byte[]>(records.Count);
        await Each(connection, [Command(HashesOf, Text(tenant), Column(records.Select(record => record.Kind), NpgsqlDbType.Text), Column(records.Select(record => record.Id), NpgsqlDbType.Text),
            Column(records.Select(record => record.Version), NpgsqlDbType.Bigint))], reader => hashes.Add(reader.IsDBNull(0) ? [] : reader.GetFieldValue<byte[]>(0)), cancel);
        var events = new Dictionary<long, byte[]>();
        await Each(connection, [Command("SELECT number, hash FROM security_events WHERE tenant_id = $1 AND number = ANY ($2)", Text(tenant), Column(anchors.Select(anchor => anchor.Security), NpgsqlDbType.Bigint))],
            reader => events[reader.GetInt64(0)] = reader.GetFieldValue<byte[]>(1), cancel);
        var (found, from) = (new List<(Anchor, List<byte[]>, byte[])>(), 0);
        foreach (var anchor in anchors)
        {
            found.Add((anchor, hashes.GetRange(from, anchor.Records.Count), anchor.Security == 0 ? SecurityCodec.Root(tenant) : events.GetValueOrDefault(anchor.Security, [])));
            from += anchor.Records.Count;
        }

        return found;
    }

    private void Fault(string where, long number, string reason)
    {
        if (_faults.Count < IAudit.MostFaults)
        {
            _faults.Add(new(where, number, reason));
        }
    }

    private static async Task Each(NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> commands, Action<NpgsqlDataReader> row, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        do
        {
            while (await reader.ReadAsync(cancel))
            {
                row(reader);
            }
        }
        while (await reader.NextResultAsync(cancel));
    }

    private const string AllChanges = """
        SELECT c.kind, c.id, c.version, c.at, c.by_user, c.type, c.fields, c.sealed, c.hash, r.version, r.head_hash
        FROM changes c LEFT JOIN records r ON r.tenant_id = c.tenant_id AND r.kind = c.kind AND r.id = c.id
        WHERE c.tenant_id = $1 ORDER BY c.kind, c.id, c.version
        """;

    private const string WithoutChanges = """
        SELECT r.kind, r.id, r.version FROM records r
        WHERE r.tenant_id = $1 AND NOT EXISTS (SELECT FROM changes c WHERE c.tenant_id = r.tenant_id AND c.kind = r.kind AND c.id = r.id) ORDER BY r.kind, r.id LIMIT 100
        """;

    private const string HashesOf = """
        SELECT c.hash FROM unnest($2, $3, $4) WITH ORDINALITY AS n (kind, id, version, place)
        LEFT JOIN changes c ON c.tenant_id = $1 AND c.kind = n.kind AND c.id = n.id AND c.version = n.version ORDER BY n.place
        """;
}
