namespace Crm.Web.Admission;

/// <summary>When a process that falls behind stops taking what. Behind is how long the oldest write waits for its commit, or work for a thread: the greater one.</summary>
public sealed record AdmissionOptions
{
    /// <summary>Nothing is refused, however far behind: for load tests alone.</summary>
    public static AdmissionOptions Off { get; } = new() { ShareAt = TimeSpan.MaxValue, PresenceAt = TimeSpan.MaxValue, ReadsAt = TimeSpan.MaxValue, EditsAt = TimeSpan.MaxValue, HoldFor = TimeSpan.FromTicks(1) };

    /// <summary>So far behind, a tenant that has more under way than others must wait until they have been served.</summary>
    public TimeSpan ShareAt { get; init; } = TimeSpan.FromMilliseconds(15);

    /// <summary>What a tenant may have under way at once whatever others do: as much as one connection may, else a single client that works fast were refused on a busy machine.</summary>
    public int ShareAtLeast { get; init; } = 32;

    /// <summary>So far behind, presence is shed.</summary>
    public TimeSpan PresenceAt { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>So far behind, reading is shed too.</summary>
    public TimeSpan ReadsAt { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>So far behind, everything is.</summary>
    public TimeSpan EditsAt { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long those who are refused for this are told to wait.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>So long a refusal is held back, so that asking again at once gains nothing: a connection has only so many calls under way.</summary>
    public TimeSpan HoldFor { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What cannot be meant, each by its name in the section <c>Limits</c> of the configuration.</summary>
    internal IEnumerable<string> Wrong()
    {
        (string Name, TimeSpan Value)[] steps = [(nameof(ShareAt), ShareAt), (nameof(PresenceAt), PresenceAt), (nameof(ReadsAt), ReadsAt), (nameof(EditsAt), EditsAt)];
        (string Name, TimeSpan Value)[] others = [(nameof(RetryAfter), RetryAfter), (nameof(HoldFor), HoldFor)];
        foreach (var (name, value) in steps.Concat(others).Where(step => step.Value <= TimeSpan.Zero))
        {
            yield return $"Limits:Admission:{name} is '{value}': it must be above zero.";
        }

        foreach (var (before, after) in steps.Skip(1).Zip(steps.Skip(2)).Where(pair => pair.First.Value > pair.Second.Value))
        {
            yield return $"Limits:Admission:{after.Name} is '{after.Value}': it must not be below {before.Name}, '{before.Value}', which is shed first.";
        }

        if (ShareAtLeast < 1)
        {
            yield return $"Limits:Admission:ShareAtLeast is '{ShareAtLeast}': it must be 1 or more.";
        }
    }
}
