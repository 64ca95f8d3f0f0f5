namespace Crm.Engine;

/// <summary>Somebody who hears of changes because a tenant's own data says so, such as a webhook.</summary>
/// <param name="Name">As in the outbox.</param>
/// <param name="Kinds">Of the records whose changes it hears; empty for all.</param>
public sealed record Listener(string Name, IReadOnlyCollection<string> Kinds)
{
    /// <summary>Only these records, as <c>kind/id</c>; null for all.</summary>
    public IReadOnlySet<string>? Refs { get; init; }

    /// <summary>Whether it hears changes of this record.</summary>
    public bool Hears(string kind, string id) => (Kinds.Count == 0 || Kinds.Contains(kind)) && (Refs is null || Refs.Contains($"{kind}/{id}"));
}

/// <summary>All listeners of one sort. They hear from the outbox: at least once, and the changes of one record in order.</summary>
public interface IListeners
{
    /// <summary>Whether a name in the outbox is one of theirs.</summary>
    bool Has(string name);

    /// <summary>Those of a tenant, from memory as a rule: it is asked before every command.</summary>
    /// <exception cref="UnavailableException">They cannot be read now.</exception>
    ValueTask<IReadOnlyList<Listener>> Of(string tenant);

    /// <summary>Tells one of them of a change. One that is gone by now is told nothing.</summary>
    /// <exception cref="InvalidOperationException">It did not take it: the text says why and holds no personal data.</exception>
    Task Tell(string name, Nudge heard, CancellationToken cancel);
}
