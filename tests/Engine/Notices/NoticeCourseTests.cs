using System.Text.Json;

namespace Crm.Engine.Tests.Notices;

public sealed class NoticeCourseTests : IDisposable
{
    private readonly NoticeBench _bench = new();

    [Fact]
    public async Task Who_gets_a_customer_of_high_priority_is_told_and_nobody_else()
    {
        var (ana, bo, cy) = (await _bench.User("ana"), await _bench.User("bo"), await _bench.User("cy"));
        await _bench.Write(ana, new { name = "Maria Anders", priority = "high" });
        (await _bench.Of(ana)).ShouldBeEmpty(); // It is his own doing.
        var version = await _bench.Write(ana, new { owner = "bo" });

        var notice = (await _bench.Of(bo)).ShouldHaveSingleItem();
        (notice.Fields["event"].GetString(), notice.Fields["priority"].GetString(), notice.Fields["about"].GetString(), notice.Fields["by"].GetString()).ShouldBe(("contacts.assigned.high", "critical", "contacts/c1", "ana"));
        notice.Fields["version"].GetInt64().ShouldBe(version);
        (await _bench.Of(cy)).ShouldBeEmpty();
        (await _bench.Text(bo)).ShouldBe("Maria Anders has high priority and is yours to look after, says ana Name.");
        (await _bench.Text(bo, "de")).ShouldBe("Maria Anders hat hohe Priorität und wurde Ihnen von ana Name anvertraut.");
    }

    [Fact]
    public async Task A_repetition_makes_nothing_even_when_wishes_changed_between()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Write(ana, new { name = "Maria", priority = "high", owner = "bo" });
        var before = (await _bench.Of(bo)).ShouldHaveSingleItem();
        await _bench.Prefer(bo, new { events = new Dictionary<string, object> { ["contacts.assigned.high"] = new { desktop = false } } });
        await _bench.Run(again: true);
        await _bench.Run(again: true);
        (await _bench.Of(bo)).ShouldHaveSingleItem().Version.ShouldBe(before.Version);
    }

    [Fact]
    public async Task Who_is_mentioned_is_told_once_and_not_again_when_the_text_changes()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo", name: "Bo Larsen"));
        await _bench.Write(ana, new { name = "Maria", notes = "Ask @Bo.Larsen, or @bo." });
        (await _bench.Events(bo)).ShouldBe("mention");
        await _bench.Write(ana, new { notes = "Ask @Bo.Larsen, or @bo. Soon!" });
        (await _bench.Events(bo)).ShouldBe("mention");
    }

    [Fact]
    public async Task Who_may_not_see_what_he_is_mentioned_in_is_told_nothing_and_the_writer_is_told_that()
    {
        var (ana, bo, hi) = (await _bench.User("ana"), await _bench.User("bo", "contacts.read.own"), await _bench.User("hi", hidden: "contacts.notes"));
        await _bench.Write(ana, new { name = "Maria", notes = "@bo @hi @ana" });
        (await _bench.Of(bo)).ShouldBeEmpty();
        (await _bench.Of(hi)).ShouldBeEmpty();
        (await _bench.Of(ana)).Select(notice => (notice.Fields["event"].GetString(), notice.Fields["whom"].GetString())).Order()
            .ShouldBe([("mention.closed", "bo"), ("mention.closed", "hi")]);
        (await _bench.Text(ana)).ShouldContain("bo Name is mentioned in Maria and may not see it. Nothing was sent.");
    }

    [Fact]
    public async Task Unknown_foreign_gone_and_ambiguous_names_mention_nobody()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo", name: "Sam Smith"));
        await _bench.User("other", name: "Sam Smith");
        await _bench.User("gone");
        _bench.Gone("gone");
        await _bench.Write(ana, new { name = "Maria", notes = "@nobody @admin@globex.test @gone @sam.smith @<script>alert(1)</script>" });
        (await _bench.Of(bo)).ShouldBeEmpty();
        (await _bench.Of(ana)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asks_for_access_reaches_those_who_may_give_it()
    {
        var (ana, boss) = (await _bench.User("ana"), await _bench.User("boss", "contacts.* users.assign"));
        var blind = await _bench.User("blind", "users.assign");
        await _bench.User("bo", "contacts.read.own");
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Do((await _bench.Of(ana)).ShouldHaveSingleItem(), "act", new { action = "askAccess" });

        (await _bench.Text(boss)).ShouldBe("ana Name asks you to let bo Name see Maria.");
        (await _bench.Of(boss))[0].Fields["about"].GetString().ShouldBe("contacts/c1");
        (await _bench.Of(blind)).ShouldBeEmpty(); // He may give rights, and not see what it is about.
    }

    [Fact]
    public async Task What_a_notice_says_passes_the_rights_of_its_reader_at_that_moment()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Write(ana, new { name = "Maria Secret", notes = "@bo" });
        (await _bench.Text(bo)).ShouldContain("Maria Secret");

        bo = _bench.Rights("bo", "contacts.read", hidden: "contacts.name");
        (await _bench.Text(bo)).ShouldNotContain("Secret");
        bo = _bench.Rights("bo", "");
        var text = (await _bench.Book.Texts(bo, [(await _bench.Of(bo))[0].Id], "en")).ShouldHaveSingleItem();
        (text.Text, text.Open).ShouldBe(("ana Name mentioned you in something that you may not see.", false));
        JsonSerializer.Serialize((await _bench.Of(bo))[0].Fields).ShouldNotContain("Secret");
        (await _bench.Book.Texts(ana, [(await _bench.Of(bo))[0].Id], "en")).ShouldBeEmpty(); // It is not hers.
    }

    [Fact]
    public async Task An_announcement_reaches_everybody_or_the_team()
    {
        var (ana, bo) = (await _bench.User("ana", "announcements.create", team: "North"), await _bench.User("bo"));
        await Announce(ana, "all", new { title = "Maintenance" });
        await Announce(ana, "north", new { title = "Meeting", team = "North" });
        await Announce(ana, "urgent", new { title = "Leave the house", critical = true });
        (await _bench.Text(bo)).Split('\n').Order().ShouldBe(["ana Name: Leave the house", "ana Name: Maintenance"]);
        (await _bench.Events(ana)).ShouldBe("announcement announcement announcement.critical", StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public async Task A_name_in_braces_in_a_value_stands_for_nothing()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Write(ana, new { name = "{by} <b>{title}</b>", notes = "@bo" });
        (await _bench.Text(bo)).ShouldBe("ana Name mentioned you in {by} <b>{title}</b>.");
    }

    [Fact]
    public async Task All_are_marked_as_read_that_were_there_and_none_that_came_since()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        var until = _bench.Time.GetUtcNow();
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        await _bench.Write(ana, new { owner = "bo" });
        (await _bench.Book.ReadAll(bo, until, null)).ShouldBe(1);
        (await _bench.Of(bo)).Count(notice => notice.Fields.ContainsKey("read")).ShouldBe(1);
        (await _bench.Book.ReadAll(bo, _bench.Time.GetUtcNow(), "mention")).ShouldBe(0);
        (await _bench.Book.ReadAll(bo, _bench.Time.GetUtcNow(), null)).ShouldBe(1);
    }

    public void Dispose() => _bench.Dispose();

    private async Task Announce(Caller by, string id, object fields)
    {
        (await _bench.Host.Edit(new("acme", "announcements", id), by, _bench.NewId(), 0, JsonSerializer.SerializeToElement(fields))).Status.ShouldBe(Status.Applied);
        await _bench.Run();
        _bench.Time.Advance(TimeSpan.FromSeconds(1));
    }
}
