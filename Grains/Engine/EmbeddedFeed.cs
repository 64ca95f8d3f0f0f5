using System.Collections.Immutable;

namespace Crm.Engine;

/// <summary>Nudges inside one process: the callers' callbacks run on the record's own turn, so they must be quick.</summary>
public sealed class EmbeddedFeed : IFeed, INudges
{
    private ImmutableArray<Hearer> _hearers = [];

    /// <inheritdoc />
    public IDisposable Subscribe(string? tenant, Action<Nudge> heard)
    {
        var hearer = new Hearer(this, tenant, heard);
        ImmutableInterlocked.Update(ref _hearers, hearers => hearers.Add(hearer));
        return hearer;
    }

    /// <inheritdoc />
    public void Nudge(Nudge nudge)
    {
        foreach (var hearer in _hearers)
        {
            if (hearer.Tenant is null || hearer.Tenant == nudge.At.Tenant)
            {
                try
                {
                    hearer.Heard(nudge);
                }
                catch (Exception)
                {
                    hearer.Dispose(); // A hearer that throws hears no more; the comparison of heads tells it what it missed.
                }
            }
        }
    }

    private sealed record Hearer(EmbeddedFeed Feed, string? Tenant, Action<Nudge> Heard) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref Feed._hearers, static (hearers, hearer) => hearers.Remove(hearer, ReferenceEqualityComparer.Instance), this);
    }
}
