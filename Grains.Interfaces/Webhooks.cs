namespace Crm;

/// <summary>One try to send a change to a webhook.</summary>
/// <param name="Number">Grows with time within a webhook.</param>
/// <param name="At">When it ended.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Status">Of the answer; null when there was none.</param>
/// <param name="Error">Why it was not taken; null when it was.</param>
public sealed record Delivery(long Number, Address Of, long Version, DateTimeOffset At, int Milliseconds, int? Status, string? Error);

/// <summary>What webhooks have beside their records.</summary>
public interface IWebhooks
{
    /// <summary>Most changes that are sent again at once.</summary>
    const int MostResumed = 10_000;

    /// <summary>The secret that signs now, in the form of Standard Webhooks: <c>whsec_</c> and 32 bytes in base64.</summary>
    Task<string> Secret(string tenant, string webhook, long epoch, CancellationToken cancel = default);

    /// <summary>What was sent, newest first, for 30 days.</summary>
    /// <param name="before">Numbers below this; null for the newest.</param>
    Task<IReadOnlyList<Delivery>> Deliveries(string tenant, string webhook, long? before, int limit, CancellationToken cancel = default);

    /// <summary>Sends the changes of a record after a version again, as if they had just happened; at most <see cref="MostResumed"/>.</summary>
    /// <returns>How many will be sent.</returns>
    Task<int> Resume(string tenant, string webhook, Address of, long after, CancellationToken cancel = default);
}
