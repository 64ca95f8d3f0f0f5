using System.Collections.Concurrent;
using Crm.Engine;
using Microsoft.Extensions.Logging;

namespace Crm.Cluster;

/// <summary>A silo's end of the feed: whoever holds a lease hears of the records that live here, wherever he is.</summary>
/// <remarks>
/// Each listener has a bounded queue and one message under way. What does not fit, or is not acknowledged in time, is lost to him: he compares heads.
/// Nothing is stored and no silo is in between, so that a silo's death costs only nudges of its own.
/// </remarks>
/// <param name="here">Hears of them too: this process's own listeners.</param>
public sealed class SiloFeed(EmbeddedFeed here, TimeProvider time, ILogger<SiloFeed> log) : INudges
{
    private const int MostWaiting = 8_192;
    private const int MostInMessage = 256;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<IFeedObserver, Listener> _listeners = new();

    /// <summary>Those with a lease, living or not.</summary>
    public int Listeners => _listeners.Count;

    /// <inheritdoc />
    public void Nudge(Nudge nudge)
    {
        here.Nudge(nudge);
        byte[]? bytes = null;
        foreach (var listener in _listeners.Values)
        {
            if (Array.Exists(listener.Interests, interest => interest.Covers(nudge.At)) && listener.Add(bytes ??= Wire.Encode(nudge)))
            {
                _ = Tell(listener);
            }
        }
    }

    /// <summary>Begins or renews a lease.</summary>
    public void Hear(IFeedObserver observer, Interest[] interests)
    {
        var listener = _listeners.GetOrAdd(observer, static observer => new(observer));
        (listener.Interests, listener.Renewed) = (interests, time.GetTimestamp());
        foreach (var other in _listeners.Where(other => time.GetElapsedTime(other.Value.Renewed) > Leases.Life))
        {
            _listeners.TryRemove(other);
        }
    }

    /// <summary>Ends a lease.</summary>
    public void Leave(IFeedObserver observer) => _listeners.TryRemove(observer, out _);

    private async Task Tell(Listener listener)
    {
        while (listener.Next(MostInMessage) is { Length: > 0 } nudges)
        {
            try
            {
                await listener.Observer.Heard(nudges).WaitAsync(AnswerWithin, time);
            }
            catch (Exception fault)
            {
                log.LogDebug("{Count} nudges did not reach a listener: {Fault}", nudges.Length, fault.GetType().Name);
            }
        }
    }

    private sealed class Listener(IFeedObserver observer)
    {
        private readonly Lock _gate = new();
        private readonly Queue<byte[]> _waiting = [];
        private bool _telling;

        public IFeedObserver Observer { get; } = observer;

        public Interest[] Interests { get; set; } = [];

        public long Renewed { get; set; }

        // True for whom has to tell.
        public bool Add(byte[] nudge)
        {
            lock (_gate)
            {
                if (_waiting.Count == MostWaiting)
                {
                    _waiting.Dequeue();
                }

                _waiting.Enqueue(nudge);
                return !_telling && (_telling = true);
            }
        }

        public byte[][] Next(int most)
        {
            lock (_gate)
            {
                var next = new byte[Math.Min(most, _waiting.Count)][];
                for (var i = 0; i < next.Length; i++)
                {
                    next[i] = _waiting.Dequeue();
                }

                _telling = next.Length > 0;
                return next;
            }
        }
    }
}
