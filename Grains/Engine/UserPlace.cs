namespace Crm.Engine;

/// <summary>The one place where a user's connections are counted. Its host lets one call in at a time.</summary>
/// <remarks>What the user may do and which of his sessions have ended is not here: his record says it, and whoever holds connections open hears of that.</remarks>
public sealed class UserPlace(TimeProvider time)
{
    private readonly Dictionary<string, Lease> _leases = [];

    /// <summary>Whether nothing is open, and nobody may still send what was overtaken.</summary>
    public bool IsEmpty
    {
        get
        {
            Expire();
            return _leases.Count == 0;
        }
    }

    /// <inheritdoc cref="IUserPlaces.Hold"/>
    public Held Hold(Holding holding)
    {
        Expire();
        var before = _leases.GetValueOrDefault(holding.FrontEnd);
        if (before?.Number > holding.Number)
        {
            return Answer(granted: true); // What came before it counts its connection in.
        }

        var others = _leases.Where(lease => lease.Key != holding.FrontEnd).Sum(static lease => lease.Value.Connections);
        if (others + holding.Sessions.Values.Sum() > holding.Most)
        {
            return Answer(granted: false);
        }

        _leases[holding.FrontEnd] = new(holding.Number, holding.Sessions, time.GetTimestamp());
        return Answer(granted: true);
    }

    private Held Answer(bool granted) => new(
        granted, _leases.Values.Sum(static lease => lease.Connections), _leases.Values.SelectMany(static lease => lease.Sessions.Keys).Distinct().Count());

    private void Expire()
    {
        foreach (var (frontEnd, lease) in _leases)
        {
            if (time.GetElapsedTime(lease.Said) >= IUserPlaces.Life)
            {
                _leases.Remove(frontEnd);
            }
        }
    }

    private sealed record Lease(long Number, IReadOnlyDictionary<string, int> Sessions, long Said)
    {
        public int Connections => Sessions.Values.Sum();
    }
}
