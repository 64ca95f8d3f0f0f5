using System.Text.Json;
using Crm.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Crm.Cluster.Tests;

public sealed class WireTests
{
    private static readonly Serializer Serializer = new ServiceCollection().AddWire().BuildServiceProvider().GetRequiredService<Serializer>();
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 30, 15, 123, TimeSpan.Zero);
    private static readonly Caller Ann = new("acme", "ann", new HashSet<string> { "notes.read", "notes.edit" }, new HashSet<string> { "notes.body" }, new HashSet<string>());
    private static readonly Change Edited = new(2, At.AddTicks(7), "ann", "notes.edit", new Dictionary<string, FromTo> { ["custom.budget"] = new(Json("null"), Json("""{ "a" : [1, "é"] }""")) });
    private static readonly RecordView View = new("notes", "n1", 2, At, At.AddSeconds(1), "ann", false, new Dictionary<string, JsonElement> { ["title"] = Json("\"x\""), ["likes"] = Json("1.50") });

    private static readonly Stay Here = new(
        "c1", new("ann", "Ann", "North", Sharing.Team), Doing.Editing, "title", Json("3"), true, "notes", ["notes/n1"], At, At.AddSeconds(1), [new("title", Json("\"x\""), At)]);

    public static TheoryData<string, object> Samples => new()
    {
        { "crm.answers", new Answers([new(new Outcome(Status.Conflict, 3, [new("title", Json("\"a\""), Json("null"), Json("\"c\""), "bob", At)], [new("f", "c", "t")])), new(null, Again: "later"), new(null, Broken: "never")]) },
        { "crm.beat", new Beat("front", 3, 7, 2, true, [Here], ["c2"], [new("ann", "title", ClaimHow.Take)], [new("title", "bob", 4, "ann")]) },
        { "crm.caller", Ann },
        { "crm.catchup", new CatchUp(2, View, null) },
        { "crm.changes", new Changes([Edited]) },
        { "crm.commands", new Commands([new(Guid.Parse("6f1b6f3e-5a0c-4a57-9d5e-0a3c5e1f2b4d"), Ann, "close", 0, Json("""{  "why":"\u00e9" }""")), new(Guid.Empty, Ann, null, 7, null)]) },
        { "crm.held", new Held(false, 3, 2) },
        { "crm.holding", new Holding("f1", 7, new Dictionary<string, int> { ["s1"] = 2 }, null) },
        { "crm.interest", new Interest("acme", null) },
        { "crm.news", new RoomNews(7, 9, false, true, [Person.Of([Here])], ["bob"], [new("title", "ann", 5)], [null, new("body", "bob", 6)]) },
        { "crm.view", View },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_comes_out_as_it_went_in(string name, object value)
    {
        var bytes = Serializer.SerializeToArray(value);
        var back = Serializer.Deserialize<object>(bytes);
        back.GetType().ShouldBe(value.GetType());
        Text(back).ShouldBe(Text(value));
        Wire.Types[name].ShouldBe(value.GetType());
        System.Text.Encoding.UTF8.GetString(bytes).ShouldContain(name, Case.Sensitive, "the name on the wire is the alias, not the type's");
    }

    [Fact]
    public void Every_type_that_crosses_is_tried_here() => Samples.Select(sample => (string)sample[0]).Order().ShouldBe(Wire.Types.Keys.Order());

    [Fact]
    public void A_command_s_body_keeps_every_byte_since_its_hash_tells_a_repetition()
    {
        const string Body = """{  "why":"\u00e9", "n": 1.50e0 }""";
        var sent = new Commands([new(Guid.Empty, Ann, "close", 0, Json(Body))]);
        var back = Serializer.Deserialize<Commands>(Serializer.SerializeToArray(sent));
        back.Items[0].Body!.Value.GetRawText().ShouldBe(Body);
    }

    [Fact]
    public void A_nudge_comes_out_as_it_went_in()
    {
        var nudge = new Nudge(new("acme", "notes", "n1"), Edited, View);
        var back = Wire.Decode(Wire.Encode(nudge));
        back.At.ShouldBe(nudge.At);
        Text(back).ShouldBe(Text(nudge));
        Should.Throw<JsonException>(() => Wire.Decode("null"u8.ToArray()));
    }

    [Fact]
    public void A_member_of_a_newer_version_is_left_out()
    {
        var newer = JsonSerializer.Deserialize<Caller>("""{"tenant":"acme","user":"ann","permissions":["a"],"hidden":[],"readOnly":[],"mood":"good"}""", Wire.Options)!;
        (newer.User, newer.Can("a")).ShouldBe(("ann", true));
    }

    [Fact]
    public void A_fault_that_passes_arrives_as_one()
    {
        var back = Serializer.Deserialize<Exception>(Serializer.SerializeToArray<Exception>(new UnavailableException("later")));
        back.ShouldBeOfType<UnavailableException>().Message.ShouldBe("later");
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private static string Text(object value) => JsonSerializer.Serialize(value, value.GetType(), Wire.Options);
}
