using Crm.Notices;
using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>What a user does with a notice goes into his ranking: acted and opened are yes, put away and passed over are no.</summary>
public sealed class NoticeLearning : IProcess
{
    private const string Read = "read";
    private const string Acted = "acted";
    private const string Dismissed = "dismissed";

    /// <summary>The action that only goes to the record.</summary>
    public const string Open = "open";

    /// <inheritdoc />
    public string Name => "notices.learn";

    /// <inheritdoc />
    public bool Hears(string kind, Change change) => kind == Notice.KindName && change.Version > 1
        && (change.Fields.ContainsKey(Read) || change.Fields.ContainsKey(Acted) || change.Fields.ContainsKey(Dismissed));

    /// <inheritdoc />
    public Task<IReadOnlyList<Reaction>> React(Nudge heard, IRecords records, CancellationToken cancel)
    {
        var notice = Json.Unflatten<Notice>(heard.After.Fields);
        return Task.FromResult<IReadOnlyList<Reaction>>(notice is { User: { } user, Features: { Count: > 0 } features }
            ? [new(Ranking.At(heard.At.Tenant, user), Learn.Name, Json.Element(new Learn(user, features, Answer(heard.Change, notice), notice.Colleagues)))]
            : []);
    }

    // Read and no more: it was marked as read among others, or its text was enough. That is not what somebody wants to see first.
    private static Response Answer(Change change, Notice notice) =>
        change.Fields.ContainsKey(Acted) ? notice.Action == Open ? Response.Opened : Response.Acted
        : change.Fields.ContainsKey(Dismissed) ? Response.Dismissed
        : Response.Ignored;
}
