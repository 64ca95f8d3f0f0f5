namespace Crm.Web.Tests.Live;

/// <summary>A broadcast reaches its audience, and nobody else.</summary>
public sealed class BroadcastTests : PresenceTest
{
    private int _said;

    [Theory]
    [InlineData("acme/user/ana", "ana")]
    [InlineData("acme/team/North", "ana cy")]
    [InlineData("acme/record/contacts/ada", "ana bo")]
    [InlineData("acme/all", "ana bo cy")]
    [InlineData("/all", "ana bo cy")]
    [InlineData("globex/all", "")]
    [InlineData("globex/user/ana", "")]
    [InlineData("acme/record/contacts/ada/x", "")]
    [InlineData("acme", "")]
    [InlineData("", "")]
    public async Task Those_hear_it_whom_it_is_for(string audience, string hearers)
    {
        var clients = new Dictionary<string, HubClient> { ["ana"] = await Watching("ana"), ["bo"] = await Watching("bo"), ["cy"] = await Host.Connect("acme.cy") };
        var foreign = await Host.Connect("globex.ana");
        Say(audience, "mark");
        Say("acme/all", "end");
        foreach (var client in clients.Values)
        {
            await LiveHost.Until(() => Said(client).Contains("end"), "the end");
        }

        string.Join(' ', clients.Where(client => Said(client.Value).Contains("mark")).Select(client => client.Key)).ShouldBe(hearers);
        foreign.All.ShouldNotContain(heard => heard.Target == "Published");
    }

    [Fact]
    public async Task Who_may_not_see_the_record_any_more_hears_nothing_of_it()
    {
        var ana = await Watching("ana");
        Host.Callers.Set("ana", Samples.Of("ana", "acme", [], []));
        await LiveHost.Until(() => ana.All.Any(heard => heard.Target == "Removed"), "the end of the watch");
        Say("acme/record/contacts/ada", "mark");
        Say("acme/user/ana", "end");
        await LiveHost.Until(() => Said(ana).Contains("end"), "the end");
        Said(ana).ShouldBe(["end"]);
    }

    [Fact]
    public async Task What_was_left_out_is_counted()
    {
        var ana = await Host.Connect("acme.ana");
        Host.Records.Put(new("acme", "broadcasts", "x"), ("to", "acme/all"), ("type", "polls.tick"), ("items", new[] { new { left = 1 }, new { left = 2 } }), ("dropped", 7));
        await LiveHost.Until(() => ana.All.Any(heard => heard.Target == "Published"), "the message");
        Last(ana, "Published").GetRawText().ShouldBe("""{"type":"polls.tick","items":[{"left":1},{"left":2}],"dropped":7}""");
    }

    private static List<string> Said(HubClient client) => [.. client.All.Where(heard => heard.Target == "Published").Select(heard => heard.Argument.GetProperty("type").GetString()!)];

    private void Say(string audience, string type) =>
        Host.Records.Put(new("acme", "broadcasts", $"{++_said}"), ("to", audience), ("type", type), ("items", new[] { new { n = _said } }), ("dropped", 0));
}
