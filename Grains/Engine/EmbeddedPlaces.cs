namespace Crm.Engine;

/// <summary>The users' places where there is one process.</summary>
public sealed class EmbeddedPlaces(TimeProvider time) : IUserPlaces
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Tenant, string User), UserPlace> _places = [];
    private long _swept = time.GetTimestamp();

    /// <summary>Places in memory now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _places.Count;
            }
        }
    }

    /// <inheritdoc />
    public Task<Held> Hold(string tenant, string user, Holding holding)
    {
        lock (_gate)
        {
            Sweep();
            if (!_places.TryGetValue((tenant, user), out var place))
            {
                _places[(tenant, user)] = place = new(time);
            }

            return Task.FromResult(place.Hold(holding));
        }
    }

    private void Sweep()
    {
        if (time.GetElapsedTime(_swept) < IUserPlaces.Life)
        {
            return;
        }

        _swept = time.GetTimestamp();
        foreach (var (user, place) in _places)
        {
            if (place.IsEmpty)
            {
                _places.Remove(user);
            }
        }
    }
}
