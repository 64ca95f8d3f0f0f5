using Crm.Roles;

namespace Crm.Rules.Tests.Accounts;

public sealed class RoleTests
{
    private static readonly Role Everything = new("Admin", ["*"]);

    private static Caller Caller(string[] permissions, string[]? hidden = null, string[]? readOnly = null) =>
        new("acme", "ana", permissions.ToHashSet(), (hidden ?? []).ToHashSet(), (readOnly ?? []).ToHashSet());

    [Theory]
    [InlineData("contacts.read")]
    [InlineData("contacts.read.own")]
    [InlineData("contacts.*")]
    [InlineData("*")]
    public void A_permission_is_a_kind_and_a_verb_or_a_star(string permission) => new Role("R", [permission]).Check().ShouldBeEmpty();

    [Theory]
    [InlineData("contacts")]
    [InlineData("contacts.")]
    [InlineData(".read")]
    [InlineData("*.read")]
    [InlineData("con tacts.read")]
    [InlineData("")]
    public void Anything_else_is_none(string permission) =>
        new Role("R", [permission]).Check().ShouldHaveSingleItem().ShouldSatisfyAllConditions(p => p.Field.ShouldBe("permissions"), p => p.Code.ShouldBe("role.permission"));

    [Fact]
    public void Nobody_gives_a_permission_that_he_does_not_hold() =>
        new Role("R", ["contacts.read", "contacts.delete"]).CheckCaller(new Role(), Caller(["contacts.read", "roles.*"]))
            .ShouldHaveSingleItem().Text.ShouldContain("contacts.delete");

    [Fact]
    public void A_star_of_a_kind_gives_the_verbs_of_the_kind_and_not_everything()
    {
        var caller = Caller(["contacts.*"]);
        new Role("R", ["contacts.read", "contacts.*"]).CheckCaller(new Role(), caller).ShouldBeEmpty();
        new Role("R", ["*"]).CheckCaller(new Role(), caller).ShouldHaveSingleItem().Code.ShouldBe("role.beyond");
    }

    [Fact]
    public void What_a_role_gave_before_is_not_the_editor_s_doing() =>
        new Role("New name", ["contacts.delete"]).CheckCaller(new Role("Old", ["contacts.delete"]), Caller(["roles.edit"])).ShouldBeEmpty();

    [Fact]
    public void Nobody_shows_a_field_that_is_hidden_from_him()
    {
        var caller = Caller(["contacts.*", "roles.*"], hidden: ["contacts.notes"]);
        new Role("R", ["contacts.read"]).CheckCaller(new Role(), caller).ShouldHaveSingleItem().Field.ShouldBe("hidden");
        new Role("R", ["contacts.read"], Hidden: ["contacts.notes"]).CheckCaller(new Role(), caller).ShouldBeEmpty();
        new Role("R", ["roles.read"]).CheckCaller(new Role(), caller).ShouldBeEmpty();
    }

    [Fact]
    public void Nobody_opens_a_field_that_he_may_not_write()
    {
        var caller = Caller(["contacts.*"], readOnly: ["contacts.owner"]);
        new Role("R", ["contacts.edit"]).CheckCaller(new Role(), caller).ShouldHaveSingleItem().Field.ShouldBe("readOnly");
        new Role("R", ["contacts.read"]).CheckCaller(new Role(), caller).ShouldBeEmpty();
    }

    [Fact]
    public void The_role_that_may_do_everything_stays_and_keeps_everything()
    {
        Everything.CheckDelete().ShouldNotBeNull();
        (Everything with { Permissions = ["contacts.*"] }).CheckStep(Everything).ShouldHaveSingleItem().Code.ShouldBe("role.everything");
        (Everything with { Hidden = ["contacts.notes"] }).CheckStep(Everything).ShouldHaveSingleItem().Code.ShouldBe("role.everything");
        (Everything with { Name = "Boss" }).CheckStep(Everything).ShouldBeEmpty();
        StandardRoles.All["sales"].CheckDelete().ShouldBeNull();
    }

    [Fact]
    public void Permissions_of_several_roles_add_up() =>
        Rights.Of("acme", "ana", [new("A", ["contacts.read"]), new("B", ["users.read"])]).Permissions.Except(Rights.Of("acme", "ana", [new("C")]).Permissions)
            .ShouldBe(["contacts.read", "users.read"], ignoreOrder: true);

    [Fact]
    public void Whoever_holds_a_role_is_told_things_and_says_how_and_sees_nothing_of_others_by_that() =>
        Rights.Of("acme", "ana", [new("A")]).Permissions.ShouldBe(["notices.read.own", "preferences.read.own", "announcements.read", "rankings.read.own", "rankings.forget"], ignoreOrder: true);

    [Fact]
    public void A_field_is_hidden_only_when_no_role_that_reads_its_kind_shows_it()
    {
        var hides = new Role("A", ["contacts.read"], Hidden: ["contacts.notes"]);
        Rights.Of("acme", "ana", [hides]).Hidden.ShouldBe(["contacts.notes"]);
        Rights.Of("acme", "ana", [hides, new("B", ["contacts.read"])]).Hidden.ShouldBeEmpty();
        Rights.Of("acme", "ana", [hides, new("C", ["users.read"])]).Hidden.ShouldBe(["contacts.notes"]);
        Rights.Of("acme", "ana", [hides, new("D", ["contacts.read.own"])]).Hidden.ShouldBeEmpty();
    }

    [Fact]
    public void A_field_is_read_only_unless_a_role_lets_write_it()
    {
        var locks = new Role("A", ["contacts.*"], ReadOnly: ["contacts.owner"]);
        Rights.Of("acme", "ana", [locks, new("B", ["contacts.read"])]).ReadOnly.ShouldBe(["contacts.owner"]);
        Rights.Of("acme", "ana", [locks, new("C", ["contacts.edit"])]).ReadOnly.ShouldBeEmpty();
        Rights.Of("acme", "ana", [locks, new("D", ["contacts.edit"], Hidden: ["contacts.owner"])]).ReadOnly.ShouldBe(["contacts.owner"]);
    }

    [Theory]
    [InlineData("*", "contacts.read users.*", "contacts.read users.*")]
    [InlineData("contacts.* users.read", "contacts.read users.*", "contacts.read users.read")]
    [InlineData("contacts.read", "*", "contacts.read")]
    [InlineData("contacts.read", "users.read", "")]
    [InlineData("views.read.own", "views.*", "views.read.own")]
    public void A_scope_leaves_what_both_hold(string held, string scope, string left) =>
        Rights.Within(Caller(held.Split(' ')), scope.Split(' ')).Permissions.ShouldBe(left.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);

    [Fact]
    public void Who_holds_no_role_may_do_nothing() => Rights.Of("acme", "ana", []).Permissions.ShouldBeEmpty();

    [Fact]
    public void The_standard_roles_keep_their_own_rules()
    {
        foreach (var role in StandardRoles.All.Values)
        {
            role.Check().ShouldBeEmpty();
        }
    }
}
