using Orleans;

namespace Crm.Cluster;

/// <summary>The one place in the cluster that knows who is at a record, or in a tenant's hall. Its key is the place's <see cref="Address"/>.</summary>
[Alias("crm.presence")]
public interface IPresenceGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="IPresence.Beat"/>
    /// <param name="beat">What the front end says.</param>
    /// <param name="ear">Who is told when the place moves, for as long as the front end's lease holds.</param>
    [Alias("beat")]
    Task<RoomNews> Beat(Beat beat, IPresenceObserver ear);
}

/// <summary>A front end that sits at places.</summary>
[Alias("crm.presence.ear")]
public interface IPresenceObserver : IGrainObserver
{
    /// <summary>Says that a place has moved: time for a beat. The next call waits for the answer to this one.</summary>
    /// <param name="place">The place's key.</param>
    [Alias("moved")]
    Task Moved(string place);
}
