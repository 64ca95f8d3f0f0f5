using System.Collections.Immutable;
using System.Security.Cryptography;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>The keys that sign tokens: made when one is needed, shared by all nodes, sealed where they are stored.</summary>
public sealed class KeyRing(Database database, MasterKey master, AccountOptions options, TimeProvider time) : IDisposable
{
    // An unknown key may be another node's new one; a made-up one must not make us read for every request.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly byte[] _seal = Convert.FromHexString(master.Derive("signing keys"));
    private ImmutableArray<SigningKey> _keys = [];
    private long? _readAt;

    /// <summary>The key to sign with now.</summary>
    public async ValueTask<SigningKey> Current(CancellationToken cancel = default)
    {
        if (Newest() is { } newest)
        {
            return newest;
        }

        await _gate.WaitAsync(cancel);
        try
        {
            await Read(cancel);
            return Newest() ?? await Make(cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The key of this id while tokens that it signed may be valid, else null.</summary>
    public async ValueTask<SigningKey?> Find(string kid, CancellationToken cancel = default)
    {
        var known = Valid().FirstOrDefault(key => key.Kid == kid);
        if (known is null)
        {
            await ReadOnce(LookAgainAfter, cancel);
            known = Valid().FirstOrDefault(key => key.Kid == kid);
        }

        return known;
    }

    /// <summary>Every key that tokens in use may be signed with, newest first.</summary>
    public async ValueTask<IReadOnlyList<SigningKey>> All(CancellationToken cancel = default)
    {
        await Current(cancel);
        await ReadOnce(Fresh, cancel);
        return [.. Valid()];
    }

    /// <inheritdoc />
    public void Dispose() => _gate.Dispose();

    private SigningKey? Newest() => _keys.FirstOrDefault(key => time.GetUtcNow() - key.Created < options.RotateKeysEvery);

    private IEnumerable<SigningKey> Valid() => _keys.Where(key => time.GetUtcNow() - key.Created < Lifetime);

    // A node that has not noticed its successor yet signs with a key until its last moment.
    private TimeSpan Lifetime => options.RotateKeysEvery + options.TokenLife + options.Leeway + Fresh;

    private bool IsReadWithin(TimeSpan span) => _readAt is { } at && time.GetElapsedTime(at) < span;

    private async Task ReadOnce(TimeSpan within, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            if (!IsReadWithin(within))
            {
                await Read(cancel);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task Read(CancellationToken cancel)
    {
        var since = time.GetUtcNow() - Lifetime;
        var stored = await database.Query("",
            [Command("SELECT kid, sealed, created_at FROM signing_keys WHERE created_at > $1 ORDER BY created_at DESC, kid", Value(since))],
            async (reader, token) =>
            {
                var rows = new List<(string Kid, byte[] Sealed, DateTimeOffset Created)>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<DateTimeOffset>(2)));
                }

                return rows;
            }, cancel);

        // Keys that are known stay the same objects. One that has gone is left to the garbage collector: somebody may be signing with it.
        _keys = [.. stored.Select(row => _keys.FirstOrDefault(key => key.Kid == row.Kid) ?? new(row.Kid, Open(row.Kid, row.Sealed), row.Created))];
        _readAt = time.GetTimestamp();
    }

    private async Task<SigningKey> Make(CancellationToken cancel)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var made = new SigningKey(AccessTokens.Thumbprint(key), key, time.GetUtcNow());
        var box = Vault.Seal(_seal, key.ExportPkcs8PrivateKey(), Place(made.Kid));
        await database.Run("",
        [
            Command("INSERT INTO signing_keys (kid, sealed, created_at) VALUES ($1, $2, $3)", Text(made.Kid), Value(box), Value(made.Created)),
            Command("DELETE FROM signing_keys WHERE created_at <= $1", Value(made.Created - Lifetime)),
        ], cancel);
        _keys = _keys.Insert(0, made);
        return made;
    }

    private ECDsa Open(string kid, byte[] box)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(Vault.Open(_seal, box, Place(kid)), out _);
        return key;
    }

    private static string Place(string kid) => Vault.Place("signing key", kid);
}
