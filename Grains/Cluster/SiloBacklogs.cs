using System.Collections.Concurrent;

namespace Crm.Cluster;

/// <summary>How long a call must expect to wait at the silos: what each of them last said of its journal, on average over those that serve.</summary>
/// <remarks>
/// Records are spread evenly, so one silo of many that is behind keeps few calls waiting and should shut the door to few. What is said holds for
/// <see cref="Leases.Behind"/>: nothing older decides, and a silo that died is forgotten.
/// </remarks>
public sealed class SiloBacklogs(TimeProvider time) : IBacklog
{
    // Nobody waits longer at a silo: it answers by then.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, (TimeSpan Oldest, long At)> _said = new();
    private int _silos;

    /// <inheritdoc />
    public TimeSpan Oldest
    {
        get
        {
            var (sum, behind) = (TimeSpan.Zero, 0);
            foreach (var (silo, (oldest, at)) in _said)
            {
                if (time.GetElapsedTime(at) < Leases.Behind)
                {
                    (sum, behind) = (sum + oldest, behind + 1);
                }
                else
                {
                    _said.TryRemove(new(silo, (oldest, at)));
                }
            }

            return behind == 0 ? TimeSpan.Zero : sum / Math.Max(behind, Volatile.Read(ref _silos));
        }
    }

    /// <summary>A silo is behind by so much now.</summary>
    public void Say(string silo, TimeSpan oldest)
    {
        if (oldest > TimeSpan.Zero)
        {
            _said[silo] = (oldest < Most ? oldest : Most, time.GetTimestamp());
        }
        else
        {
            _said.TryRemove(silo, out _);
        }
    }

    /// <summary>So many silos serve now.</summary>
    public void Count(int silos) => Volatile.Write(ref _silos, silos);
}
