using System.Collections.Frozen;
using Crm.Engine;
using Crm.Follows;

namespace Crm.Rules.Tests;

public sealed class FollowTests
{
    private static readonly Follow Mine = new("ana", "contacts/c1");

    [Fact]
    public void Following_says_who_and_what_also_when_it_had_ended()
    {
        var decided = new Begin("contacts/c1").Decide(Follow.Kind.Empty, new(By("ana"), default));
        (decided.Next, decided.Deleted).ShouldBe((Mine, false));
        new Begin("contacts/c1").Decide(Mine, new(By("ana"), default)).ShouldBe(decided, "a repetition changes nothing");
    }

    [Fact]
    public void Nobody_begins_or_ends_what_somebody_else_follows()
    {
        Mine.CheckCaller(Mine, By("ana")).ShouldBeEmpty();
        Mine.CheckCaller(Mine, By("admin", "*")).ShouldHaveSingleItem().Code.ShouldBe("follow.other");
    }

    [Fact]
    public void A_follow_without_a_target_is_none()
    {
        Mine.Check().ShouldBeEmpty();
        new Follow("ana").Check().ShouldHaveSingleItem().Code.ShouldBe("follow.target");
        (Mine with { Target = new('x', Follow.MaxTarget + 1) }).Check().ShouldHaveSingleItem().Code.ShouldBe("follow.target");
    }

    [Fact]
    public void The_same_user_and_target_have_one_place_and_others_have_others()
    {
        FollowBook.IdOf("ana", "contacts/c1").ShouldBe(FollowBook.IdOf("ana", "contacts/c1"));
        new[] { ("ana", "contacts/c1"), ("bo", "contacts/c1"), ("ana", "contacts/c2") }.Select(pair => FollowBook.IdOf(pair.Item1, pair.Item2)).Distinct().Count().ShouldBe(3);
        Address.IsId(FollowBook.IdOf("ana", "teams/Süd & Nord")).ShouldBeTrue();
    }

    private static Caller By(string user, params string[] permissions) => new("acme", user, permissions.ToFrozenSet(), FrozenSet<string>.Empty, FrozenSet<string>.Empty);
}
