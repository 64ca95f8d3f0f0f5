using System.Text.Json;

namespace Crm.Engine.Tests;

public sealed class BroadcastTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly EmbeddedFeed _feed = new();
    private readonly List<Nudge> _heard = [];
    private readonly Broadcasts _broadcasts;

    public BroadcastTests()
    {
        ((IFeed)_feed).Subscribe(null, Broadcasts.KindName, _heard.Add);
        _broadcasts = new(_feed, () => Task.FromResult<IReadOnlyList<string>>(["acme", "globex"]), _time);
    }

    [Fact]
    public void What_comes_close_together_for_one_audience_and_type_travels_as_one()
    {
        for (var number = 0; number < 3; number++)
        {
            Say(new Audience.User("acme", "ana"), number);
            Say(new Audience.Team("acme", "North"), number);
        }

        _heard.ShouldBeEmpty();
        _time.Advance(IBroadcasts.Together);
        _heard.Select(nudge => (nudge.At.Tenant, To: nudge.After.Fields["to"].GetString(), Items: nudge.After.Fields["items"].GetRawText())).ShouldBe(
            [("acme", "acme/user/ana", """[{"n":0},{"n":1},{"n":2}]"""), ("acme", "acme/team/North", """[{"n":0},{"n":1},{"n":2}]""")], ignoreOrder: true);
    }

    [Fact]
    public void Of_a_flood_the_newest_travel_and_the_rest_is_counted()
    {
        for (var number = 0; number < 1_000; number++)
        {
            Say(new Audience.Tenant("acme"), number);
        }

        _time.Advance(IBroadcasts.Together);
        var fields = _heard.ShouldHaveSingleItem().After.Fields;
        fields["items"].GetArrayLength().ShouldBe(IBroadcasts.MostWaiting);
        fields["items"][0].GetProperty("n").GetInt32().ShouldBe(900);
        fields["dropped"].GetInt64().ShouldBe(900);
        _time.Advance(TimeSpan.FromHours(1));
        _heard.Count.ShouldBe(1);
    }

    [Fact]
    public void Everyone_is_everybody_of_every_tenant_and_no_other_audience_leaves_its_own()
    {
        Say(new Audience.Everyone(), 1);
        Say(new Audience.Record(new("globex", "contacts", "c1")), 2);
        _time.Advance(IBroadcasts.Together);
        _heard.Select(nudge => $"{nudge.At.Tenant} {nudge.After.Fields["to"]}").Order().ShouldBe(["acme /all", "globex /all", "globex globex/record/contacts/c1"]);
    }

    [Theory]
    [InlineData("Tick", """{"n":1}""")]
    [InlineData("", """{"n":1}""")]
    [InlineData("polls.tick", "[1]")]
    [InlineData("polls.tick", "1")]
    public void What_has_the_wrong_form_is_refused(string type, string data) =>
        Should.Throw<ArgumentException>(() => _broadcasts.Publish(new Audience.Everyone(), type, JsonElement.Parse(data)));

    [Fact]
    public void So_is_what_is_too_long() => Should.Throw<ArgumentException>(() =>
        _broadcasts.Publish(new Audience.Everyone(), "polls.tick", JsonSerializer.SerializeToElement(new { text = new string('x', IBroadcasts.LongestData) })));

    public void Dispose() => _broadcasts.Dispose();

    private void Say(Audience to, int number) => _broadcasts.Publish(to, "polls.tick", JsonSerializer.SerializeToElement(new { n = number }));
}
