using System.Collections.Concurrent;

namespace Crm.Engine;

/// <summary>Hosts places in this process. Same behaviour as the cluster, one node.</summary>
public sealed class EmbeddedPresence : IPresence, IDisposable
{
    private readonly ConcurrentDictionary<Address, Room> _rooms = new();
    private readonly ConcurrentDictionary<string, Action<Address>> _ears = new();
    private readonly TimeProvider _time;
    private readonly ITimer _sweep;
    private long _epoch;

    /// <summary>Starts with nobody anywhere.</summary>
    public EmbeddedPresence(TimeProvider time)
    {
        _time = time;
        _sweep = time.CreateTimer(static self => ((EmbeddedPresence)self!).Sweep(), this, PresenceTimes.Sweep, PresenceTimes.Sweep);
    }

    /// <summary>Places with somebody in them.</summary>
    public int Count => _rooms.Count;

    /// <inheritdoc />
    public Task<RoomNews> Beat(Address at, Beat beat)
    {
        while (true)
        {
            var room = _rooms.GetOrAdd(at, static (_, self) => new(self.NextEpoch(), self._time), this);
            lock (room)
            {
                if (!_rooms.TryGetValue(at, out var there) || there != room)
                {
                    continue; // It was forgotten while this waited.
                }

                var before = room.Version;
                var news = room.Beat(beat);
                if (room.Version != before)
                {
                    Tell(at, room, beat.Front);
                }

                if (room.IsEmpty)
                {
                    _rooms.TryRemove(at, out _);
                }

                return Task.FromResult(news);
            }
        }
    }

    /// <inheritdoc />
    public IDisposable Hear(string front, Action<Address> moved)
    {
        _ears[front] = moved;
        return new Ear(this, front);
    }

    /// <inheritdoc />
    public void Dispose() => _sweep.Dispose();

    private void Sweep()
    {
        // In an order of their own, which that of a dictionary is not: a seed replays a run.
        foreach (var (at, room) in _rooms.OrderBy(room => room.Value.Epoch))
        {
            lock (room)
            {
                if (room.Sweep())
                {
                    Tell(at, room, null);
                }

                if (room.IsEmpty)
                {
                    _rooms.TryRemove(new(at, room));
                }
            }
        }
    }

    private void Tell(Address at, Room room, string? butNot)
    {
        foreach (var front in room.Fronts)
        {
            if (front != butNot && _ears.TryGetValue(front, out var moved))
            {
                moved(at);
            }
        }
    }

    // Above every epoch that this place can have had before, in this process or in one that ran earlier.
    private long NextEpoch()
    {
        lock (_ears)
        {
            return _epoch = Math.Max(_epoch + 1, _time.GetUtcNow().Ticks);
        }
    }

    private sealed record Ear(EmbeddedPresence Presence, string Front) : IDisposable
    {
        public void Dispose() => Presence._ears.TryRemove(Front, out _);
    }
}
