namespace Crm;

/// <summary>Says that a record moved. It may be lost, late, doubled or out of order: whoever must be sure compares versions.</summary>
/// <param name="Change">What happened, complete; reduce it before it leaves the server.</param>
/// <param name="After">The record once the change holds, complete; reduce it before it leaves the server.</param>
public sealed record Nudge(Address At, Change Change, RecordView After)
{
    /// <summary>When its commit was known to hold, by the clock of the node that made it; default where that is not known. For measurements alone.</summary>
    public DateTimeOffset Committed { get; init; }

    /// <summary>The trace that the change was made in, as a W3C traceparent; null when nobody traces it.</summary>
    public string? Trace { get; init; }
}

/// <summary>Who hears what moved in a tenant.</summary>
public interface IFeed
{
    /// <summary>Hears every nudge of one tenant until disposed. The callback must not block and must not throw.</summary>
    /// <param name="tenant">A tenant, or null for all: for workers of this process, never for connections.</param>
    IDisposable Subscribe(string? tenant, Action<Nudge> heard);

    /// <summary>The same for one kind of record alone. Where nudges come from other nodes, the rest is not sent at all.</summary>
    IDisposable Subscribe(string? tenant, string kind, Action<Nudge> heard) => Subscribe(tenant, nudge =>
    {
        if (nudge.At.Kind == kind)
        {
            heard(nudge);
        }
    });
}

/// <summary>Where hosts say that a record moved. Never throws, never waits.</summary>
public interface INudges
{
    /// <summary>Called once per committed change, in the order of the record's versions.</summary>
    void Nudge(Nudge nudge);
}
