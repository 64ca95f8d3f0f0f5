using Orleans;

namespace Crm.Cluster;

/// <summary>The one place in the cluster where a user's connections are counted. Its key is the <see cref="Address"/> of the user's record.</summary>
[Alias("crm.user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="IUserPlaces.Hold"/>
    [Alias("hold")]
    Task<Held> Hold(Holding holding);
}
