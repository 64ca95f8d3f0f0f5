using Crm.Engine;

namespace Crm.Follows;

/// <summary>That somebody follows a record, a saved view or a team. Its id follows from both (<see cref="FollowBook"/>), so there is one at most.</summary>
/// <param name="User">Who follows.</param>
/// <param name="Target">What: a reference as <see cref="IFollows"/> describes.</param>
public sealed record Follow(string? User = null, string? Target = null) : IKind<Follow>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "follows";

    /// <summary>Longest target: a reference, or a team's name.</summary>
    public const int MaxTarget = 128;

    /// <inheritdoc />
    public static Kind<Follow> Kind { get; } = new Kind<Follow>(KindName, "target", new Follow(), "What somebody follows. Made by POST /api/v1/following, ended by deleting it.")
        .Field(nameof(User), FieldType.User, editable: false, required: true)
        .Field(nameof(Target), FieldType.Reference, editable: false, required: true, maxLength: MaxTarget)
        .OwnedBy(nameof(User))
        .KeptFromFeeds()
        .InnerVerb<Begin>(VerbOn.Nothing | VerbOn.Live | VerbOn.Deleted)
        .Silent("create", "edit", "delete", "restore", "undo", Begin.Name)
        .Example(new("018f6b1c-0000-7000-8000-000000000001", "contacts/018f6b1c-0000-7000-8000-000000000002"));

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (string.IsNullOrEmpty(User) || Target is not { Length: > 0 and <= MaxTarget })
        {
            yield return new("target", "follow.target", "Following begins by POST /api/v1/following with the reference of a record, a view or a team.");
        }
    }

    /// <inheritdoc />
    public IEnumerable<Problem> CheckCaller(Follow before, Caller caller)
    {
        if ((before.User ?? User) != caller.User)
        {
            yield return new("", "follow.other", "What somebody follows is his own choice.");
        }
    }
}

/// <summary>The caller follows the target from now on.</summary>
public sealed record Begin(string Target) : IVerb<Follow>
{
    /// <inheritdoc />
    public static string Name => "begin";

    /// <inheritdoc />
    public static string Permission => "follows.begin";

    /// <inheritdoc />
    public Decision<Follow> Decide(Follow record, Moment moment) => new(new Follow(moment.Caller.User, Target), null, Deleted: false);
}
