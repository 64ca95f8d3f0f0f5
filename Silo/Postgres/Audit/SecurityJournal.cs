using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Audit;

/// <summary>The chains of security events. One writer of this process takes what has come meanwhile; the head's row is the turn among processes.</summary>
public sealed class SecurityJournal : ISecurityEvents, IAsyncDisposable
{
    private const int MostWaiting = 4_096;
    private const int MostAtOnce = 256;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly NpgsqlDataSource _source;
    private readonly Tenants _tenants;
    private readonly TimeProvider _time;
    private readonly ILogger<SecurityJournal> _log;
    private readonly Task _writing;
    private long _dropped;

    /// <summary>Starts the writer.</summary>
    public SecurityJournal(NpgsqlDataSource source, Tenants tenants, TimeProvider time, ILogger<SecurityJournal> log)
    {
        (_source, _tenants, _time, _log) = (source, tenants, time, log);
        _writing = Task.Run(Write);
    }

    /// <summary>Events that found no room since the start: a flood of refusals while the database was away.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <inheritdoc />
    public async Task Add(string tenant, SecurityEvent happened, CancellationToken cancel = default)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_waiting.Writer.TryWrite(new(tenant, happened, _time.GetUtcNow(), stored)))
        {
            throw new UnavailableException("Too many security events wait to be stored.");
        }

        await stored.Task.WaitAsync(cancel);
    }

    /// <inheritdoc />
    public void Note(string tenant, SecurityEvent happened)
    {
        if (!_waiting.Writer.TryWrite(new(tenant, happened, _time.GetUtcNow(), null)) && Interlocked.Increment(ref _dropped) % MostWaiting == 1)
        {
            _log.LogError("Security events are lost, since more come than can be stored; the last is {Type} of {Tenant}.", happened.Type, tenant);
        }
    }

    /// <summary>Ends the writer once what waits is stored, or soon.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _stopping.CancelAfter(Rest * 5);
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task Write()
    {
        var group = new List<Waiting>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < MostAtOnce && _waiting.Reader.TryRead(out var next))
            {
                group.Add(next);
            }

            foreach (var tenant in group.GroupBy(waiting => waiting.Tenant))
            {
                await Store(tenant.Key, [.. tenant]);
            }
        }
    }

    // Whoever waits is told at once that it failed; what nobody waits for is kept until it is stored.
    private async Task Store(string tenant, List<Waiting> group)
    {
        while (group.Count > 0)
        {
            try
            {
                await Append(tenant, Together(group));
                group.ForEach(waiting => waiting.Stored?.TrySetResult());
                return;
            }
            catch (Exception fault)
            {
                foreach (var waiting in group)
                {
                    waiting.Stored?.TrySetException(new UnavailableException("What happened could not be noted.", fault));
                }

                group.RemoveAll(waiting => waiting.Stored is not null || !IsPassing(fault));
                if (!IsPassing(fault))
                {
                    _log.LogError(fault, "A security event of {Tenant} cannot be stored.", tenant);
                }

                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                await Task.Delay(Rest, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static List<(SecurityEvent Happened, DateTimeOffset At)> Together(List<Waiting> group) =>
    [
        .. group.GroupBy(waiting => waiting.Stored is not null ? (object)waiting : (waiting.Happened.Type, waiting.Happened.User, waiting.Happened.Remote, Detail(waiting.Happened)))
            .Select(same => (First: same.First(), Count: same.Count()))
            .Select(same => (same.Count == 1 ? same.First.Happened : same.First.Happened with
            {
                Detail = (same.First.Happened.Detail ?? new Dictionary<string, string>()).Append(new("times", $"{same.Count}")).ToDictionary(),
            }, same.First.At)),
    ];

    private async Task Append(string tenant, List<(SecurityEvent Happened, DateTimeOffset At)> events)
    {
        var key = tenant == ISecurityEvents.Nobody ? null : await _tenants.Key(tenant, CancellationToken.None);
        await using var connection = await _source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var (number, hash) = await Head(connection, tenant);
        var rows = new List<StoredEvent>();
        foreach (var (happened, at) in events)
        {
            var time = ChangeCodec.Micros(at);
            var box = key is null || happened.Remote is null ? null : Vault.Seal(key, Encoding.UTF8.GetBytes(happened.Remote), SecurityCodec.Place(tenant, happened.Type, time));
            var row = new StoredEvent(++number, time, happened.Type, happened.User, Detail(happened), box, []);
            rows.Add(row with { Hash = hash = SecurityCodec.Hash(hash, row) });
        }

        await using var store = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("""
                    INSERT INTO security_events (tenant_id, number, at, type, user_id, detail, sealed, hash) SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8)
                    """, Text(tenant), Column(rows.Select(row => row.Number), NpgsqlDbType.Bigint), Column(rows.Select(row => row.At), NpgsqlDbType.TimestampTz),
                    Column(rows.Select(row => row.Type), NpgsqlDbType.Text), Column(rows.Select(row => row.User), NpgsqlDbType.Text),
                    Column(rows.Select(row => row.Detail), NpgsqlDbType.Json), Column(rows.Select(row => row.Sealed), NpgsqlDbType.Bytea), Column(rows.Select(row => row.Hash), NpgsqlDbType.Bytea)),
                Command("UPDATE security_heads SET number = $2, hash = $3 WHERE tenant_id = $1", Text(tenant), Value(number), Value(hash)),
            },
        };
        await store.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    private static async Task<(long Number, byte[] Hash)> Head(NpgsqlConnection connection, string tenant)
    {
        await using var take = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Declare(tenant),
                Command("INSERT INTO security_heads (tenant_id, number, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING", Text(tenant), Value(SecurityCodec.Root(tenant))),
                Command("SELECT number, hash FROM security_heads WHERE tenant_id = $1 FOR UPDATE", Text(tenant)),
            },
        };
        await using var reader = await take.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
    }

    private static string Detail(SecurityEvent happened) => JsonSerializer.Serialize(happened.Detail ?? new Dictionary<string, string>());

    private sealed record Waiting(string Tenant, SecurityEvent Happened, DateTimeOffset At, TaskCompletionSource? Stored);
}
