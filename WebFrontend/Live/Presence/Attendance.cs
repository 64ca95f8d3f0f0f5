using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Who of this front end's connections is where: tells the places, and tells the connections what the places say.</summary>
internal sealed class Attendance : IDisposable
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(0.5);
    private readonly ConcurrentDictionary<Address, Seat> _seats = new();
    private readonly IPresence _presence;
    private readonly Relay _relay;
    private readonly Flusher _flusher;
    private readonly LiveOptions _options;
    private readonly TimeProvider _time;
    private readonly Pool _pool;
    private readonly ILogger _log;
    private readonly string _front;
    private readonly IDisposable _ear;
    private readonly ConcurrentDictionary<string, bool> _unreachable = new();
    private long _numbers;
    private long _beats;

    public Attendance(IPresence presence, Relay relay, Flusher flusher, LiveOptions options, TimeProvider time, Pool pool, FrontName front, ILogger<Attendance> log)
    {
        (_presence, _relay, _flusher, _options, _time, _pool, _front, _log) = (presence, relay, flusher, options, time, pool, front.Value, log);
        _ear = presence.Hear(_front, Moved);
        relay.Greeting = Greet;
    }

    /// <summary>The places where this front end sits, in the order in which it sat down.</summary>
    public IEnumerable<Seat> Seats => _seats.Values.OrderBy(seat => seat.Number);

    /// <summary>A connection is at a place, or does something else there.</summary>
    public void Set(Address at, string connection, Func<Stay?, Stay> change)
    {
        while (true)
        {
            var seat = Seated(at);
            if (seat.Set(connection, change))
            {
                Start(seat);
                return;
            }

            _seats.TryRemove(new(at, seat));
        }
    }

    /// <summary>A connection has left a place.</summary>
    public void Remove(Address at, string connection)
    {
        if (_seats.TryGetValue(at, out var seat) && seat.Remove(connection))
        {
            Start(seat);
        }
    }

    /// <summary>Those who look at a place may be shown others than before.</summary>
    public void Look(Address at)
    {
        if (_seats.TryGetValue(at, out var seat))
        {
            Tell(seat);
        }
    }

    /// <summary>What a connection is said to do there; null when it is not there.</summary>
    public Stay? Find(Address at, string connection) => _seats.GetValueOrDefault(at)?.Find(connection);

    /// <summary>Wishes for a claim, after all that was said before.</summary>
    /// <exception cref="UnavailableException">The place cannot be reached now.</exception>
    public Task<Claim?> Wish(Address at, ClaimAsk ask)
    {
        var seat = Seated(at);
        var answer = seat.Wish(ask);
        Start(seat);
        return answer;
    }

    /// <summary>Who is in a hall, for a connection from now on.</summary>
    public void Follow(Address hall, string connection, HallGlance glance, LiveConnection to)
    {
        var seat = Seated(hall);
        seat.Onlookers[connection] = glance;
        Offer(to, glance);
        Start(seat);
        _flusher.FlushLater();
    }

    /// <summary>The seat in a place, taken if there was none.</summary>
    public Seat Seated(Address at) => _seats.GetOrAdd(at, static (at, self) => new(
        at, self._front, Interlocked.Increment(ref self._numbers), () => Interlocked.Increment(ref self._beats), self._options, self._time), this);

    /// <summary>Renews every lease, lets go of what is over, and offers again what was shed.</summary>
    public void Beat()
    {
        foreach (var seat in Seats)
        {
            if (seat.Forget())
            {
                Tell(seat);
            }

            if (seat.Retire(() => IsNeeded(seat.At)))
            {
                _seats.TryRemove(new(seat.At, seat));
            }

            seat.Due();
            Start(seat);
            _relay.Find(seat.At)?.OfferShed();
        }

        _flusher.Flush();
    }

    /// <inheritdoc />
    public void Dispose() => _ear.Dispose();

    // The place of a record where somebody is who came through another front end, while somebody here looks at it.
    private bool IsNeeded(Address at) => !Hall.Is(at) && _relay.Find(at) is not null
        && _seats.GetValueOrDefault(Hall.Of(at.Tenant)) is { } hall && hall.Now.Refs.Contains(at.Ref);

    private void Moved(Address at)
    {
        if (_seats.TryGetValue(at, out var seat))
        {
            seat.Due();
            Start(seat);
        }
    }

    private void Greet(Watch watch)
    {
        if (_seats.TryGetValue(watch.At, out var seat))
        {
            Tell(seat); // Paced: of many who come at once none is told alone.
        }
        else if (IsNeeded(watch.At))
        {
            Start(Seated(watch.At));
        }
    }

    private void Start(Seat seat) => _pool.Queue(static state => _ = state.self.Pump(state.seat), (self: this, seat));

    private async Task Pump(Seat seat)
    {
        while (true)
        {
            // Where a crowd moves, what is said within a part of the time after which others are told anyway goes with one message.
            if (seat.Rest(Pace(seat.Now.People.Count) / 4) is { Ticks: > 0 } rest)
            {
                Wake(seat, rest);
                return;
            }

            if (seat.Next() is not { } beat)
            {
                return;
            }

            try
            {
                if (seat.Take(await _presence.Beat(seat.At, beat)))
                {
                    Tell(seat);
                }

                _unreachable.TryRemove(seat.At.Tenant, out _);
            }
            catch (Exception fault)
            {
                seat.Failed(fault is UnavailableException ? fault : new UnavailableException("The place cannot be reached now.", fault));
                if (_unreachable.TryAdd(seat.At.Tenant, true))
                {
                    _log.LogWarning("Presence cannot be reached ({Fault}); it is tried again until it can.", fault.GetType().Name);
                }

                Wake(seat, TryAgainAfter); // Sooner than the next beat: a place that moved should hear of everybody before the first of them is missed.
                return;
            }
        }
    }

    // Pumps once after a while, however often it is asked meanwhile.
    private void Wake(Seat seat, TimeSpan after)
    {
        if (seat.Doze())
        {
            Later(after, () =>
            {
                seat.Awake();
                if (_seats.GetValueOrDefault(seat.At) == seat)
                {
                    Start(seat);
                }
            });
        }
    }

    private void Later(TimeSpan wait, Action what)
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ =>
            {
                timer?.Dispose();
                what();
            }, null, wait, Timeout.InfiniteTimeSpan);
    }

    // At once after a rest; while everybody moves, once in a time that grows with their number.
    private void Tell(Seat seat)
    {
        TimeSpan wait;
        lock (seat)
        {
            var (at, armed) = seat.Telling;
            if (armed)
            {
                return;
            }

            var pace = Pace(seat.Now.People.Count);
            wait = at == 0 ? TimeSpan.Zero : pace - _time.GetElapsedTime(at);
            seat.Telling = (wait > TimeSpan.Zero ? at : _time.GetTimestamp(), wait > TimeSpan.Zero);
        }

        if (wait <= TimeSpan.Zero)
        {
            Deliver(seat);
            return;
        }

        Later(wait, () =>
        {
            lock (seat)
            {
                seat.Telling = (_time.GetTimestamp(), false);
            }

            Deliver(seat);
        });
    }

    private static TimeSpan Pace(int people) => TimeSpan.FromMilliseconds(Math.Clamp(people * 2, 40, 1_000));

    private void Deliver(Seat seat)
    {
        if (_seats.GetValueOrDefault(seat.At) != seat)
        {
            return; // It was given up, and another one has taken its place: what that one knows is newer.
        }

        try
        {
            _relay.Find(seat.At)?.Look(seat);
            foreach (var (_, glance) in seat.Onlookers.OrderBy(onlooker => onlooker.Key, StringComparer.Ordinal))
            {
                Offer(glance.Connection, glance);
            }

            if (Hall.Is(seat.At))
            {
                Join(seat.Now.Refs.Order(StringComparer.Ordinal), seat.At.Tenant);
            }

            _flusher.Flush();
        }
        catch (Exception fault)
        {
            _log.LogError(fault, "Who is at {Place} could not be told.", seat.At);
        }
    }

    // Records that somebody here looks at, and in which somebody is elsewhere.
    private void Join(IEnumerable<string> refs, string tenant)
    {
        foreach (var reference in refs)
        {
            if (Address.FromRef(tenant, reference) is { } at && !_seats.ContainsKey(at) && _relay.Find(at) is not null)
            {
                Start(Seated(at));
            }
        }
    }

    private static void Offer(LiveConnection connection, Glance glance)
    {
        connection.Outbox.Push(glance);
        connection.Touch();
    }
}
