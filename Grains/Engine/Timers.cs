using System.Text.Json;

namespace Crm.Engine;

/// <summary>Something that is to happen at a time.</summary>
/// <param name="Bell">Who does it: the name of an <see cref="IBell"/>.</param>
/// <param name="Key">Names it among those of the tenant and the bell; at most 200 characters, no personal data.</param>
/// <param name="Due">When. It rings at that time or later, also after everything was down meanwhile.</param>
/// <param name="About">What its bell must know beside the key; holds no personal data. Undefined for nothing.</param>
public sealed record Alarm(string Tenant, string Bell, string Key, DateTimeOffset Due, JsonElement About = default);

/// <summary>What must happen later, kept until it has: a hold that ends, a digest, an escalation. The same on both hosts.</summary>
public interface ITimers
{
    /// <summary>Sets an alarm. One of the same tenant, bell and key stays as it is, so that setting it again is harmless.</summary>
    /// <param name="move">It moves to the new time all the same.</param>
    Task Set(Alarm alarm, bool move = false, CancellationToken cancel = default);

    /// <summary>Takes an alarm away; one that is not there is no fault. One that rings at this moment may still ring.</summary>
    Task Cancel(string tenant, string bell, string key, CancellationToken cancel = default);
}

/// <summary>Does what is due. It rings at least once for each alarm, and not for two workers at a time.</summary>
public interface IBell
{
    /// <summary>Stable: it stands in the store.</summary>
    string Name { get; }

    /// <summary>How often it is tried before an operator has to look, with a wait that grows to <see cref="LongestWait"/> between.</summary>
    int Attempts => 10;

    /// <summary>The longest wait between two tries.</summary>
    TimeSpan LongestWait => TimeSpan.FromMinutes(10);

    /// <summary>How long one try may take: another worker takes it over after that.</summary>
    TimeSpan Lease => TimeSpan.FromMinutes(1);

    /// <summary>The alarm's time has come. It must do no harm when it was done before.</summary>
    /// <returns>The alarm as it is to ring next, under the same key; null when it is done.</returns>
    /// <exception cref="InvalidOperationException">It could not be done: the text says why and holds no personal data. It is tried again.</exception>
    Task<Alarm?> Ring(Alarm alarm, IRecords records, CancellationToken cancel);
}

/// <summary>Every bell there is, and how one is tried again. Hosts claim alarms and give them here.</summary>
public sealed class Bells(IEnumerable<IBell> all)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, IBell> _all = all.ToDictionary(bell => bell.Name);

    /// <summary>The bell of that name.</summary>
    /// <exception cref="InvalidOperationException">There is none in this version.</exception>
    public IBell Find(string name) => _all.GetValueOrDefault(name) ?? throw new InvalidOperationException($"There is no bell named {name} in this version.");

    /// <summary>The longest that a try of any of them may take.</summary>
    public TimeSpan Lease => _all.Values.Select(bell => bell.Lease).DefaultIfEmpty(TimeSpan.FromMinutes(1)).Max();

    /// <summary>How long to wait after a failure; null when it is not tried any more.</summary>
    /// <param name="attempts">Tries so far, at least 1.</param>
    public TimeSpan? Wait(string name, int attempts)
    {
        var (most, longest) = _all.TryGetValue(name, out var bell) ? (bell.Attempts, bell.LongestWait) : (5, TimeSpan.FromMinutes(10));
        return attempts >= most ? null : TimeSpan.FromTicks(Math.Min(longest.Ticks, Shortest.Ticks << Math.Min(2 * (attempts - 1), 30)));
    }
}
