namespace Crm;

/// <summary>Something that had to be done because of a change and failed until nobody tried it any more.</summary>
/// <param name="Number">Names it within its tenant.</param>
/// <param name="At">The record that changed.</param>
/// <param name="Version">Of the change.</param>
/// <param name="Reaction">The process, view or webhook that did not get through.</param>
/// <param name="Since">When it was given up.</param>
/// <param name="Reason">Of the last failure; holds no personal data.</param>
/// <param name="Change">What happened, with personal values left out; null when it cannot be read any more.</param>
public sealed record DeadLetter(long Number, Address At, long Version, string Reaction, DateTimeOffset Since, string Reason, Change? Change);

/// <summary>The dead letters of a tenant, for those who mend what made them.</summary>
public interface IDeadLetters
{
    /// <summary>What stands in place of a personal value.</summary>
    const string Hidden = "hidden";

    /// <summary>A page, oldest first.</summary>
    /// <param name="after">The number of the last one of the page before; 0 for the first page.</param>
    Task<IReadOnlyList<DeadLetter>> Read(string tenant, long after, int limit, CancellationToken cancel = default);

    /// <summary>Has it tried again from now on, as often as something new.</summary>
    /// <returns>False when there is no such dead letter.</returns>
    Task<bool> Replay(string tenant, long number, CancellationToken cancel = default);

    /// <summary>Gives it up for good.</summary>
    /// <returns>False when there is no such dead letter.</returns>
    Task<bool> Discard(string tenant, long number, CancellationToken cancel = default);
}
