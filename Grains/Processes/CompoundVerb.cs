using System.Text.Json;

namespace Crm.Engine;

/// <summary>
/// A verb that spans records. It first writes what shall happen as a record of its own, and then does it step by step under command ids that follow
/// from that record; an <see cref="ICourse"/> hears the same record from the outbox and takes the same steps, so a crash in the middle is completed.
/// </summary>
public interface ICompoundVerb
{
    /// <summary>The kind whose <see cref="KindInfo.Verbs"/> list it.</summary>
    string Kind { get; }

    /// <summary>As in the path.</summary>
    string Name { get; }

    /// <summary>Does it for a caller who holds the verb's permission. The records that it names are checked here.</summary>
    /// <param name="records">The host itself: the inner verbs are open on it.</param>
    Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records);
}

/// <summary>
/// The door to the records for all who are not the product itself, hub and REST alike: it takes the verbs that span records to where they are done, and
/// refuses inner verbs as if they did not exist. What no journal keeps it refuses before any record hears of it.
/// </summary>
public sealed class RecordsDoor(IRecords records, ICatalog catalog, IEnumerable<ICompoundVerb> compound) : IRecords
{
    private static readonly string[] BuiltIn = ["delete", "restore", "undo"];
    private readonly Dictionary<(string Kind, string Verb), ICompoundVerb> _compound = compound.ToDictionary(verb => (verb.Kind, verb.Name));

    /// <inheritdoc />
    public async Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args)
    {
        if (Storable.Check(args) is { } unstorable)
        {
            return Outcome.Rejected(0, unstorable);
        }

        if (catalog.Find(at.Kind) is not { } kind || BuiltIn.Contains(verb))
        {
            return await records.Do(at, caller, commandId, verb, args);
        }

        if (kind.Verbs.FirstOrDefault(known => known.Name == verb) is not { } info)
        {
            return Refused("verb", "verb.unknown", $"There is no such action. {kind.Name} know: {string.Join(", ", kind.Verbs.Select(known => known.Name).Concat(BuiltIn))}.");
        }

        if (!_compound.TryGetValue((at.Kind, verb), out var spanning))
        {
            return await records.Do(at, caller, commandId, verb, args);
        }

        if (!Address.IsId(at.Id) || caller.Tenant != at.Tenant || await records.Read(at, caller) is null)
        {
            return Refused("", "record.missing", "There is no such record.");
        }

        if (!caller.Can(info.Permission))
        {
            return Refused("", "access.denied", "You may not do this. Ask an administrator for the permission.");
        }

        try
        {
            return await spanning.Run(at, caller, commandId, args, records);
        }
        catch (JsonException unreadable)
        {
            return Refused("", "body.unreadable", $"The arguments do not fit this action{(unreadable.Path is { } path ? $" (at {path})" : "")}.");
        }
    }

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        Storable.Check(patch) is { } unstorable ? Task.FromResult(Outcome.Rejected(0, unstorable)) : records.Edit(at, caller, commandId, baseVersion, patch);

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => records.Read(at, caller, cancel);

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) =>
        records.Since(at, caller, version, limit, cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) =>
        records.History(at, caller, after, limit, cancel);

    private static Outcome Refused(string field, string code, string text) => Outcome.Rejected(0, new Problem(field, code, text));
}
