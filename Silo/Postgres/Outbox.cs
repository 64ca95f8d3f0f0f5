using System.Text.Json;
using Crm.Engine;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>Something a process must still hear of, claimed for this worker.</summary>
/// <param name="Seq">Names the row within its tenant.</param>
/// <param name="Version">Of the change.</param>
/// <param name="Attempts">Tries with this one; also tells this claim from a later one of the same row.</param>
public sealed record Due(long Seq, Address At, long Version, string Reaction, int Attempts);

/// <summary>A dead letter: nobody tries it again until it is replayed.</summary>
public sealed record Parked(long Seq, Address At, long Version, string Reaction, DateTimeOffset Since, string Error);

/// <summary>How often and how soon a process is tried again.</summary>
/// <param name="Attempts">After so many failures a row is parked.</param>
public sealed record OutboxOptions(int Attempts = 5)
{
    /// <summary>A claim ends by itself after this time, when its worker died.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait after the first failure; four times as long after each further one.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What processes must hear of. Rows are claimed, never read past a number: commits do not come in the order of sequence numbers.</summary>
/// <remarks>
/// A row holds keys and no values. It is a tenant's row like any other; the claim serves all tenants by declaring every tenant of the register
/// in its own transaction, so no role and no policy is needed that could see around the others.
/// </remarks>
public sealed class Outbox(Database database, IJournal journal, OutboxOptions options)
{
    /// <summary>What a commit with reactions notifies on. It wakes only: rows are found by claiming.</summary>
    public const string Channel = "crm_outbox";

    private const int LongestError = 500;

    // One claim at a time, for the millisecond that it takes: of two at once the second would not see that the first has taken the row before its own.
    private const long ClaimLock = 0x43524D_4F555442; // "CRM OUTB"

    /// <summary>
    /// Takes rows that are due, oldest first; no other worker gets them before the lease ends, nor any later one of the same record and reaction.
    /// </summary>
    public Task<IReadOnlyList<Due>> Claim(int most, CancellationToken cancel = default) => database.Query("",
        [
            new("SELECT set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants"),
            new($"SELECT pg_advisory_xact_lock({ClaimLock})"),
            Command(ParkAbandoned, Value(options.Attempts)),
            Command(TakeDue, Value(most), Value(options.Lease)),
        ],
        async (reader, token) =>
        {
            await reader.NextResultAsync(token);
            await reader.NextResultAsync(token);
            var due = new List<Due>();
            while (await reader.ReadAsync(token))
            {
                due.Add(new(reader.GetInt64(0), Place(reader), reader.GetInt64(4), reader.GetString(5), reader.GetInt32(6)));
            }

            due.Sort((one, other) => one.Seq.CompareTo(other.Seq));
            return (IReadOnlyList<Due>)due;
        }, cancel);

    /// <summary>It is done.</summary>
    public Task Complete(Due due, CancellationToken cancel = default) => database.Run(due.At.Tenant,
        [Command("DELETE FROM outbox WHERE tenant_id = $1 AND seq = $2", Text(due.At.Tenant), Value(due.Seq))], cancel);

    /// <summary>It failed: it comes again later, or is parked after the last attempt.</summary>
    /// <param name="error">For an operator; holds no personal data.</param>
    public Task Retry(Due due, string error, CancellationToken cancel = default)
    {
        var wait = options.Backoff * Math.Pow(4, due.Attempts - 1);
        return database.Run(due.At.Tenant,
        [
            Command(Postpone, Text(due.At.Tenant), Value(due.Seq), Value(due.Attempts), Value(options.Attempts), Value(wait),
                Text(error.Length > LongestError ? error[..LongestError] : error)),
        ], cancel);
    }

    /// <summary>How long until something that failed is tried again; null when nothing waits.</summary>
    public Task<TimeSpan?> NextDue(CancellationToken cancel = default) => database.Query("",
        [
            new("SELECT set_config('crm.tenants', coalesce(string_agg(tenant_id, ','), ''), true) FROM tenants"),
            new("SELECT min(due_at) - now() FROM outbox WHERE parked_at IS NULL AND attempts > 0 AND claimed_until IS NULL"),
        ],
        async (reader, token) => await reader.NextResultAsync(token) && await reader.ReadAsync(token) && !await reader.IsDBNullAsync(0, token) ? reader.GetTimeSpan(0) : (TimeSpan?)null, cancel);

    /// <summary>Gives rows back that were claimed and not tried, since one before them failed.</summary>
    public Task Release(IReadOnlyCollection<Due> due, CancellationToken cancel = default) => due.Count == 0 ? Task.CompletedTask : database.Run(
        string.Join(Separator, due.Select(row => row.At.Tenant).Distinct(StringComparer.Ordinal)),
        [
            Command(GiveBack, Column(due.Select(row => row.At.Tenant), NpgsqlDbType.Text), Column(due.Select(row => row.Seq), NpgsqlDbType.Bigint),
                Column(due.Select(row => row.Attempts), NpgsqlDbType.Integer)),
        ], cancel);

    /// <summary>A tenant's dead letters, oldest first.</summary>
    /// <param name="after">The number of the last one of the page before; 0 for the first page.</param>
    public Task<IReadOnlyList<Parked>> Parked(string tenant, int most, long after = 0, CancellationToken cancel = default) => database.Query(tenant,
        [Command(ReadParked, Text(tenant), Value(most), Value(after))],
        async (reader, token) =>
        {
            var parked = new List<Parked>();
            while (await reader.ReadAsync(token))
            {
                parked.Add(new(reader.GetInt64(0), Place(reader), reader.GetInt64(4), reader.GetString(5), reader.GetFieldValue<DateTimeOffset>(6), reader.GetString(7)));
            }

            return (IReadOnlyList<Parked>)parked;
        }, cancel);

    /// <summary>Gives a dead letter new attempts.</summary>
    /// <returns>False when there is no such dead letter.</returns>
    public async Task<bool> Replay(string tenant, long seq, CancellationToken cancel = default) => await database.Query(tenant,
        [Command(Revive, Text(tenant), Value(seq)), new($"SELECT pg_notify('{Channel}', '')")],
        (reader, token) => reader.ReadAsync(token), cancel);

    /// <summary>Gives a dead letter up for good.</summary>
    /// <returns>False when there is no such dead letter.</returns>
    public async Task<bool> Discard(string tenant, long seq, CancellationToken cancel = default) => await database.Query(tenant,
        [Command("DELETE FROM outbox WHERE tenant_id = $1 AND seq = $2 AND parked_at IS NOT NULL RETURNING seq", Text(tenant), Value(seq))],
        (reader, token) => reader.ReadAsync(token), cancel);

    /// <summary>What happened, and the record as that change left it, however far it has moved since.</summary>
    /// <exception cref="InvalidOperationException">There is no such change.</exception>
    public async Task<Nudge> Heard(Due due, CancellationToken cancel = default)
    {
        var head = (await journal.Load(due.At, cancel)).View ?? throw new InvalidOperationException($"There is no record {due.At}.");
        var since = await journal.Read(due.At, due.Version - 1, (int)(head.Version - due.Version + 1), cancel);
        if (since is not [var change, ..] || change.Version != due.Version)
        {
            throw new InvalidOperationException($"There is no version {due.Version} of {due.At}.");
        }

        var (fields, deleted) = (new Dictionary<string, JsonElement>(head.Fields), head.Deleted);
        foreach (var later in since.Skip(1).Reverse())
        {
            foreach (var (name, value) in later.Fields)
            {
                if (name == "deleted")
                {
                    deleted = value.From.ValueKind == JsonValueKind.True;
                }
                else if (value.From.ValueKind == JsonValueKind.Null)
                {
                    fields.Remove(name);
                }
                else
                {
                    fields[name] = value.From;
                }
            }
        }

        return new(due.At, change, head with { Version = change.Version, UpdatedAt = change.At, UpdatedBy = change.By, Deleted = deleted, Fields = fields });
    }

    private static Address Place(NpgsqlDataReader reader) => new(reader.GetString(1), reader.GetString(2), reader.GetString(3));

    private const string ParkAbandoned = """
        UPDATE outbox SET parked_at = now(), claimed_until = NULL, error = 'Its worker ended without an answer, several times.'
        WHERE parked_at IS NULL AND attempts >= $1 AND claimed_until <= now()
        """;

    private const string TakeDue = """
        WITH due AS (
            SELECT tenant_id, seq FROM outbox o
            WHERE parked_at IS NULL AND due_at <= now() AND (claimed_until IS NULL OR claimed_until <= now())
                AND NOT EXISTS (
                    SELECT FROM outbox e
                    WHERE e.tenant_id = o.tenant_id AND e.kind = o.kind AND e.id = o.id AND e.reaction = o.reaction AND e.seq < o.seq
                        AND e.parked_at IS NULL AND (e.due_at > now() OR e.claimed_until > now()))
            ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE outbox o SET claimed_until = now() + $2, attempts = attempts + 1
        FROM due WHERE o.tenant_id = due.tenant_id AND o.seq = due.seq
        RETURNING o.seq, o.tenant_id, o.kind, o.id, o.version, o.reaction, o.attempts
        """;

    private const string Postpone = """
        UPDATE outbox SET claimed_until = NULL, due_at = now() + $5, error = $6, parked_at = CASE WHEN $3 >= $4 THEN now() END
        WHERE tenant_id = $1 AND seq = $2 AND attempts = $3
        """;

    private const string GiveBack = """
        UPDATE outbox o SET claimed_until = NULL, attempts = o.attempts - 1
        FROM unnest($1, $2, $3) AS n (tenant_id, seq, attempts)
        WHERE o.tenant_id = n.tenant_id AND o.seq = n.seq AND o.attempts = n.attempts
        """;

    private const string ReadParked = """
        SELECT seq, tenant_id, kind, id, version, reaction, parked_at, error FROM outbox
        WHERE tenant_id = $1 AND parked_at IS NOT NULL AND seq > $3 ORDER BY seq LIMIT $2
        """;

    private const string Revive = """
        UPDATE outbox SET parked_at = NULL, attempts = 0, due_at = now()
        WHERE tenant_id = $1 AND seq = $2 AND parked_at IS NOT NULL RETURNING seq
        """;
}
