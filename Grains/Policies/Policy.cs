using Crm.Engine;

namespace Crm.Policies;

/// <summary>What a tenant has decided for all its people. One record for each subject; that of presence has the id <c>presence</c>.</summary>
/// <param name="Presence">To whom people are shown at most; each may choose less for himself.</param>
/// <param name="AwayMinutes">Who has done nothing for this long is away.</param>
public sealed record Policy(string Presence = "visible", decimal AwayMinutes = 5) : IKind<Policy>
{
    private const decimal Longest = 480;

    /// <inheritdoc />
    public static Kind<Policy> Kind { get; } = new Kind<Policy>("policies", "presence", new Policy(), "What a tenant has decided for all its people.")
        .Field(nameof(Presence), FieldType.Choice, required: true, options: ["visible", "team", "hidden"])
        .Field(nameof(AwayMinutes), FieldType.Number)
        .Silent("create", "edit", "delete", "restore", "undo")
        .Example(new("team", 10));

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (AwayMinutes is < 1 or > Longest)
        {
            yield return new("awayMinutes", "policy.away", $"People are away after 1 to {Longest} minutes.");
        }
    }
}
