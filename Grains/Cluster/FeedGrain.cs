using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Crm.Cluster;

/// <summary>The door of a silo's <see cref="SiloFeed"/>.</summary>
[Reentrant, GrainType("feed"), OnItsSilo]
public sealed class FeedGrain(SiloFeed feed, ISiloStatusOracle silos) : Grain, IFeedGrain
{
    /// <inheritdoc />
    public Task<string[]> Silos() => Task.FromResult(silos.GetActiveSilos().Select(silo => silo.ToParsableString()).ToArray());

    /// <inheritdoc />
    public Task Hear(IFeedObserver observer, Interest[] interests)
    {
        feed.Hear(observer, interests);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Say(byte[] nudge)
    {
        feed.Nudge(Wire.Decode(nudge));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task Leave(IFeedObserver observer)
    {
        feed.Leave(observer);
        return Task.CompletedTask;
    }
}

/// <summary>On the silo that the key names.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OnItsSiloAttribute() : PlacementAttribute(new OnItsSilo());

/// <inheritdoc cref="OnItsSiloAttribute"/>
[GenerateSerializer, Immutable, Alias("crm.onitssilo")]
public sealed class OnItsSilo : PlacementStrategy;

/// <summary>Finds the silo that a key names.</summary>
public sealed class OnItsSiloDirector : IPlacementDirector
{
    /// <inheritdoc />
    /// <exception cref="SiloUnavailableException">That silo does not serve now.</exception>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString();
        var silos = context.GetCompatibleSilos(target);
        return key == IFeedGrain.Any
            ? Task.FromResult(silos[0])
            : Array.Find(silos, silo => silo.ToParsableString() == key) is { } itself
                ? Task.FromResult(itself)
                : Task.FromException<SiloAddress>(new SiloUnavailableException($"{key} does not serve now."));
    }
}
