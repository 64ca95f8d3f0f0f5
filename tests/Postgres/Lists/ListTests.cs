using System.Collections.Frozen;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Tests;

/// <summary>What examples say better than properties: attacks, cursors, tenants, look-ups.</summary>
public sealed class ListTests(ListFixture fixture) : IClassFixture<ListFixture>
{
    private static readonly RecordView[] People =
    [
        ListFixture.Record("ana", """{"name":"Ana López","emails":["ana@acme.test"],"company":"Acme","owner":"ana","status":"active","phones":["030 1234567"]}"""),
        ListFixture.Record("bo", """{"name":"Bo 100%_\\ Berg","emails":["bo@acme.test","shared@acme.test"],"owner":"bo","status":"lost"}""", minute: 1),
        ListFixture.Record("cy", """{"name":"Cyrus Lopes","emails":["shared@acme.test"],"company":"Acme","owner":"ana"}""", minute: 2),
        ListFixture.Record("gone", """{"name":"Ana Gone","emails":["ana@acme.test"]}""", deleted: true, minute: 3),
    ];

    [Theory]
    [InlineData("%")]
    [InlineData("_")]
    [InlineData("'; DROP TABLE records; --")]
    [InlineData("\\")]
    [InlineData("a%p")]
    [InlineData("l_p%z")]
    [InlineData("(((")]
    [InlineData("[a-z]{4}")]
    [InlineData("\u0000ana")]
    [InlineData("ana\uD800")]
    public async Task A_question_is_text_and_nothing_else(string q)
    {
        var found = await Ids(q: q);
        if (q is "ana\uD800" or "\u0000ana")
        {
            found.ShouldBe(["ana"]); // What is no letter is left out.
        }
        else
        {
            found.ShouldBeEmpty();
        }

        (await Ids()).Length.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"name":{"contains":"%"}}""", "bo")]
    [InlineData("""{"name":{"contains":"_\\"}}""", "bo")]
    [InlineData("""{"name":{"startsWith":"a%"}}""", "")]
    [InlineData("""{"name":"' OR true --"}""", "")]
    [InlineData("""{"custom.text":{"in":["{","}","\"",",","NULL"]}}""", "")]
    [InlineData("""{"tags":{"has":"x' || (SELECT 1) || '"}}""", "")]
    public async Task A_value_of_a_filter_is_text_and_nothing_else(string filter, string found) =>
        (await Ids(filter: filter)).ShouldBe(found.Length == 0 ? [] : [found]);

    [Theory]
    [InlineData("name' || 'x")]
    [InlineData("fields")]
    [InlineData("name; DROP TABLE records")]
    [InlineData("-")]
    [InlineData("tags")]
    [InlineData("custom.unknown")]
    public async Task A_sort_by_anything_but_a_field_is_refused(string sort)
    {
        await fixture.Store("acme", People);
        (await fixture.Lists.Find(Caller.System("acme"), "contacts", new(null, default, sort))).Refusal!.Code.ShouldBe("sort.field");
    }

    [Fact]
    public async Task A_cursor_that_was_touched_or_belongs_to_another_list_is_refused()
    {
        await fixture.Store("acme", People);
        var first = new ListQuery("acme", default, null, 1);
        var cursor = (await fixture.Lists.Find(Caller.System("acme"), "contacts", first)).Page!.Next.ShouldNotBeNull();
        (await Asked(first with { Cursor = cursor })).Refusal.ShouldBeNull();
        ListQuery[] others =
        [
            first with { Cursor = cursor[..^1] + (cursor[^1] == 'A' ? 'B' : 'A') }, first with { Cursor = "x" }, first with { Cursor = new string('A', 5_000) },
            first with { Cursor = cursor + "AAAA" }, first with { Cursor = cursor, Sort = "name" }, first with { Cursor = cursor, Q = "lopez" },
            first with { Cursor = cursor, Filter = JsonElement.Parse("""{"status":"active"}""") },
        ];
        foreach (var other in others)
        {
            (await Asked(other)).Refusal!.Code.ShouldBe("cursor.unreadable", other.ToString());
        }

        (await fixture.Lists.Find(Caller.System("globex"), "contacts", first with { Cursor = cursor })).Refusal!.Code.ShouldBe("cursor.unreadable");
    }

    [Theory]
    [InlineData(0, "limit.range")]
    [InlineData(201, "limit.range")]
    public async Task A_page_has_1_to_200_records(int limit, string code) => (await Asked(new(null, default, null, limit))).Refusal!.Code.ShouldBe(code);

    [Fact]
    public async Task What_cannot_be_listed_is_refused_by_name()
    {
        (await fixture.Lists.Find(Caller.System("acme"), "nothing", new(null, default, null))).Refusal!.Code.ShouldBe("kind.unknown");
        (await Asked(new(new string('x', 201), default, null))).Refusal!.Code.ShouldBe("q.length");
        var nobody = new Caller("acme", "eve", FrozenSet<string>.Empty, FrozenSet<string>.Empty, FrozenSet<string>.Empty);
        (await fixture.Lists.Find(nobody, "contacts", new(null, default, null))).Refusal!.Code.ShouldBe("access.denied");
    }

    [Fact]
    public async Task Another_tenant_is_not_found_in_lists_heads_or_look_ups()
    {
        await fixture.Store("acme", People);
        await fixture.Store("globex", [ListFixture.Record("spy", """{"name":"Spy López","emails":["spy@globex.test"]}""")]);
        (await Found("lopez")).ShouldBe(["ana", "cy"]);
        (await fixture.Lookup.ByKeys("acme", "contacts", ["e:spy@globex.test"])).ShouldBeEmpty();
        (await fixture.Lookup.Similar("acme", "contacts", "Spy Lopez", 10)).Select(alike => alike.Id).ShouldNotContain("spy");
        (await fixture.Lists.Heads([new("acme", "contacts", "spy"), new("acme", "contacts", "bo"), new("globex", "contacts", "spy"), new("globex", "contacts", "bo")]))
            .Keys.ShouldBe([new("acme", "contacts", "bo"), new("globex", "contacts", "spy")], ignoreOrder: true);
    }

    [Fact]
    public async Task Heads_tell_versions_of_deleted_records_too()
    {
        await fixture.Store("acme", People);
        (await fixture.Lists.Heads([new("acme", "contacts", "gone"), new("acme", "contacts", "nobody")])).ShouldBe(
            new Dictionary<Address, long> { [new("acme", "contacts", "gone")] = 1 });
        (await fixture.Lists.Heads([])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_lead_to_whoever_holds_them_now()
    {
        await fixture.Store("acme", People);
        var found = await fixture.Lookup.ByKeys("acme", "contacts", ["e:ana@acme.test", "e:shared@acme.test", "e:none@acme.test", "ana@acme.test"]);
        found.Keys.ShouldBe(["e:ana@acme.test", "e:shared@acme.test"], ignoreOrder: true);
        found["e:ana@acme.test"].ShouldBe(["ana"]);
        found["e:shared@acme.test"].ShouldBe(["bo", "cy"]);
    }

    [Fact]
    public async Task Five_hundred_keys_are_one_question()
    {
        var many = Enumerable.Range(0, 600).Select(i => ListFixture.Record($"p{i:000}", $$"""{"name":"Person {{i}}","emails":["p{{i}}@acme.test"]}""")).ToList();
        await fixture.Store("acme", many);
        var keys = Enumerable.Range(100, 500).Select(i => $"e:p{i}@acme.test").ToList();
        var found = await fixture.Lookup.ByKeys("acme", "contacts", keys);
        found.Count.ShouldBe(500);
        found["e:p599@acme.test"].ShouldBe(["p599"]);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => fixture.Lookup.ByKeys("acme", "contacts", [.. keys, "e:one-too-many"]));
    }

    [Fact]
    public async Task The_most_alike_come_first()
    {
        await fixture.Store("acme", People);
        var alike = await fixture.Lookup.Similar("acme", "contacts", "Cyrus Lopes", 10);
        alike.Select(each => each.Id).ShouldBe(["cy", "ana"]);
        alike.ShouldAllBe(each => each.Likeness > 0.2 && each.Likeness <= 1);
    }

    [Fact]
    public async Task A_record_is_found_by_what_its_last_commit_made_of_it()
    {
        await fixture.Store("acme", []);
        await using var journal = fixture.Journal();
        var at = new Address("acme", "contacts", "new");
        var lineage = (await journal.Load(at)).Lineage;
        async Task Commit(RecordView after) => await journal.Commit(new(
            at, lineage, "ana", Guid.NewGuid(), new byte[16], Outcome.Done(Status.Applied, after.Version),
            new(after.Version, after.UpdatedAt, "ana", "contacts.edit", after.Fields.ToDictionary(field => field.Key, field => new FromTo(Json.Null, field.Value))), after, []));

        var first = People[0] with { Id = "new" };
        await Commit(first);
        (await Found("lopez")).ShouldBe(["new"]);
        await Commit(first with { Version = 2, Fields = People[1].Fields });
        (await Found("lopez")).ShouldBeEmpty();
        (await Found("berg")).ShouldBe(["new"]);
        await Commit(first with { Version = 3, Fields = People[1].Fields, Deleted = true });
        (await Found("berg")).ShouldBeEmpty();
        await Commit(first with { Version = 4, Fields = People[1].Fields });
        (await Found(null, """{"status":"lost"}""")).ShouldBe(["new"]);
    }

    private Task<PageAnswer> Asked(ListQuery query) => fixture.Lists.Find(Caller.System("acme"), "contacts", query);

    private async Task<string[]> Ids(string? q = null, string filter = "{}")
    {
        await fixture.Store("acme", People);
        return await Found(q, filter);
    }

    private async Task<string[]> Found(string? q, string filter = "{}") =>
        [.. (await ListFixture.All(fixture.Lists, Caller.System("acme"), new(q, JsonElement.Parse(filter), "id", 200))).Select(view => view.Id)];
}
