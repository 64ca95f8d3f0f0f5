using System.Collections.Immutable;
using Crm.Engine;

namespace Crm.Notices.Priority;

/// <summary>
/// What was learned of how one user answers notices: the id of the record is his. The record <c>rankings/tenant</c> holds what all of them have in common,
/// where everybody starts from. It names sorts of notices and no person; its own user may read it, and have it forgotten.
/// </summary>
/// <param name="User">Whose it is; null for the tenant's.</param>
/// <param name="Weights">By feature, on top of the tenant's: −3 to 3, on the scale of log-odds; the tenant's −2 to 2. What is not there is 0.</param>
/// <param name="Answers">How many answers it was learned from.</param>
public sealed record Ranking(string? User = null, ImmutableSortedDictionary<string, double>? Weights = null, long Answers = 0) : IKind<Ranking>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "rankings";

    /// <summary>The reason's name for what colleagues did with such notices.</summary>
    public const string ColleaguesReason = "colleagues";

    private const string HabitReason = "habit";
    private const string TenantId = "tenant";
    private const int MostReasons = 6;
    private const double Telling = 0.1; // Who is told of every hundredth reads none of them.

    /// <inheritdoc />
    public static Kind<Ranking> Kind { get; } = new Kind<Ranking>(KindName, "answers", new Ranking(), "What was learned of how each user answers notices.")
        .Field(nameof(User), FieldType.User, editable: false)
        .Field(nameof(Weights), FieldType.Data, editable: false, personal: true)
        .Field(nameof(Answers), FieldType.Counter, editable: false)
        .PrivateTo(nameof(User))
        .KeptFromFeeds()
        .InnerVerb<Learn>(VerbOn.Live | VerbOn.Nothing).InnerVerb<Correct>(VerbOn.Live | VerbOn.Nothing).InnerVerb<Blend>(VerbOn.Live | VerbOn.Nothing)
        .Verb<Forget>("Forgets all that was learned of one's own answers. What colleagues have in common stays.")
        .Silent("create", "edit", "delete", "restore", "undo", Learn.Name, Correct.Name, Blend.Name, Forget.Name)
        .Example(new("018f6b1c-0000-7000-8000-000000000001", Priority.Weights.None.Add("event.contacts.assigned", 0.8), 12));

    /// <summary>Where a user's is; without a user, the tenant's.</summary>
    public static Address At(string tenant, string? user = null) => new(tenant, KindName, user ?? TenantId);

    /// <summary>What a record holds; nothing learned yet where there is none.</summary>
    public static Ranking From(RecordView? record) => record is null ? Kind.Empty : Json.Unflatten<Ranking>(record.Fields);

    /// <summary>How much a notice will matter to this user. Pure: the same facts and weights give the same score.</summary>
    /// <param name="tenant">What holds for all of his tenant.</param>
    public Ranked Rank(NoticeFacts facts, Ranking tenant)
    {
        var features = facts.Features();
        var reasons = features.Select(feature => new Reason(feature, Rules.Of(feature)))
            .Append(Learned(HabitReason, features, Weights))
            .Append(Learned(ColleaguesReason, features, tenant.Weights))
            .Where(reason => facts.Level is not NoticePriority.Critical || reason.About is null || reason.Points > 0)
            .ToList();
        var score = (int)Math.Round(100 * Priority.Weights.Likely(Rules.Start + reasons.Sum(reason => reason.Points)));
        var told = reasons.Where(reason => Math.Abs(reason.Points) >= Telling)
            .OrderByDescending(reason => Math.Abs(reason.Points)).ThenBy(reason => reason.Name, StringComparer.Ordinal)
            .Take(MostReasons).Select(reason => reason with { Points = Math.Round(reason.Points, 2) }).ToList();
        return new(score, told.Count > 0 ? told : [new(features[0], 0)], features);
    }

    /// <inheritdoc />
    public IEnumerable<Problem> Check() => [];

    /// <inheritdoc />
    public IEnumerable<Problem> CheckCaller(Ranking before, Caller caller)
    {
        if (caller.User != Caller.SystemUser && (before.User ?? User) != caller.User)
        {
            yield return new("", "ranking.other", "What was learned of a user is his own.");
        }
    }

    /// <inheritdoc />
    public Problem? CheckDelete() => new("", "ranking.stays", "What was learned is forgotten by the action forget.");

    private static Reason Learned(string name, IReadOnlyList<string> features, ImmutableSortedDictionary<string, double>? weights)
    {
        var known = features.Where(Rules.Learns).Select(feature => (feature, weight: weights?.GetValueOrDefault(feature) ?? 0)).ToList();
        return new(name, known.Sum(part => part.weight), known.MaxBy(part => Math.Abs(part.weight)).feature);
    }
}

/// <summary>Takes up one answer of the user to a notice.</summary>
/// <param name="User">Whose answer.</param>
/// <param name="Features">Of the notice, as it was ranked.</param>
/// <param name="Colleagues">The points that the tenant's habits gave it then.</param>
public sealed record Learn(string User, IReadOnlyList<string> Features, Response Response, double Colleagues = 0) : IVerb<Ranking>
{
    /// <inheritdoc />
    public static string Name => "learn";

    /// <inheritdoc />
    public static string Permission => "rankings.learn";

    /// <inheritdoc />
    public Decision<Ranking> Decide(Ranking record, Moment moment) => record with
    {
        User = User,
        Weights = Priority.Weights.Learn(record.Weights ?? Priority.Weights.None, Colleagues, Features, Response, record.Answers),
        Answers = record.Answers + 1,
    };
}

/// <summary>More notices like one, or less: what the user himself says counts more than what he does.</summary>
public sealed record Correct(string User, IReadOnlyList<string> Features, bool More) : IVerb<Ranking>
{
    /// <inheritdoc />
    public static string Name => "correct";

    /// <inheritdoc />
    public static string Permission => "rankings.correct";

    /// <inheritdoc />
    public Decision<Ranking> Decide(Ranking record, Moment moment) =>
        record with { User = User, Weights = Priority.Weights.Correct(record.Weights ?? Priority.Weights.None, Features, More) };
}

/// <summary>What a user asks for at a notice.</summary>
/// <param name="More">More like it; false: less.</param>
public sealed record MoreOrLess(bool More);

/// <summary>Moves the tenant's weights by those of one of its users.</summary>
public sealed record Blend(ImmutableSortedDictionary<string, double> Weights) : IVerb<Ranking>
{
    /// <inheritdoc />
    public static string Name => "blend";

    /// <inheritdoc />
    public static string Permission => "rankings.blend";

    /// <inheritdoc />
    public Decision<Ranking> Decide(Ranking record, Moment moment) =>
        record with { Weights = Priority.Weights.Blend(record.Weights ?? Priority.Weights.None, Weights), Answers = record.Answers + 1 };
}

/// <summary>Forgets what was learned.</summary>
public sealed record Forget : IVerb<Ranking>
{
    /// <inheritdoc />
    public static string Name => "forget";

    /// <inheritdoc />
    public static string Permission => "rankings.forget";

    /// <inheritdoc />
    public Decision<Ranking> Decide(Ranking record, Moment moment) => record with { Weights = null, Answers = 0 };
}
