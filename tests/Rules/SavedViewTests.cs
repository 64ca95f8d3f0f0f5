using System.Collections.Frozen;
using Crm.Engine;
using Crm.Views;

namespace Crm.Rules.Tests;

public sealed class SavedViewTests
{
    private static readonly SavedView Mine = new("contacts", "Customers", "ana", Filter: """{"status":"customer"}""", Sort: "-updatedAt");

    [Fact]
    public void A_view_belongs_to_whoever_makes_it_and_stays_his()
    {
        new SavedView("contacts", " Customers ", "eve").Tidied(new(By("ana"), default, Creating: true)).ShouldBe(new("contacts", "Customers", "ana"));
        Mine.Tidied(new(By("bo"), default)).Owner.ShouldBe("ana");
    }

    [Theory]
    [InlineData("on", "view.kind", "Contacts!", "V", null, null)]
    [InlineData("name", "view.name", "contacts", "", null, null)]
    [InlineData("filter", "view.filter", "contacts", "V", "[1]", null)]
    [InlineData("filter", "view.filter", "contacts", "V", "{\"a\":", null)]
    [InlineData("sort", "view.sort", "contacts", "V", null, "name; drop")]
    public void What_no_list_could_take_is_refused_at_its_field(string field, string code, string on, string name, string? filter, string? sort)
    {
        var problem = new SavedView(on, name, "ana", Filter: filter, Sort: sort).Check().ShouldHaveSingleItem();
        (problem.Field, problem.Code).ShouldBe((field, code));
    }

    [Fact]
    public void A_filter_that_is_nested_without_end_is_refused() =>
        new SavedView("contacts", "V", Filter: string.Concat(Enumerable.Repeat("{\"not\":", 50)) + "{}" + new string('}', 50)).Check().ShouldHaveSingleItem().Code.ShouldBe("view.filter");

    [Fact]
    public void A_view_stays_with_its_kind() => (Mine with { On = "users" }).CheckStep(Mine).ShouldHaveSingleItem().Code.ShouldBe("view.fixed");

    [Fact]
    public void Others_see_a_shared_view_and_do_not_change_it()
    {
        (Mine with { Name = "Ours" }).CheckCaller(Mine, By("ana")).ShouldBeEmpty();
        (Mine with { Name = "Theirs" }).CheckCaller(Mine, By("bo")).ShouldHaveSingleItem().Code.ShouldBe("view.other");
        (Mine with { Name = "Tidy" }).CheckCaller(Mine, By("admin", "views.*")).ShouldBeEmpty();
        Mine.CheckCaller(SavedView.Kind.Empty, By("bo")).ShouldHaveSingleItem("also when a deleted one is brought back").Code.ShouldBe("view.other");
    }

    [Fact]
    public void Who_sees_only_what_is_his_sees_what_is_shared_as_well()
    {
        Sees("bo", Mine).ShouldBeFalse();
        Sees("ana", Mine).ShouldBeTrue();
        Sees("bo", Mine with { Shared = true }).ShouldBeTrue();
        new Redaction(By("bo", "views.edit"), SavedView.Kind.Info).SeesFields(Json.Flatten(Mine with { Shared = true })).ShouldBeFalse();
    }

    private static bool Sees(string user, SavedView view) => new Redaction(By(user), SavedView.Kind.Info).SeesFields(Json.Flatten(view));

    private static Caller By(string user, params string[] permissions) =>
        new("acme", user, (permissions.Length > 0 ? permissions : ["views.read.own", "views.edit"]).ToFrozenSet(), FrozenSet<string>.Empty, FrozenSet<string>.Empty);
}
