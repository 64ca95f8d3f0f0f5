using System.Text.Json;

namespace Crm.Tests;

public sealed class ActivityTests : IAsyncLifetime
{
    private static readonly Caller Ana = ActivityNode.By("ana");
    private static readonly Caller Bo = ActivityNode.By("bo");
    private static readonly ActivityQuery Own = new(ActivityScope.Own);
    private readonly ActivityNode _node = new();

    public Task InitializeAsync() => _node.InitializeAsync();

    public Task DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_feed_has_the_changes_of_what_is_followed_newest_first_and_nothing_else()
    {
        await _node.Set(Bo, "contacts/c1", new { name = "Ada" });
        await _node.Set(Bo, "contacts/c2", new { name = "Eve" });
        await _node.Follow(Ana, "contacts/c1");
        await _node.Set(Bo, "contacts/c1", new { status = "customer" });
        var page = (await _node.Activity.Read(Ana, Own)).Page!;
        page.Items.Select(entry => (entry.At.Ref, entry.Change.Version, entry.Title, entry.Importance)).ShouldBe(
            [("contacts/c1", 2, "Ada", Importance.Important), ("contacts/c1", 1, "Ada", Importance.Normal)]);
        page.Items[0].Change.Fields["status"].To.GetString().ShouldBe("customer");
        page.Items[1].Change.Fields["name"].To.GetString().ShouldBe("Ada", "a sealed value is opened");
        (await _node.Read(Bo, Own)).ShouldBeEmpty();
        (await _node.Follows.Followers("acme", "contacts/c1")).ShouldBe(["ana"]);
        (await _node.Follows.Followers("globex", "contacts/c1")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_followed_view_brings_what_it_shows_and_a_followed_team_what_its_people_do()
    {
        await _node.Set(Ana, "views/v1", new { on = "contacts", name = "Customers", filter = """{"status":"customer"}""" });
        await _node.Set(Ana, "users/bo", new { name = "Bo", email = "bo@acme.test", team = "North" });
        await _node.Set(Ana, "contacts/c1", new { name = "Ada", status = "customer" });
        await _node.Set(Ana, "contacts/c2", new { name = "Eve", status = "lead" });
        await _node.Follow(Ana, "views/v1");
        await _node.Follow(Ana, "teams/North");
        await _node.Set(Bo, "contacts/c2", new { title = "Dr" });
        await _node.Set(Ana, "contacts/c2", new { title = "Prof" });
        await _node.Set(Ana, "contacts/c1", new { title = "Countess" });
        (await _node.Read(Ana, Own)).ShouldBe(["contacts/c1 2", "contacts/c2 2", "contacts/c1 1", "views/v1 1"]);
        await _node.Set(Ana, "contacts/c1", new { status = "lead" });
        (await _node.Read(Ana, Own)).ShouldBe(["contacts/c2 2", "views/v1 1"], "it has left the view");
        await _node.Set(Ana, "users/ana", new { name = "Ana", email = "ana@acme.test", team = "North" });
        (await _node.Read(Ana, new(ActivityScope.Team, Kinds: ["contacts"]))).ShouldBe(["contacts/c1 3", "contacts/c1 2", "contacts/c2 3", "contacts/c2 2", "contacts/c2 1", "contacts/c1 1"]);
        (await _node.Read(ActivityNode.By("ana", "contacts.read"), new(ActivityScope.Team))).ShouldBeEmpty("who may not see people has no team to look at");
    }

    [Fact]
    public async Task What_somebody_may_not_see_any_more_is_gone_from_his_feed_at_once()
    {
        var own = ActivityNode.By("ana", "contacts.read.own", "follows.create");
        await _node.Set(Bo, "contacts/c1", new { name = "Ada", owner = "ana" });
        await _node.Follow(own, "contacts/c1");
        (await _node.Read(own, Own)).ShouldBe(["contacts/c1 1"]);
        await _node.Set(Bo, "contacts/c1", new { owner = "bo" });
        (await _node.Read(own, Own)).ShouldBeEmpty();
        (await _node.Activity.Read(own, new(ActivityScope.Record, "contacts/c1"))).Refusal!.Code.ShouldBe("record.missing");
        var blind = ActivityNode.By("ana") with { Hidden = new HashSet<string> { "contacts.owner" } };
        (await _node.Read(blind, Own)).ShouldBe(["contacts/c1 1"], "of the second change nothing is left");
        (await _node.Read(blind, Own with { Field = "owner" })).ShouldBeEmpty("nor does a condition tell of it");
    }

    [Fact]
    public async Task Pages_join_without_a_gap_or_a_repetition_and_every_condition_holds_on_each()
    {
        foreach (var record in Enumerable.Range(1, 12))
        {
            await _node.Set(Bo, $"contacts/c{record}", new { name = $"Person {record}" });
            await _node.Follow(Ana, $"contacts/c{record}");
        }

        foreach (var round in Enumerable.Range(1, 5))
        {
            foreach (var record in Enumerable.Range(1, 12))
            {
                await _node.Set(round % 2 == 0 ? Ana : Bo, $"contacts/c{record}", round == 3 ? new { status = "customer" } : (object)new { title = $"{round}" });
            }
        }

        var all = await _node.Read(Ana, Own);
        all.Count.ShouldBe(72);
        all.Distinct().Count().ShouldBe(72);
        foreach (var limit in new[] { 1, 7, 71, 72, 73 })
        {
            (await _node.Read(Ana, Own with { Limit = limit })).ShouldBe(all, $"pages of {limit}");
        }

        (await _node.Read(Ana, Own with { By = "ana", Limit = 5 })).ShouldBe(all.Where(entry => entry.EndsWith(" 3") || entry.EndsWith(" 5")));
        (await _node.Read(Ana, Own with { Least = Importance.Important, Limit = 5 })).ShouldBe(all.Where(entry => entry.EndsWith(" 4")));
        (await _node.Read(Ana, Own with { Field = "status", Limit = 5 })).ShouldBe(all.Where(entry => entry.EndsWith(" 4") || entry.EndsWith(" 1")), "a record is made with a status");
        var third = (await _node.Activity.Read(Ana, Own with { Limit = 30 })).Page!.Items[^1].Change.At;
        var (newer, older) = (await _node.Read(Ana, Own with { Since = third, Limit = 7 }), await _node.Read(Ana, Own with { Until = third, Limit = 7 }));
        newer.Concat(older).ShouldBe(all, "the instant itself belongs to the part that begins with it");
        (await _node.Read(Ana, Own with { Kinds = ["users"] })).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_timeline_tells_of_the_record_and_of_what_refers_to_it_also_when_it_is_deleted()
    {
        var contact = await _node.Set(Ana, "contacts/c1", new { name = "Ada" });
        await _node.Set(Ana, "contacts/c2", new { name = "Eve" });
        var merge = new Address("acme", "merges", "m1");
        (await _node.Records.Do(merge, Caller.System("acme") with { User = "bo" }, Guid.NewGuid(), "plan", JsonSerializer.SerializeToElement(new { winner = "c1", losers = new[] { "c2" } }))).Status.ShouldBe(Status.Applied);
        await _node.Records.Do(contact, Ana, Guid.NewGuid(), "delete", default);
        (await _node.Read(Ana, new(ActivityScope.Record, "contacts/c1"))).ShouldBe(["contacts/c1 2", "merges/m1 1", "contacts/c1 1"], ignoreOrder: true);
        (await _node.Read(ActivityNode.By("ana", "contacts.read"), new(ActivityScope.Record, "contacts/c1"))).ShouldBe(["contacts/c1 2", "contacts/c1 1"]);
        foreach (var about in new[] { "contacts/c9", "planets/mars", "contacts", "" })
        {
            (await _node.Activity.Read(Ana, new(ActivityScope.Record, about))).Refusal!.Code.ShouldBe("record.missing");
        }

        (await _node.Activity.Read(Ana with { Tenant = "globex" }, new(ActivityScope.Record, "contacts/c1"))).Refusal!.Code.ShouldBe("record.missing");
    }

    [Fact]
    public async Task A_question_that_cannot_be_meant_is_refused()
    {
        (await _node.Activity.Read(Ana, Own with { Cursor = "x" })).Refusal!.Code.ShouldBe("cursor.unreadable");
        (await _node.Activity.Read(Ana, Own with { Limit = 201 })).Refusal!.Code.ShouldBe("limit.range");
        (await _node.Activity.Read(Ana, Own with { Kinds = ["planets"] })).Refusal!.Code.ShouldBe("activity.kind");
        (await _node.Activity.Read(Ana, Own with { Kinds = ["follows"] })).Refusal!.Code.ShouldBe("activity.kind");
    }
}
