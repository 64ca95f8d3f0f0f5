using System.Collections.Concurrent;
using System.Text.Json;

namespace Crm.Engine;

/// <summary>How many records this process keeps in memory.</summary>
/// <param name="Most">Above this the least recently used idle ones go, whatever their age.</param>
/// <param name="IdleAfter">An untouched record goes after this time.</param>
public sealed record EmbeddedOptions(int Most = 50_000, TimeSpan? IdleAfter = null)
{
    /// <summary>Ten minutes unless told otherwise.</summary>
    public TimeSpan Idle => IdleAfter ?? TimeSpan.FromMinutes(10);

    /// <summary>Makes what runs the turns of one record: one at a time, in the order in which they came.</summary>
    public Func<TaskScheduler> Mailbox { get; init; } = static () => new Mailbox();
}

/// <summary>Hosts records in this process: one turn at a time each. Same behaviour as the cluster, one node.</summary>
public sealed class EmbeddedRecords : IRecords, IDisposable
{
    private const int Attempts = 3;
    private readonly ConcurrentDictionary<Address, Seat> _seats = new();
    private readonly IKindRegistry _kinds;
    private readonly RecordServices _services;
    private readonly EmbeddedOptions _options;
    private readonly ITimer _sweep;
    private int _sweeping;

    /// <summary>Starts with no record in memory.</summary>
    public EmbeddedRecords(IKindRegistry kinds, RecordServices services, EmbeddedOptions? options = null)
    {
        (_kinds, _services, _options) = (kinds, services, options ?? new());
        var period = TimeSpan.FromTicks(Math.Max(_options.Idle.Ticks / 4, TimeSpan.TicksPerSecond));
        _sweep = services.Time.CreateTimer(_ => Sweep(), null, period, period);
    }

    /// <summary>Records in memory now.</summary>
    public int Count => _seats.Count;

    /// <inheritdoc />
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) =>
        Turn(at, NoRecord, record => record.Do(caller, commandId, verb, args));

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        Turn(at, NoRecord, record => record.Edit(caller, commandId, baseVersion, patch));

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => Turn(at, null, record => record.Read(caller, cancel));

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) =>
        Turn(at, null, record => record.Since(caller, version, limit, cancel));

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) =>
        Turn(at, null, record => record.History(caller, after, limit, cancel));

    /// <inheritdoc />
    public void Dispose() => _sweep.Dispose();

    private static Outcome NoRecord => Outcome.Rejected(0, new Problem("", "record.missing", "There is no such record."));

    private async Task<TResult> Turn<TResult>(Address at, TResult unknownKind, Func<IRecord, Task<TResult>> turn)
    {
        if (_kinds.Runtime(at.Kind) is not { } kind || !Address.IsId(at.Id))
        {
            return unknownKind;
        }

        for (var attempt = 1; ; attempt++)
        {
            var seat = Seated(at, kind);
            try
            {
                return await Mailbox.Run(seat.Mailbox, () => turn(seat.Record));
            }
            catch (Exception fault) when (fault is StaleException or UnavailableException && attempt < Attempts)
            {
                Leave(at, seat); // Forget, load again, and try the same command on what is there: its id makes that safe.
            }
            catch (StaleException fault)
            {
                Leave(at, seat);
                throw new UnavailableException($"{at.Ref} is being written elsewhere. Try again.", fault);
            }
            catch
            {
                Leave(at, seat);
                throw;
            }
        }
    }

    private Seat Seated(Address at, IKindRuntime kind)
    {
        while (true)
        {
            var seat = _seats.GetOrAdd(at, static (at, arg) => new Seat(arg.kind.Open(at, arg.self._services), arg.self._options.Mailbox()), (kind, self: this));
            if (!seat.Record.Broken)
            {
                seat.Touched = _services.Time.GetTimestamp();
                if (_seats.Count > _options.Most + (_options.Most / 10))
                {
                    Sweep();
                }

                return seat;
            }

            Leave(at, seat);
        }
    }

    private void Leave(Address at, Seat seat)
    {
        if (seat.Record.Broken)
        {
            _seats.TryRemove(new(at, seat));
        }
    }

    // A record that is dropped while a turn is about to begin is no harm: the version fence tells the two copies apart.
    private void Sweep()
    {
        if (Interlocked.Exchange(ref _sweeping, 1) == 1)
        {
            return;
        }

        try
        {
            var idle = _seats.Where(seat => seat.Value.Record.Idle).OrderBy(seat => seat.Value.Touched).ToList();
            var tooMany = _seats.Count - _options.Most;
            foreach (var seat in idle)
            {
                if (tooMany-- <= 0 && _services.Time.GetElapsedTime(seat.Value.Touched) < _options.Idle)
                {
                    return;
                }

                _seats.TryRemove(seat);
            }
        }
        finally
        {
            Interlocked.Exchange(ref _sweeping, 0);
        }
    }

    private sealed class Seat(IRecord record, TaskScheduler mailbox)
    {
        public IRecord Record { get; } = record;

        public TaskScheduler Mailbox { get; } = mailbox;

        public long Touched { get; set; }
    }
}
