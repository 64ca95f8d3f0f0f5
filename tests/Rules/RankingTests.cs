using System.Collections.Frozen;
using System.Collections.Immutable;
using Crm.Engine;
using Crm.Notices.Priority;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Rules.Tests;

public sealed class RankingTests
{
    private static readonly Ranking Nothing = new();
    private static readonly ImmutableSortedDictionary<string, double> None = ImmutableSortedDictionary<string, double>.Empty;
    private static readonly NoticeFacts Assigned = new("contacts.assigned", NoticePriority.Important, OwnRole.Assignee, Sender.Teammate, "high");
    private static readonly NoticeFacts Changed = new("contacts.changed", NoticePriority.Information, OwnRole.Follower, Sender.Colleague);

    [Fact]
    public void A_valued_customer_given_to_me_comes_before_a_change_of_one_that_I_follow() => Score(Assigned).ShouldBeGreaterThan(Score(Changed) + 20);

    [Theory]
    [InlineData(-60, "due.hour")]
    [InlineData(60, "due.hour")]
    [InlineData(61, "due.day")]
    [InlineData(24 * 60, "due.day")]
    [InlineData(7 * 24 * 60, "due.week")]
    [InlineData(7 * 24 * 60 + 1, null)]
    public void The_nearer_the_deadline_the_higher(int minutes, string? feature)
    {
        var due = Changed with { UntilDue = TimeSpan.FromMinutes(minutes) };
        due.Features().Where(name => name.StartsWith("due.", StringComparison.Ordinal)).ShouldBe(feature is null ? [] : [feature]);
        Score(due).ShouldBeGreaterThanOrEqualTo(Score(due with { UntilDue = due.UntilDue + TimeSpan.FromHours(24) }));
    }

    [Fact]
    public void Every_notice_says_why_it_stands_where_it_stands_and_what_counts_most_comes_first()
    {
        var why = Nothing.Rank(Assigned, Nothing).Why;
        why.Select(reason => reason.Name).ShouldBe(["level.important", "role.assignee", "value.high", "from.teammate"]);
        why.Select(reason => Math.Abs(reason.Points)).ShouldBeInOrder(SortDirection.Descending);
        Nothing.Rank(new("x", NoticePriority.Information, OwnRole.Follower, Sender.Colleague), Nothing).Why.ShouldNotBeEmpty();
    }

    [Fact]
    public void What_I_open_rises_and_what_I_put_away_falls_and_both_are_told()
    {
        var keen = Answers(Nothing, Changed, Response.Opened, 10);
        var bored = Answers(Nothing, Changed, Response.Dismissed, 10);
        Score(Changed, keen).ShouldBeGreaterThan(Score(Changed) + 20);
        Score(Changed, bored).ShouldBeLessThan(Score(Changed) - 10);
        keen.Rank(Changed, Nothing).Why[0].ShouldSatisfyAllConditions(most => most.Name.ShouldBe("habit"), most => most.Points.ShouldBePositive(), most => most.About.ShouldNotBeNull());
        bored.Rank(Changed, Nothing).Why.Single(reason => reason.Name == "habit").Points.ShouldBeNegative();
    }

    [Fact]
    public void Doing_what_a_notice_asks_says_more_than_opening_it_and_putting_it_away_more_than_never_seeing_it()
    {
        int After(Response response) => Score(Changed, Answers(Nothing, Changed, response, 3));
        After(Response.Acted).ShouldBeGreaterThan(After(Response.Opened));
        After(Response.Ignored).ShouldBeGreaterThan(After(Response.Dismissed));
    }

    [Fact]
    public void Less_of_this_is_obeyed_by_the_very_next_notice_and_more_of_this_takes_it_back()
    {
        var less = Corrected(Nothing, Changed, more: false);
        Score(Changed, less).ShouldBeLessThan(Score(Changed) * 2 / 3);
        Score(Assigned, less).ShouldBe(Score(Assigned), "nothing that the two share was meant");
        Score(Changed, Corrected(less, Changed, more: true)).ShouldBe(Score(Changed));
    }

    [Fact]
    public void No_habit_and_no_correction_lowers_what_is_critical()
    {
        var critical = Changed with { Level = NoticePriority.Critical };
        var against = Corrected(Corrected(Answers(Nothing, critical, Response.Dismissed, 100), critical, more: false), critical, more: false);
        Score(critical, against).ShouldBe(Score(critical));
        against.Rank(critical, Nothing).Why.ShouldNotContain(reason => reason.Name == "habit");
    }

    [Fact]
    public void Who_has_answered_nothing_yet_starts_where_his_colleagues_are()
    {
        var tenant = Nothing;
        foreach (var _ in Enumerable.Range(0, 30))
        {
            tenant = Done(new Blend(Answers(Nothing, Changed, Response.Acted, 10).Weights!).Decide(tenant, default));
        }

        Nothing.Rank(Changed, tenant).ShouldSatisfyAllConditions(
            rank => rank.Score.ShouldBeGreaterThan(Score(Changed) + 20), rank => rank.Why[0].Name.ShouldBe(Ranking.ColleaguesReason));
    }

    [Fact]
    public void What_colleagues_already_explain_is_not_learned_again() =>
        Weight(Done(new Learn("ana", Changed.Features(), Response.Opened, Colleagues: 2).Decide(Nothing, default)))
            .ShouldBeLessThan(Weight(Done(new Learn("ana", Changed.Features(), Response.Opened).Decide(Nothing, default))));

    [Fact]
    public void Weights_stay_within_their_bounds_whatever_is_answered() => Prop.ForAll<Response[], bool[]>((responses, corrections) =>
    {
        var ranking = responses.Aggregate(Nothing, (now, response) => Answers(now, Assigned, response, 20));
        ranking = corrections.Aggregate(ranking, (now, more) => Corrected(now, Changed, more));
        (ranking.Weights ?? None).Values.ShouldAllBe(weight => Math.Abs(weight) <= 3);
        Score(Assigned, ranking).ShouldBeInRange(0, 100);
        Done(new Blend((ranking.Weights ?? None).SetItem("event.x", 1e300)).Decide(Nothing, default)).Weights!.Values.ShouldAllBe(weight => Math.Abs(weight) <= 0.3);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Only_sorts_of_notices_have_weights()
    {
        var ranking = Done(new Learn("ana", ["event.contacts.changed", "event.Ana Silva", "event.", "from.018f6b1c", "level.critical", "role.owner"], Response.Opened).Decide(Nothing, default));
        ranking.Weights!.Keys.ShouldBe(["event.contacts.changed", "role.owner"]);
    }

    [Fact]
    public void A_flood_of_sorts_does_not_make_the_record_grow() => Enumerable.Range(0, 1000)
        .Aggregate(Nothing, (now, number) => Done(new Learn("ana", [$"event.e{number}"], Response.Opened).Decide(now, default))).Weights!.Count.ShouldBe(200);

    [Fact]
    public void What_was_learned_of_somebody_is_his_own_and_he_can_have_it_forgotten()
    {
        var anas = Done(new Learn("ana", Changed.Features(), Response.Opened).Decide(Nothing, default));
        anas.CheckCaller(anas, By("bo")).ShouldHaveSingleItem().Code.ShouldBe("ranking.other");
        anas.CheckCaller(anas, By("ana")).ShouldBeEmpty();
        anas.CheckCaller(Nothing, Caller.System("acme")).ShouldBeEmpty();
        Done(new Forget().Decide(anas, default)).ShouldBe(new("ana"));
        new Redaction(By("bo"), Ranking.Kind.Info).SeesFields(Json.Flatten(anas)).ShouldBeFalse();
        new Redaction(By("ana"), Ranking.Kind.Info).SeesFields(Json.Flatten(anas)).ShouldBeTrue();
    }

    [Fact]
    public void Every_tenth_answer_of_a_user_moves_the_tenants_ranking_and_the_tenants_moves_nothing()
    {
        var process = new TenantRanking();
        Change Answer(long number) => new(number, default, "system", "rankings.learn", new Dictionary<string, FromTo> { ["answers"] = new(Json.Element(number - 1), Json.Element(number)) });
        Enumerable.Range(1, 30).Where(number => process.Hears("rankings", Answer(number))).ShouldBe([10, 20, 30]);
        process.Hears("contacts", Answer(10)).ShouldBeFalse();
        process.Hears("rankings", Answer(10) with { Type = "rankings.blend" }).ShouldBeFalse();
    }

    private static Ranking Answers(Ranking ranking, NoticeFacts facts, Response response, int times) => Enumerable.Range(0, times)
        .Aggregate(ranking, (now, _) => Done(new Learn("ana", facts.Features(), response).Decide(now, default)));

    private static Ranking Corrected(Ranking ranking, NoticeFacts facts, bool more) => Done(new Correct("ana", facts.Features(), more).Decide(ranking, default));

    private static int Score(NoticeFacts facts, Ranking? ranking = null) => (ranking ?? Nothing).Rank(facts, Nothing).Score;

    private static double Weight(Ranking ranking) => ranking.Weights!["event.contacts.changed"];

    private static Ranking Done(Decision<Ranking> decision) => decision.Next!;

    private static Caller By(string user) => new("acme", user, FrozenSet.Create("rankings.read.own", "rankings.forget"), FrozenSet<string>.Empty, FrozenSet<string>.Empty);
}
