namespace Crm.Engine;

/// <summary>A record that resembles a text.</summary>
/// <param name="Likeness">0 to 1: how much of the text, in pieces of three letters, is found in the record. 1 means all of it.</param>
public sealed record Resembling(string Id, double Likeness);

/// <summary>Finds records for the product itself, past permissions: whatever leads to an answer for a user goes through <see cref="IRecords"/> or <see cref="ILists"/>.</summary>
public interface ILookup
{
    /// <summary>Most keys of one question.</summary>
    const int MostKeys = 500;

    /// <summary>For each identity key (<c>IKind.Keys</c>) the ids of the records that hold it now, deleted ones left out, in order; a key that nobody holds is left out.</summary>
    /// <param name="keys">At most <see cref="MostKeys"/>.</param>
    Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ByKeys(string tenant, string kind, IReadOnlyCollection<string> keys, CancellationToken cancel = default);

    /// <summary>Records whose searched fields resemble a text, such as a name with a company; the most alike first.</summary>
    /// <param name="limit">1 to 100.</param>
    Task<IReadOnlyList<Resembling>> Similar(string tenant, string kind, string text, int limit, CancellationToken cancel = default);
}
