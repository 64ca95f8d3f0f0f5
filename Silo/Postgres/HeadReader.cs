using System.Text.Json;
using Crm.Engine;
using Npgsql;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>
/// Reads the heads of records. Those that are asked for while all readers are busy share the next round trip: a storm of cold records, or an import that
/// makes a hundred thousand, costs one round trip for hundreds of them; one that is asked for alone waits for nobody.
/// </summary>
internal sealed class HeadReader(Database database, Tenants tenants)
{
    private const int Readers = 4;
    private const int MostTogether = 256;
    private readonly Lock _gate = new();
    private readonly Queue<Asked> _waiting = new();
    private int _busy;

    /// <summary>The head of a record as it is stored now; <see cref="Loaded.View"/> is null when there is none.</summary>
    /// <exception cref="UnavailableException">The database does not answer, or not now.</exception>
    public async Task<Loaded> Read(Address at, CancellationToken cancel)
    {
        var asked = new Asked(at, await tenants.Key(at.Tenant, cancel));
        var starts = false;
        lock (_gate)
        {
            _waiting.Enqueue(asked);
            if (_busy < Readers)
            {
                _busy++;
                starts = true;
            }
        }

        if (starts)
        {
            _ = Serve();
        }

        return await asked.Done.Task.WaitAsync(cancel);
    }

    // Ends when nobody waits. Never faults: what goes wrong goes to those who asked.
    private async Task Serve()
    {
        while (Next() is { Count: > 0 } group)
        {
            await Read(group);
        }
    }

    private List<Asked> Next()
    {
        var group = new List<Asked>();
        lock (_gate)
        {
            while (group.Count < MostTogether && _waiting.TryDequeue(out var asked))
            {
                group.Add(asked);
            }

            if (group.Count == 0)
            {
                _busy--;
            }
        }

        return group;
    }

    private async Task Read(List<Asked> group)
    {
        try
        {
            var declared = string.Join(Separator, group.Select(asked => asked.At.Tenant).Distinct(StringComparer.Ordinal));
            await database.Query(declared, group.Select(asked => PostgresJournal.Keyed(Head, asked.At)), async (reader, token) =>
            {
                foreach (var asked in group)
                {
                    Answer(asked, await reader.ReadAsync(token) ? reader : null);
                    await reader.NextResultAsync(token);
                }

                return true;
            });
        }
        catch (Exception fault) when (group.Count > 1 && fault is not UnavailableException)
        {
            foreach (var asked in group)
            {
                await Read([asked]); // One of them cannot even be asked for; its neighbours can.
            }
        }
        catch (Exception fault)
        {
            group.ForEach(asked => asked.Done.TrySetException(fault));
        }
    }

    private static void Answer(Asked asked, NpgsqlDataReader? reader)
    {
        var (at, tenantKey) = (asked.At, asked.TenantKey);
        if (reader is null)
        {
            asked.Done.TrySetResult(new(null, new PostgresLineage(tenantKey, 0, ChangeCodec.Root(at), null)));
            return;
        }

        try
        {
            var key = reader.IsDBNull(8) ? null : PostgresJournal.OpenKey(at, reader.GetInt64(7), reader.GetFieldValue<byte[]>(8), tenantKey);
            var view = new RecordView(
                at.Kind, at.Id, reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetString(3), reader.GetBoolean(4), Lists.PostgresLists.Fields(reader.GetString(5)));
            asked.Done.TrySetResult(new(view, new PostgresLineage(tenantKey, view.Version, reader.GetFieldValue<byte[]>(6), key)));
        }
        catch (Exception fault) when (fault is System.Security.Cryptography.CryptographicException or JsonException)
        {
            asked.Done.TrySetException(fault);
        }
    }

    // A statement for each: of a join with a list of keys the planner makes, on a table that it thinks is small, one that reads all of it.
    private const string Head = """
        SELECT r.version, r.created_at, r.updated_at, r.updated_by, r.deleted, r.fields, r.head_hash, k.since, k.wrapped
        FROM records r
        LEFT JOIN LATERAL (
            SELECT since, wrapped FROM subject_keys s
            WHERE s.tenant_id = r.tenant_id AND s.kind = r.kind AND s.id = r.id ORDER BY since DESC LIMIT 1) k ON true
        WHERE r.tenant_id = $1 AND r.kind = $2 AND r.id = $3
        """;

    private sealed record Asked(Address At, byte[] TenantKey)
    {
        // Whoever waits goes on elsewhere: a reader runs nobody's code.
        public TaskCompletionSource<Loaded> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
