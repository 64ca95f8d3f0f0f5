using Crm.Engine;
using Orleans;
using Orleans.Runtime;

namespace Crm.Cluster;

/// <summary>A user's place in the cluster. All that it knows is the engine's <see cref="UserPlace"/>.</summary>
[GrainType("user")]
public sealed class UserGrain(RecordServices services) : Grain, IUserGrain
{
    private readonly UserPlace _place = new(services.Time);

    /// <inheritdoc />
    public Task<Held> Hold(Holding holding) => Task.FromResult(_place.Hold(holding));
}

/// <summary>The users' places, wherever in the cluster each is.</summary>
public sealed class ClusterPlaces(IGrainFactory grains) : IUserPlaces
{
    private const string Users = "users";

    /// <inheritdoc />
    public async Task<Held> Hold(string tenant, string user, Holding holding)
    {
        try
        {
            return await grains.GetGrain<IUserGrain>(new Address(tenant, Users, user).ToString()).Hold(holding);
        }
        catch (Exception fault) when (fault is OrleansException or TimeoutException or ArgumentException || Patience.IsOfAnotherVersion(fault))
        {
            // Of these ArgumentException: no silo has such a place, all are older than this front end.
            throw new UnavailableException($"The place of {Users}/{user} cannot be reached now.", fault);
        }
    }
}
