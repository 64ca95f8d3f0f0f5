namespace Crm;

/// <summary>How asking to follow something ended.</summary>
/// <param name="Id">Of the record of kind <c>follows</c> that says so; deleting it ends the following. Null when it was refused.</param>
public sealed record FollowAnswer(string? Id, Problem? Refusal);

/// <summary>
/// Who follows what. A target is a reference: a record (<c>contacts/018f…</c>), a saved view (<c>views/018f…</c>) or a team (<see cref="TeamPrefix"/> and
/// its name). To follow gives no right: whoever tells a follower something shows him only what he may see then.
/// </summary>
public interface IFollows
{
    /// <summary>Stands before a team's name in a target.</summary>
    const string TeamPrefix = "teams/";

    /// <summary>Most that one user follows.</summary>
    const int MostOfUser = 500;

    /// <summary>Most views among them: each costs a look at its list.</summary>
    const int MostViews = 20;

    /// <summary>The caller follows the target from now on; that he does already is no fault.</summary>
    /// <param name="commandId">As everywhere: the same id gets the same answer. Another one for each wish, else following again after an end has no effect.</param>
    Task<FollowAnswer> Follow(Caller caller, Guid commandId, string target, CancellationToken cancel = default);

    /// <summary>The ids of the users who follow this target itself, each once, in no particular order; those who may not see it any more are among them.</summary>
    /// <remarks>Followers of a view that shows a record, or of the team of who changed it, are not followers of the record.</remarks>
    Task<IReadOnlyList<string>> Followers(string tenant, string target, CancellationToken cancel = default);

    /// <summary>What a user follows, what he followed last first; at most <see cref="MostOfUser"/>.</summary>
    Task<IReadOnlyList<string>> Followed(string tenant, string user, CancellationToken cancel = default);
}
