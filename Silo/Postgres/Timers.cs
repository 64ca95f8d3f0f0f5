using System.Text.Json;
using Crm.Engine;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>An alarm that is due, claimed for this worker.</summary>
/// <param name="Attempts">Tries with this one; also tells this claim from a later one of the same alarm.</param>
public sealed record Ringing(Alarm Alarm, int Attempts);

/// <summary>The table of alarms. It is claimed like the outbox; what is due is told by the node's clock, so that a test may move it.</summary>
public sealed class Timers(Database database, Bells bells, TimeProvider time) : ITimers
{
    /// <summary>What setting an alarm notifies on. It wakes only.</summary>
    public const string Channel = "crm_timers";

    private const int LongestError = 500;

    /// <inheritdoc />
    public Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default) => database.Run(alarm.Tenant,
    [
        Command(move ? Replace : Insert, Text(alarm.Tenant), Text(alarm.Bell), Text(alarm.Key), Value(alarm.Due.ToUniversalTime()), About(alarm.About)),
        new($"SELECT pg_notify('{Channel}', '')"),
    ], cancel);

    /// <inheritdoc />
    public Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default) => database.Run(tenant,
        [Command("DELETE FROM timers WHERE tenant_id = $1 AND bell = $2 AND key = $3", Text(tenant), Text(bell), Text(key))], cancel);

    /// <summary>Takes alarms that are due, the oldest first; no other worker gets them before the lease ends.</summary>
    public Task<IReadOnlyList<Ringing>> Claim(int most, CancellationToken cancel = default) => database.Query("",
        [
            new("SELECT set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants"),
            Command(Take, Value(time.GetUtcNow()), Value(most), Value(bells.Lease)),
        ],
        async (reader, token) =>
        {
            await reader.NextResultAsync(token);
            var due = new List<Ringing>();
            while (await reader.ReadAsync(token))
            {
                due.Add(new(
                    new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3),
                        reader.IsDBNull(4) ? default : JsonElement.Parse(reader.GetString(4))),
                    reader.GetInt32(5)));
            }

            return (IReadOnlyList<Ringing>)due;
        }, cancel);

    /// <summary>It has rung. One that was set anew meanwhile stays.</summary>
    /// <param name="next">As it is to ring again; null when it is done.</param>
    public Task Complete(Ringing rung, Alarm? next, CancellationToken cancel = default)
    {
        var alarm = rung.Alarm;
        return database.Run(alarm.Tenant,
        [
            next is null
                ? Command("DELETE FROM timers WHERE tenant_id = $1 AND bell = $2 AND key = $3 AND attempts = $4 AND claimed_until IS NOT NULL",
                    Text(alarm.Tenant), Text(alarm.Bell), Text(alarm.Key), Value(rung.Attempts))
                : Command(Again, Text(alarm.Tenant), Text(alarm.Bell), Text(alarm.Key), Value(rung.Attempts), Value(next.Due.ToUniversalTime()), About(next.About)),
        ], cancel);
    }

    /// <summary>It failed: it rings again later, or is parked after its last try.</summary>
    /// <param name="error">For an operator; holds no personal data.</param>
    public Task Retry(Ringing rung, string error, CancellationToken cancel = default)
    {
        var (alarm, wait) = (rung.Alarm, bells.Wait(rung.Alarm.Bell, rung.Attempts));
        return database.Run(alarm.Tenant,
        [
            Command(Postpone, Text(alarm.Tenant), Text(alarm.Bell), Text(alarm.Key), Value(rung.Attempts), Value(time.GetUtcNow() + (wait ?? TimeSpan.Zero)),
                Value(wait is null), Text(error.Length > LongestError ? error[..LongestError] : error)),
        ], cancel);
    }

    /// <summary>How long until the next one is due, at most <paramref name="most"/>.</summary>
    public Task<TimeSpan> Rest(TimeSpan most, CancellationToken cancel = default) => database.Query("",
        [
            new("SELECT set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants"),
            new("SELECT min(due_at) FROM timers WHERE parked_at IS NULL AND (claimed_until IS NULL OR claimed_until <= now())"),
        ],
        async (reader, token) =>
        {
            await reader.NextResultAsync(token);
            var wait = await reader.ReadAsync(token) && !await reader.IsDBNullAsync(0, token) ? reader.GetFieldValue<DateTimeOffset>(0) - time.GetUtcNow() : most;
            return wait > most ? most : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        }, cancel);

    private static NpgsqlParameter About(JsonElement about) =>
        new() { Value = about.ValueKind == JsonValueKind.Undefined ? DBNull.Value : about.GetRawText(), NpgsqlDbType = NpgsqlDbType.Json };

    // One that is parked is set anew: whoever sets it wants it rung.
    private const string Insert = """
        INSERT INTO timers (tenant_id, bell, key, due_at, about) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, bell, key) DO UPDATE SET due_at = excluded.due_at, about = excluded.about, attempts = 0, claimed_until = NULL, parked_at = NULL, error = NULL
        WHERE timers.parked_at IS NOT NULL
        """;

    private const string Replace = """
        INSERT INTO timers (tenant_id, bell, key, due_at, about) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, bell, key) DO UPDATE SET due_at = excluded.due_at, about = excluded.about, attempts = 0, claimed_until = NULL, parked_at = NULL, error = NULL
        """;

    private const string Take = """
        WITH due AS (
            SELECT tenant_id, bell, key FROM timers
            WHERE parked_at IS NULL AND due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= now())
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE timers t SET claimed_until = now() + $3, attempts = attempts + 1
        FROM due WHERE t.tenant_id = due.tenant_id AND t.bell = due.bell AND t.key = due.key
        RETURNING t.tenant_id, t.bell, t.key, t.due_at, t.about, t.attempts
        """;

    private const string Again = """
        UPDATE timers SET due_at = $5, about = $6, attempts = 0, claimed_until = NULL, error = NULL
        WHERE tenant_id = $1 AND bell = $2 AND key = $3 AND attempts = $4 AND claimed_until IS NOT NULL
        """;

    private const string Postpone = """
        UPDATE timers SET due_at = $5, claimed_until = NULL, error = $7, parked_at = CASE WHEN $6 THEN now() END
        WHERE tenant_id = $1 AND bell = $2 AND key = $3 AND attempts = $4 AND claimed_until IS NOT NULL
        """;
}
