using System.Security.Cryptography;
using System.Text;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>bcrypt by pgcrypto, over an HMAC of the password under a key that follows from the master key.</summary>
/// <remarks>
/// The HMAC keeps the password itself out of every statement, takes passwords of any length and character (bcrypt reads 72 bytes, up to the first NUL),
/// and makes a copy of the database alone useless for guessing.
/// </remarks>
public sealed class Passwords(Database database, MasterKey master, AccountOptions options) : IDisposable
{
    private readonly byte[] _pepper = Convert.FromHexString(master.Derive("passwords"));
    private readonly SemaphoreSlim _turns = new(options.BcryptsAtOnce, options.BcryptsAtOnce);
    private int _waiting;
    private long _count;

    // What is computed when there is nothing to compare with: the salt is anybody's, the work is the same.
    private string Nobody => $"$2a${options.BcryptCost:00}$abcdefghijklmnopqrstuu";

    /// <summary>bcrypts so far, for a metric, and for the proof that an unknown account costs as much as a known one.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>A hash to store.</summary>
    /// <exception cref="UnavailableException">Too many wait already.</exception>
    public Task<string> Hash(string password, CancellationToken cancel = default) =>
        Crypt($"SELECT crypt($1, gen_salt('bf', {options.BcryptCost}))", password, null, cancel);

    /// <summary>Whether the password has this hash. Takes its time without one too, and then says no.</summary>
    /// <exception cref="UnavailableException">Too many wait already.</exception>
    public async Task<bool> Matches(string password, string? hash, CancellationToken cancel = default)
    {
        var setting = hash ?? Nobody;
        var computed = await Crypt("SELECT crypt($1, $2)", password, setting, cancel);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(computed), Encoding.ASCII.GetBytes(setting)) && hash is not null;
    }

    /// <inheritdoc />
    public void Dispose() => _turns.Dispose();

    private async Task<string> Crypt(string sql, string password, string? setting, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _waiting) > options.BcryptsAtOnce + options.BcryptsWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new UnavailableException("Too many people sign in at once.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        try
        {
            await _turns.WaitAsync(cancel);
            try
            {
                Interlocked.Increment(ref _count);
                var peppered = Text(Convert.ToBase64String(HMACSHA256.HashData(_pepper, Encoding.UTF8.GetBytes(password))));
                var command = setting is null ? Command(sql, peppered) : Command(sql, peppered, Text(setting));
                return await database.Query("", [command], async (reader, token) =>
                {
                    await reader.ReadAsync(token);
                    return reader.GetString(0);
                }, cancel);
            }
            finally
            {
                _turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
