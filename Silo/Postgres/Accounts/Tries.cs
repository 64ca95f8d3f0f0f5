using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Counts failed sign-ins, and turns away who has too many.</summary>
/// <remarks>
/// A try counts before the password is looked at and is forgiven when it was right: of many tries at once no more than the limit get to guess.
/// </remarks>
public sealed class Tries(Database database, AccountOptions options, TimeProvider time)
{
    // $1 key, $2 limit, $3 now, $4 window, $5 first lock, $6 longest lock, $7 when locks are forgotten
    private const string Add = """
        INSERT INTO sign_in_tries AS t (key, most, failures, since, locks, locked_until, blocked, tried_at)
        VALUES ($1, $2, 1, $3, 0, NULL, false, $3)
        ON CONFLICT (key) DO UPDATE SET (most, failures, since, locks, locked_until, blocked, tried_at) = (
            SELECT $2,
                CASE WHEN blocked THEN t.failures WHEN failures >= $2 THEN 0 ELSE failures END,
                CASE WHEN blocked OR t.since > $3 - $4 THEN t.since ELSE $3 END,
                CASE WHEN NOT blocked AND failures >= $2 THEN locks + 1 ELSE locks END,
                CASE WHEN blocked THEN t.locked_until WHEN failures >= $2 THEN $3 + least($5 * power(2, least(locks, 20)), $6) END,
                blocked,
                $3
            FROM (SELECT
                coalesce(t.locked_until > $3, false) AS blocked,
                CASE WHEN t.since > $3 - $4 THEN t.failures + 1 ELSE 1 END AS failures,
                CASE WHEN t.tried_at > $3 - $7 THEN t.locks ELSE 0 END AS locks) AS now)
        RETURNING blocked, locked_until
        """;

    private const string Forget = "DELETE FROM sign_in_tries WHERE key = $1";

    // This one try, even if it was the one that locked.
    private const string Undo = """
        UPDATE sign_in_tries SET
            failures = CASE WHEN failures = 0 THEN most - 1 ELSE failures - 1 END,
            locks = CASE WHEN failures = 0 THEN greatest(locks - 1, 0) ELSE locks END,
            locked_until = CASE WHEN failures = 0 THEN NULL ELSE locked_until END
        WHERE key = $1
        """;

    /// <summary>Counts a try; null when it may be made, else the time to wait.</summary>
    public Task<TimeSpan?> Begin(byte[] key, int most, CancellationToken cancel = default)
    {
        var now = time.GetUtcNow();
        var command = Command(
            Add, Value(key), Value(most), Value(now), Value(options.TryWindow), Value(options.FirstLock), Value(options.LongestLock), Value(options.ForgetLocks));
        return database.Query("", [command], async (reader, token) =>
        {
            await reader.ReadAsync(token);
            return reader.GetBoolean(0) ? reader.GetFieldValue<DateTimeOffset>(1) - now : (TimeSpan?)null;
        }, cancel);
    }

    /// <summary>The try was right: the account starts anew, and the address has one less.</summary>
    public Task Forgive(byte[] account, byte[] address, CancellationToken cancel = default) =>
        database.Run("", [Command(Forget, Value(account)), Command(Undo, Value(address))], cancel);

    /// <summary>The try was none, since nobody could look at the password.</summary>
    public Task TakeBack(byte[] account, byte[] address, CancellationToken cancel = default) =>
        database.Run("", [Command(Undo, Value(account)), Command(Undo, Value(address))], cancel);

    /// <summary>Lets go of what no longer counts.</summary>
    public Task Prune(CancellationToken cancel = default) =>
        database.Run("", [Command("DELETE FROM sign_in_tries WHERE tried_at < $1", Value(time.GetUtcNow() - options.ForgetLocks - options.LongestLock))], cancel);
}
