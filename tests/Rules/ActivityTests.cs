using System.Collections.Frozen;
using Crm.Contacts;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class ActivityTests
{
    private static readonly KindInfo Contacts = Contact.Kind.Info;
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("contacts.edit", "ana", "status", Importance.Important)]
    [InlineData("contacts.edit", "ana", "owner", Importance.Important)]
    [InlineData("contacts.edit", "ana", "notes", Importance.Normal)]
    [InlineData("contacts.create", "ana", "status", Importance.Normal)]
    [InlineData("contacts.undo", "ana", "notes", Importance.Normal)]
    [InlineData("contacts.delete", "ana", "deleted", Importance.Important)]
    [InlineData("contacts.restore", "ana", "deleted", Importance.Important)]
    [InlineData("contacts.merge", "ana", "merges", Importance.Important)]
    [InlineData("contacts.edit", "system", "notes", Importance.Minor)]
    [InlineData("contacts.delete", "system", "deleted", Importance.Important)]
    public void What_matters_is_said_by_the_verb_the_fields_and_who_did_it(string type, string by, string field, Importance importance) =>
        Weight.Of(Contacts, Changed(type, by, field)).ShouldBe(importance);

    [Fact]
    public void A_hidden_important_field_does_not_show_by_its_importance()
    {
        var entry = Spec(By(hidden: ["contacts.status"])).Show(At("c1"), Changed("contacts.edit", "bo", "status", "notes"), Record("c1", "bo")).ShouldNotBeNull();
        (entry.Importance, entry.Change.Fields.Keys.ShouldHaveSingleItem()).ShouldBe((Importance.Normal, "notes"));
        Spec(By(hidden: ["contacts.status"])).Show(At("c1"), Changed("contacts.edit", "bo", "status"), Record("c1", "bo")).ShouldBeNull("nothing of it is left");
        Spec(By(hidden: ["contacts.name"])).Show(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "bo"))!.Title.ShouldBeNull();
    }

    [Fact]
    public void Rights_count_as_they_are_now_and_not_as_they_were()
    {
        var own = By(permissions: ["contacts.read.own"]);
        Spec(own).Show(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "ana")).ShouldNotBeNull();
        Spec(own).Show(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "bo")).ShouldBeNull();
        Spec(By(permissions: ["users.read"])).Show(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "ana")).ShouldBeNull();
        Spec(By()).Show(At("c1") with { Tenant = "globex" }, Changed("contacts.edit", "bo", "notes"), Record("c1", "ana")).ShouldBeNull();
    }

    [Fact]
    public void Every_condition_must_hold()
    {
        bool Fits(ActivityQuery query) => Spec(By(), query).Show(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "bo")) is not null;
        Fits(new(ActivityScope.Own)).ShouldBeTrue();
        Fits(new(ActivityScope.Own, Kinds: ["contacts"], By: "bo", Field: "notes", Since: Noon, Until: Noon.AddSeconds(1))).ShouldBeTrue();
        Fits(new(ActivityScope.Own, Kinds: ["users"])).ShouldBeFalse();
        Fits(new(ActivityScope.Own, By: "ana")).ShouldBeFalse();
        Fits(new(ActivityScope.Own, Field: "status")).ShouldBeFalse();
        Fits(new(ActivityScope.Own, Least: Importance.Important)).ShouldBeFalse();
        Fits(new(ActivityScope.Own, Until: Noon)).ShouldBeFalse("the end does not belong");
        Fits(new(ActivityScope.Own, Since: Noon.AddSeconds(1))).ShouldBeFalse();
    }

    [Fact]
    public void A_change_belongs_by_its_record_by_who_made_it_by_a_view_that_shows_it_or_by_what_it_refers_to()
    {
        var customers = ListSpec.Read(By(), Contacts, [], null, Json.Element(new { status = "customer" }), null).Spec!;
        var merges = Kinds.All().Find("merges")!;
        bool Selects(ActivitySources sources, Nudge heard) => new ActivitySpec(By(), Kinds.All(), new(ActivityScope.Own), sources).Selects(heard);
        var heard = new Nudge(At("c1"), Changed("contacts.edit", "bo", "notes"), Record("c1", "ana", ("status", Json.Element("customer"))));
        Selects(Nothing, heard).ShouldBeFalse();
        Selects(Nothing with { Records = new HashSet<string> { "contacts/c1" } }, heard).ShouldBeTrue();
        Selects(Nothing with { Records = new HashSet<string> { "contacts/c2" } }, heard).ShouldBeFalse();
        Selects(Nothing with { People = new HashSet<string> { "bo" } }, heard).ShouldBeTrue();
        Selects(Nothing with { Views = [customers] }, heard).ShouldBeTrue();
        Selects(Nothing with { Views = [customers] }, heard with { After = Record("c1", "ana") }).ShouldBeFalse("it has left the view");
        var about = ("c1", new[] { ("merges", "winner") }.ToLookup(pair => pair.Item1, pair => pair.Item2));
        var merge = new Nudge(new("acme", "merges", "m1"), Changed("merges.plan", "bo", "winner"), Record("m1", "ana", ("winner", Json.Element("c1"))) with { Kind = merges.Name });
        Selects(Nothing with { Referring = about }, merge).ShouldBeTrue();
        Selects(Nothing with { Referring = ("c2", about.Item2) }, merge).ShouldBeFalse();
    }

    [Fact]
    public void What_somebody_follows_is_his_own_affair_and_no_feed_tells_of_it() => Spec(By()).Show(
        new("acme", "follows", "f1"), Changed("follows.begin", "bo", "target"), Record("f1", "ana") with { Kind = "follows" }).ShouldBeNull();

    private static ActivitySources Nothing { get; } = new(new HashSet<string>(), [], new HashSet<string>(), null, new HashSet<string>());

    private static ActivitySpec Spec(Caller caller, ActivityQuery? query = null) => new(caller, Kinds.All(), query ?? new(ActivityScope.Own), Nothing);

    private static Address At(string id) => new("acme", "contacts", id);

    private static Change Changed(string type, string by, params string[] fields) =>
        new(2, Noon, by, type, fields.ToDictionary(field => field, _ => new FromTo(Json.Null, Json.Element("x"))));

    private static RecordView Record(string id, string owner, params (string Name, System.Text.Json.JsonElement Value)[] also) => new(
        "contacts", id, 2, Noon, Noon, "bo", false,
        also.Append(("owner", Json.Element(owner))).Append(("name", Json.Element("Ada"))).ToDictionary(field => field.Item1, field => field.Item2));

    private static Caller By(string[]? permissions = null, string[]? hidden = null) =>
        new("acme", "ana", (permissions ?? ["*"]).ToFrozenSet(), (hidden ?? []).ToFrozenSet(), FrozenSet<string>.Empty);
}
