using System.Text.Json;

namespace Crm.Web.Tests.Live;

public sealed class FeedTests : IAsyncLifetime
{
    private LiveHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await LiveHost.Start(options => (options.HeadsEvery, options.LeaseEvery) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(200)));
        _host.Records.Put(Samples.Ada, ("name", "Ada"), ("owner", "bo"), ("salary", "1000"));
        foreach (var user in new[] { "ana", "bo", "cy" })
        {
            _host.Activity.Followed[user] = ["contacts/ada"];
        }
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_feed_answers_with_its_page_and_every_later_entry_follows_once()
    {
        var ana = await Watching("ana");
        _host.Records.Put(Samples.Ada, ("title", "Countess"));
        _host.Records.Put(Samples.At("eve"), ("name", "Eve"));
        _host.Records.Put(Samples.Ada, ("title", "Lady"));
        await LiveHost.Until(() => Versions(ana).Length == 2, "two entries");
        Versions(ana).ShouldBe([2, 3]);
        var entry = Pushed(ana)[0];
        (entry.GetProperty("title").GetString(), entry.GetProperty("importance").GetString()).ShouldBe(("Ada", "normal"));
        entry.GetProperty("change").GetProperty("fields").GetProperty("title").GetProperty("to").GetString().ShouldBe("Countess");
    }

    [Fact]
    public async Task What_is_hidden_is_neither_in_the_page_nor_pushed()
    {
        _host.Callers.Set("cy", Samples.Blinkered());
        var cy = await Watching("cy");
        _host.Records.Put(Samples.Ada, ("salary", "2000"));
        _host.Records.Put(Samples.Ada, ("salary", "3000"), ("title", "Countess"));
        await LiveHost.Until(() => Versions(cy).Length == 1, "the entry that is visible");
        Versions(cy).ShouldBe([3]);
        cy.All.Select(heard => $"{heard.Argument}").ShouldAllBe(text => !text.Contains("salary") && !text.Contains("000"));
    }

    [Fact]
    public async Task A_record_that_is_taken_away_stops_showing_at_once()
    {
        _host.Callers.Set("bo", Samples.Seller());
        var bo = await Watching("bo");
        _host.Records.Put(Samples.Ada, ("owner", "ana"));
        await LiveHost.Until(() => Removed(bo).Length == 1, "the record to be taken back");
        _host.Records.Put(Samples.Ada, ("title", "secret of Ana"));
        var ana = await Watching("ana");
        _host.Records.Put(Samples.Ada, ("title", "still secret"));
        await LiveHost.Until(() => Versions(ana).Length == 1, "those who may see it to be told");
        Removed(bo).ShouldBe(["contacts/ada"]);
        Versions(bo).ShouldBeEmpty();
        bo.All.ShouldAllBe(heard => !$"{heard.Argument}".Contains("secret"));
    }

    [Fact]
    public async Task Rights_that_change_end_a_feed_which_then_answers_with_what_they_show()
    {
        var ana = await Watching("ana");
        _host.Callers.Set("ana", Samples.Of("ana", "acme", ["users.read"], []));
        await LiveHost.Until(() => Resets(ana) == 1, "the feed to be asked again");
        _host.Records.Put(Samples.Ada, ("title", "secret"));
        var page = await ana.Invoke("WatchActivity", new { scope = "own" });
        page.GetProperty("items").GetArrayLength().ShouldBe(0);
        Versions(ana).ShouldBeEmpty();
    }

    [Fact]
    public async Task Following_something_else_has_the_feed_asked_again_by_him_alone()
    {
        var (ana, bo) = (await Watching("ana"), await Watching("bo"));
        _host.Records.Put(new("acme", "follows", "f1"), ("user", "ana"), ("target", "contacts/eve"));
        await LiveHost.Until(() => Resets(ana) == 1, "the feed to be asked again");
        _host.Records.Put(Samples.Ada, ("title", "Countess"));
        await LiveHost.Until(() => Versions(bo).Length == 1, "the other's feed to go on");
        (Resets(bo), Versions(ana).Length).ShouldBe((0, 0));
    }

    [Fact]
    public async Task What_nobody_told_this_node_is_found_by_comparing_with_the_log()
    {
        var ana = await Watching("ana");
        _host.Records.Wire = static (_, _) => { };
        _host.Records.Put(Samples.Ada, ("title", "lost"));
        await LiveHost.Until(() => Versions(ana).Length == 1, "the lost entry");
        _host.Records.Wire = static (nudge, pass) =>
        {
            pass(nudge);
            pass(nudge);
        };
        _host.Records.Put(Samples.Ada, ("title", "doubled"));
        _host.Records.Put(Samples.Ada, ("title", "last"));
        await LiveHost.Until(() => Versions(ana).Length >= 3, "the entries after it");
        Versions(ana).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Another_tenant_hears_nothing_and_conditions_hold_for_what_is_pushed()
    {
        _host.Activity.Followed["ida"] = ["contacts/ada"];
        var ida = await _host.Connect("globex.ida");
        (await ida.Invoke("WatchActivity", new { scope = "own" })).GetProperty("items").GetArrayLength().ShouldBe(0);
        var ana = await _host.Connect("acme.ana");
        await ana.Invoke("WatchActivity", new { scope = "record", about = "contacts/ada", field = "title" });
        _host.Records.Put(Samples.Ada, ("notes", "x"));
        _host.Records.Put(Samples.Ada, ("title", "Countess"));
        await LiveHost.Until(() => Versions(ana).Length == 1, "the entry that fits");
        (Versions(ana)[0], Versions(ida).Length).ShouldBe((3, 0));
    }

    [Theory]
    [InlineData("""{"scope":"everything"}""", "argument.scope")]
    [InlineData("""{"scope":7}""", "argument.scope")]
    [InlineData("""{"least":"huge"}""", "argument.least")]
    [InlineData("""{"since":"yesterday"}""", "argument.since")]
    [InlineData("""{"by":"a b"}""", "argument.by")]
    [InlineData("""{"about":"contacts/ada"}""", "argument.about")]
    [InlineData("""{"scope":"record"}""", "argument.about")]
    [InlineData("""{"limit":1000}""", "argument.limit")]
    [InlineData("""[]""", "argument.query")]
    [InlineData("""{"scope":"record","about":"contacts/nobody"}""", "record.missing")]
    public async Task A_question_that_cannot_be_meant_is_refused_by_name(string query, string code)
    {
        var ana = await _host.Connect("acme.ana");
        (await Should.ThrowAsync<HubFault>(() => ana.Send("WatchActivity", $"[{query}]"))).Message.ShouldContain(code);
    }

    [Fact]
    public async Task A_connection_watches_ten_feeds_and_may_let_them_go()
    {
        var ana = await _host.Connect("acme.ana");
        var first = (await ana.Invoke("WatchActivity", new { })).GetProperty("subscription").GetString();
        for (var more = 0; more < 9; more++)
        {
            await ana.Invoke("WatchActivity", new { });
        }

        (await Should.ThrowAsync<HubFault>(() => ana.Invoke("WatchActivity", new { }))).Message.ShouldContain("feeds.limit");
        await ana.Invoke("UnwatchActivity", first);
        await ana.Invoke("WatchActivity", new { });
    }

    private async Task<HubClient> Watching(string user)
    {
        var client = await _host.Connect($"acme.{user}");
        await client.Invoke("WatchActivity", new { scope = "own" });
        return client;
    }

    private static IEnumerable<JsonElement> Told(HubClient client) => client.All.Where(heard => heard.Target == "ActivityChanged").Select(heard => heard.Argument);

    private static JsonElement[] Pushed(HubClient client) => [.. Told(client).Where(told => told.TryGetProperty("items", out _)).SelectMany(told => told.GetProperty("items").EnumerateArray())];

    private static long[] Versions(HubClient client) => [.. Pushed(client).Select(entry => entry.GetProperty("change").GetProperty("version").GetInt64())];

    private static string?[] Removed(HubClient client) => [.. Told(client).Where(told => told.TryGetProperty("removed", out _)).SelectMany(told => told.GetProperty("removed").EnumerateArray()).Select(reference => reference.GetString())];

    private static int Resets(HubClient client) => Told(client).Count(told => told.TryGetProperty("reset", out _));
}
