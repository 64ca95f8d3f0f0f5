using System.Collections.Concurrent;
using Crm.Engine;
using Microsoft.Extensions.Logging;

namespace Crm.Cluster;

/// <summary>A silo's end of the feed: whoever holds a lease hears of the records that live here, wherever he is.</summary>
/// <remarks>
/// Each listener has a bounded queue and one message under way. What does not fit, or is not acknowledged in time, is lost to him: he compares heads.
/// Nothing is stored and no silo is in between, so that a silo's death costs only nudges of its own.
/// </remarks>
public sealed class SiloFeed : INudges, IDisposable
{
    private const int MostWaiting = 8_192;
    private const int MostInMessage = 256;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Worth = TimeSpan.FromMilliseconds(5);
    private readonly ConcurrentDictionary<IFeedObserver, Listener> _listeners = new();
    private readonly EmbeddedFeed _here;
    private readonly IBacklog _journal;
    private readonly Func<string> _itself;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private bool _behind;

    /// <summary>Starts with nobody who hears.</summary>
    /// <param name="here">Hears of this silo's records too: this process's own listeners.</param>
    /// <param name="journal">Listeners are told how far behind it is.</param>
    /// <param name="itself">The key of this silo, once it has started.</param>
    public SiloFeed(EmbeddedFeed here, IBacklog journal, Func<string> itself, TimeProvider time, ILogger<SiloFeed> log)
    {
        (_here, _journal, _itself, _time, _log) = (here, journal, itself, time, log);
        _timer = time.CreateTimer(static self => ((SiloFeed)self!).SayBehind(), this, Leases.BehindEvery, Leases.BehindEvery);
    }

    /// <summary>Those with a lease, living or not.</summary>
    public int Listeners => _listeners.Count;

    /// <inheritdoc />
    public void Nudge(Nudge nudge)
    {
        _here.Nudge(nudge);
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
        (listener.Interests, listener.Renewed) = (interests, _time.GetTimestamp());
        foreach (var other in _listeners.Where(other => _time.GetElapsedTime(other.Value.Renewed) > Leases.Life))
        {
            _listeners.TryRemove(other);
        }
    }

    /// <summary>Ends a lease.</summary>
    public void Leave(IFeedObserver observer) => _listeners.TryRemove(observer, out _);

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    // Nothing is said while nothing waits; the last word is that nothing does.
    private void SayBehind()
    {
        var oldest = _journal.Oldest;
        var behind = oldest >= Worth;
        if (!behind && !_behind)
        {
            return;
        }

        _behind = behind;
        var silo = _itself();
        foreach (var listener in _listeners.Values)
        {
            _ = listener.Observer.Behind(silo, behind ? oldest : TimeSpan.Zero);
        }
    }

    private async Task Tell(Listener listener)
    {
        while (listener.Next(MostInMessage) is { Length: > 0 } nudges)
        {
            try
            {
                await listener.Observer.Heard(nudges).WaitAsync(AnswerWithin, _time);
            }
            catch (Exception fault)
            {
                _log.LogDebug("{Count} nudges did not reach a listener: {Fault}", nudges.Length, fault.GetType().Name);
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
