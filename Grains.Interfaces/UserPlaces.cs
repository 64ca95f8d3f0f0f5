namespace Crm;

/// <summary>What one front end has open of one user.</summary>
/// <param name="FrontEnd">Names one run of a front end, and no other one ever.</param>
/// <param name="Number">Grows with every message of that front end: one that was overtaken changes nothing.</param>
/// <param name="Sessions">Open connections by session, each at least 1; empty when none is open any more.</param>
/// <param name="Most">It asks for one more: refuse it where all front ends together would have more than this. Null says what is open already.</param>
public sealed record Holding(string FrontEnd, long Number, IReadOnlyDictionary<string, int> Sessions, int? Most);

/// <summary>What is open of a user over all front ends, after a <see cref="Holding"/>.</summary>
/// <param name="Granted">False: there were too many already, and nothing has changed.</param>
public sealed record Held(bool Granted, int Connections, int Sessions);

/// <summary>
/// Where the connections of each user are counted, wherever they are open. What a front end says holds for <see cref="Life"/>: it says it again every
/// <see cref="Renewal"/>, and after its death what it had open counts no more.
/// </summary>
/// <remarks>Nothing is stored. A place that was lost with its silo knows after one renewal what it knew before, and lets in too many until then.</remarks>
/// <exception cref="UnavailableException">The place cannot be reached now.</exception>
public interface IUserPlaces
{
    /// <summary>How long a message counts.</summary>
    static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    /// <summary>How often it is repeated: two may be lost.</summary>
    static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);

    /// <summary>Says what a front end has open of a user, in place of what it said before.</summary>
    Task<Held> Hold(string tenant, string user, Holding holding);
}
