using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Audit;

/// <summary>Notes where every chain stands, once a minute, and takes it out of the database.</summary>
/// <remarks>
/// An anchor holds the records that changed since the one before. Changes carry the time of their decision and are committed moments later, so each
/// anchor looks some minutes back and leaves out what an earlier one has. A change that comes even later is in the next anchor of its record.
/// </remarks>
public sealed class Anchors(NpgsqlDataSource source, Database database, Tenants tenants, AnchorFile file, AnchorOptions options, TimeProvider time, ILogger<Anchors> log) : BackgroundService
{
    private const int MostMissing = 1_000;
    private static readonly TimeSpan Back = TimeSpan.FromMinutes(10);

    /// <summary>Anchors what has changed of every tenant, and brings the file up to date.</summary>
    /// <returns>New anchors.</returns>
    public async Task<int> Take(CancellationToken cancel = default)
    {
        var count = 0;
        foreach (var tenant in (await tenants.All(cancel)).Append(ISecurityEvents.Nobody))
        {
            count += await Take(tenant, cancel) ? 1 : 0;
            while (await Missing(tenant, cancel) is { Count: > 0 } missing)
            {
                await file.Add(tenant, missing);
            }
        }

        return count;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Take(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(fault, "Where the chains stand could not be anchored; it is tried again in {Time}.", options.Every);
            }
        }
    }

    private async Task<bool> Take(string tenant, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var now = ChangeCodec.Micros(time.GetUtcNow());
        if (await Last(connection, tenant, now, cancel) is not var (last, recent))
        {
            return false;
        }

        var (records, hashes, security, securityHash) = await Moved(connection, tenant, last, recent, cancel);
        if (records.Count == 0 && security == last.Security)
        {
            return false;
        }

        var anchor = new Anchor(last.Number + 1, now, records, security, []);
        await using var store = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("INSERT INTO anchors (tenant_id, number, at, records, security, hash) VALUES ($1, $2, $3, $4, $5, $6)", Text(tenant), Value(anchor.Number), Value(now),
                    Value(AnchorCodec.Write(records)), Value(security), Value(AnchorCodec.Hash(last.Hash, anchor, hashes, securityHash))),
            },
        };
        await store.ExecuteNonQueryAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    // The last anchor and what those of the last minutes hold; null when another node has just made one.
    private async Task<(Anchor Last, Dictionary<(string, string), long> Recent)?> Last(NpgsqlConnection connection, string tenant, DateTime now, CancellationToken cancel)
    {
        await using var ask = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Declare(tenant),
                Command("SELECT pg_advisory_xact_lock(hashtextextended('anchors ' || $1, 0))", Text(tenant)),
                Command("""
                    SELECT number, at, records, security, hash FROM anchors
                    WHERE tenant_id = $1 AND (at > $2 OR number = (SELECT max(number) FROM anchors WHERE tenant_id = $1)) ORDER BY number
                    """, Text(tenant), Value(now - Back - Back)),
            },
        };
        await using var reader = await ask.ExecuteReaderAsync(cancel);
        await reader.NextResultAsync(cancel);
        await reader.NextResultAsync(cancel);
        var (last, recent) = (new Anchor(0, DateTime.UnixEpoch, [], 0, AnchorCodec.Root(tenant)), new Dictionary<(string, string), long>());
        foreach (var anchor in await Read(reader, cancel))
        {
            last = anchor;
            foreach (var record in anchor.Records)
            {
                recent[(record.Kind, record.Id)] = record.Version;
            }
        }

        return last.Number > 0 && now - last.At < options.Every / 2 ? null : (last, recent);
    }

    private static async Task<(List<Anchored> Records, List<byte[]> Hashes, long Security, byte[] SecurityHash)> Moved(
        NpgsqlConnection connection, string tenant, Anchor last, Dictionary<(string, string), long> recent, CancellationToken cancel)
    {
        await using var ask = new NpgsqlBatch(connection)
        {
            Timeout = 0,
            BatchCommands =
            {
                Command("SELECT DISTINCT ON (kind, id) kind, id, version, hash FROM changes WHERE tenant_id = $1 AND at > $2 ORDER BY kind, id, version DESC",
                    Text(tenant), Value(last.Number == 0 ? DateTime.UnixEpoch : last.At - Back)),
                Command("SELECT number, hash FROM security_heads WHERE tenant_id = $1", Text(tenant)),
            },
        };
        var (records, hashes) = (new List<Anchored>(), new List<byte[]>());
        await using var reader = await ask.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var record = new Anchored(reader.GetString(0), reader.GetString(1), reader.GetInt64(2));
            if (recent.GetValueOrDefault((record.Kind, record.Id)) < record.Version)
            {
                records.Add(record);
                hashes.Add(reader.GetFieldValue<byte[]>(3));
            }
        }

        await reader.NextResultAsync(cancel);
        return await reader.ReadAsync(cancel) ? (records, hashes, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : (records, hashes, 0, SecurityCodec.Root(tenant));
    }

    // Every node's file gets every line, whoever made the anchor.
    private async Task<List<Anchor>> Missing(string tenant, CancellationToken cancel)
    {
        var last = await file.Last(tenant);
        return await database.Query(tenant,
            [Command("SELECT number, at, records, security, hash FROM anchors WHERE tenant_id = $1 AND number > $2 ORDER BY number LIMIT $3", Text(tenant), Value(last), Value(MostMissing))],
            Read, cancel);
    }

    internal static async Task<List<Anchor>> Read(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var anchors = new List<Anchor>();
        while (await reader.ReadAsync(cancel))
        {
            anchors.Add(new(reader.GetInt64(0), reader.GetDateTime(1), AnchorCodec.Read(reader.GetFieldValue<byte[]>(2)), reader.GetInt64(3), reader.GetFieldValue<byte[]>(4)));
        }

        return anchors;
    }
}
