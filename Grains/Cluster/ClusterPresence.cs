using Orleans;
using Orleans.Runtime;

namespace Crm.Cluster;

/// <summary>A front end's way to the places of the cluster. Its one observer hears which of them moved.</summary>
public sealed class ClusterPresence(IGrainFactory grains, TimeProvider time) : IPresence
{
    // A place that moved is asked again before those who were there before are forgotten; a message that was overtaken is void by its number.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1.5);
    private readonly Ear _ear = new(); // Orleans holds it weakly: it lives as long as this does.
    private readonly Lock _gate = new();
    private IPresenceObserver? _observer;

    /// <inheritdoc />
    public async Task<RoomNews> Beat(Address at, Beat beat)
    {
        try
        {
            return await grains.GetGrain<IPresenceGrain>(at.ToString()).Beat(beat, Observer()).WaitAsync(AnswerWithin, time);
        }
        catch (Exception fault) when (fault is OrleansException or TimeoutException or OperationCanceledException or ArgumentException || Patience.IsOfAnotherVersion(fault))
        {
            // Of these ArgumentException: no silo has such a place, all are older than this front end.
            throw new UnavailableException($"{at.Ref} cannot be reached now.", fault);
        }
    }

    /// <inheritdoc />
    public IDisposable Hear(string front, Action<Address> moved)
    {
        _ear.Heard = moved;
        return new Deaf(_ear);
    }

    // Not before the first beat: then the client of the cluster has started. It ends with that client.
    private IPresenceObserver Observer()
    {
        lock (_gate)
        {
            return _observer ??= grains.CreateObjectReference<IPresenceObserver>(_ear);
        }
    }

    private sealed class Ear : IPresenceObserver
    {
        public Action<Address>? Heard { get; set; }

        public Task Moved(string place)
        {
            Heard?.Invoke(Address.Parse(place));
            return Task.CompletedTask;
        }
    }

    private sealed class Deaf(Ear ear) : IDisposable
    {
        public void Dispose() => ear.Heard = null;
    }
}
