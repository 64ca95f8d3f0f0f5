using Orleans;
using Orleans.Concurrency;

namespace Crm.Cluster;

/// <summary>One silo's door for those who want to hear of its records. Its key is the silo's address, which is also where it lives; or <see cref="Any"/>.</summary>
[Alias("crm.feed")]
public interface IFeedGrain : IGrainWithStringKey
{
    /// <summary>The key of one that lives anywhere: to ask for the others.</summary>
    const string Any = "any";

    /// <summary>The silos that serve now, as keys.</summary>
    [Alias("silos")]
    Task<string[]> Silos();

    /// <summary>The observer hears of this silo's records until <see cref="Leases.Life"/> after the last call; what it wants replaces what it wanted.</summary>
    [Alias("hear")]
    Task Hear(IFeedObserver observer, Interest[] interests);

    /// <summary>Says something to whoever hears this silo, as if it had happened here.</summary>
    /// <param name="nudge">As <see cref="Wire.Encode"/> writes it.</param>
    [Alias("say"), OneWay]
    Task Say([Immutable] byte[] nudge);

    /// <summary>The observer hears no more.</summary>
    [Alias("leave"), OneWay]
    Task Leave(IFeedObserver observer);
}

/// <summary>A front end, or a silo's worker, that hears of records which moved elsewhere.</summary>
[Alias("crm.ear")]
public interface IFeedObserver : IGrainObserver
{
    /// <summary>Says that records moved. The next call waits for the answer to this one, so whoever is slow is told more at once.</summary>
    /// <param name="nudges">Each as <see cref="Wire.Encode"/> writes it, once for all who hear it.</param>
    [Alias("heard")]
    Task Heard([Immutable] byte[][] nudges);

    /// <summary>Says how far behind a silo is with what it writes, again and again while it is. May be lost: what was said holds for <see cref="Leases.Behind"/>.</summary>
    /// <param name="silo">Its key.</param>
    /// <param name="oldest">As <see cref="IBacklog.Oldest"/>; zero once nothing waits any more.</param>
    [Alias("behind"), OneWay]
    Task Behind(string silo, TimeSpan oldest);
}

/// <summary>Which nudges somebody wants.</summary>
/// <param name="Tenant">Null for all tenants.</param>
/// <param name="Kind">Null for all kinds.</param>
public sealed record Interest(string? Tenant, string? Kind)
{
    /// <summary>Whether a record is among them.</summary>
    public bool Covers(Address at) => (Tenant is null || Tenant == at.Tenant) && (Kind is null || Kind == at.Kind);
}

/// <summary>For how long a silo remembers who hears, and what it said is believed.</summary>
public static class Leases
{
    /// <summary>A lease that is not renewed ends after this time: long enough for a pause, short enough for a front end that died.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(6);

    /// <summary>How often it is renewed, and how late a new silo is found at most.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(1);

    /// <summary>A silo of whose backlog nothing was heard for this long is not behind, or is gone: what it keeps from nobody must keep nobody out.</summary>
    public static readonly TimeSpan Behind = TimeSpan.FromSeconds(0.5);

    /// <summary>How often a silo that is behind says so.</summary>
    public static readonly TimeSpan BehindEvery = TimeSpan.FromSeconds(0.05);
}
