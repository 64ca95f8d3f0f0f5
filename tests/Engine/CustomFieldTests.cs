using Crm.Fields;

namespace Crm.Engine.Tests;

public sealed class CustomFieldTests : IDisposable
{
    private static readonly Address Budget = new("acme", "fields", "budget");
    private readonly ContactsBench _bench = new();
    private readonly FeedReads _reads;
    private readonly CustomFields _fields;
    private readonly Deaf _feed;

    public CustomFieldTests()
    {
        _reads = new(_bench.Kinds, _bench.Feed);
        _feed = new(_bench.Feed);
        _fields = new(_bench.Kinds, _reads, _feed, _bench.Time);
    }

    public void Dispose()
    {
        _fields.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task A_field_takes_part_from_its_first_moment_and_no_longer_than_it_is_defined()
    {
        (await Make("early", new { budget = 1 })).ShouldBeRefused("field.unknown");
        await Define(Budget, new { on = "contacts", name = "budget", type = "number" });
        (await Make("text", new { budget = "a lot" })).ShouldBeRefused("field.number");
        (await Make("number", new { budget = 5 })).ShouldBeDone(Status.Applied, 1);

        (await _bench.Do(Budget, "delete", user: "system")).Status.ShouldBe(Status.Rejected);
        (await _bench.Door.Do(Budget, ContactsBench.System, _bench.NewId(), "delete", Json.Element(new { }))).Status.ShouldBe(Status.Applied);
        (await Make("late", new { budget = 5 })).ShouldBeRefused("field.unknown");
    }

    [Fact]
    public async Task A_lost_nudge_heals_by_itself()
    {
        (await Make("early", new { budget = 1 })).ShouldBeRefused("field.unknown");
        _feed.Silent = true;
        await Define(Budget, new { on = "contacts", name = "budget", type = "number" });
        (await Make("still", new { budget = 5 })).ShouldBeRefused("field.unknown");
        _bench.Time.Advance(CustomFields.Fresh);
        (await Make("healed", new { budget = 5 })).ShouldBeDone(Status.Applied, 1);
    }

    [Fact]
    public async Task What_is_required_must_be_given_and_stay()
    {
        await Define(Budget, new { on = "contacts", name = "budget", type = "number", required = true });
        (await Make("without", new { })).ShouldBeRefused("field.required");
        (await Make("with", new { budget = 5 })).ShouldBeDone(Status.Applied, 1);
        (await _bench.Edit("with", 1, new { custom = new { budget = (int?)null } })).ShouldBeRefused("field.required");
        (await _bench.Edit("with", 1, new { title = "CEO" })).ShouldBeDone(Status.Applied, 2);
    }

    [Fact]
    public async Task Name_kind_and_type_are_given_once_and_for_all()
    {
        await Define(Budget, new { on = "contacts", name = "budget", type = "number" });
        foreach (var change in new object[] { new { name = "money" }, new { on = "leads" }, new { type = "text" } })
        {
            (await _bench.Door.Edit(Budget, ContactsBench.System, _bench.NewId(), 1, Json.Element(change))).ShouldBeRefused("field.fixed");
        }

        (await _bench.Door.Edit(Budget, ContactsBench.System, _bench.NewId(), 1, Json.Element(new { label = "Money" }))).ShouldBeDone(Status.Applied, 2);
    }

    [Theory]
    [InlineData("""{"on":"contacts","name":"Budget"}""", "field.name")]
    [InlineData("""{"on":"contacts","name":"a.b"}""", "field.name")]
    [InlineData("""{"name":"budget"}""", "field.kind")]
    [InlineData("""{"on":"contacts","name":"size","type":"choice"}""", "field.options")]
    [InlineData("""{"on":"contacts","name":"size","type":"number","options":["1"]}""", "field.options")]
    [InlineData("""{"on":"contacts","name":"friend","type":"reference"}""", "field.kind")]
    [InlineData("""{"on":"contacts","name":"friend","type":"data"}""", "field.choice")]
    public async Task A_definition_that_makes_no_sense_is_refused(string fields, string code) =>
        (await _bench.Door.Edit(Budget, ContactsBench.System, _bench.NewId(), 0, System.Text.Json.JsonElement.Parse(fields))).ShouldBeRefused(code);

    private async Task Define(Address at, object fields) =>
        (await _bench.Door.Edit(at, ContactsBench.System, _bench.NewId(), 0, Json.Element(fields))).ShouldBeDone(Status.Applied, 1);

    private Task<Outcome> Make(string id, object custom) =>
        _bench.Door.Edit(ContactsBench.Contact(id), ContactsBench.Caller("ana"), _bench.NewId(), 0, Json.Element(new { name = id, custom }));

    /// <summary>A feed that can lose what it is told.</summary>
    private sealed class Deaf(IFeed inner) : IFeed
    {
        public bool Silent { get; set; }

        public IDisposable Subscribe(string? tenant, Action<Nudge> heard) => inner.Subscribe(tenant, nudge =>
        {
            if (!Silent)
            {
                heard(nudge);
            }
        });
    }
}
