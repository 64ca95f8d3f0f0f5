using System.Collections.Frozen;
using System.Text.Json;

namespace Crm.Tests.Lists;

public sealed class FilterTests
{
    private static readonly KindInfo Kind = new(
        "contacts", "name", "owner", true,
        [
            new("name", FieldType.Text, Searched: true), new("status", FieldType.Choice, Options: ["active", "lost"]), new("tags", FieldType.Set), new("owner", FieldType.User),
            new("score", FieldType.Number), new("born", FieldType.Date), new("address", FieldType.Parts, Parts: ["city"]), new("seen", FieldType.Data),
        ],
        [], "", default);

    private static readonly RecordView Ana = new(
        "contacts", "ana-1", 3, Noon, Noon.AddHours(1), "bo", false,
        JsonElement.Parse("""{"name":"Ana","status":"active","tags":["vip","Berlin"],"owner":"ana","score":1.50,"born":"1990-05-01","address":{"city":"Köln"},"custom.at":"2026-03-01T09:00:00+01:00","custom.flag":true}""")
            .EnumerateObject().ToDictionary(field => field.Name, field => field.Value));

    private static DateTimeOffset Noon => new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"status":"active"}""", true)]
    [InlineData("""{"status":{"ne":"lost"},"name":"Ana"}""", true)]
    [InlineData("""{"status":"active","name":"Bo"}""", false)]
    [InlineData("""{"name":"ana"}""", false)]
    [InlineData("""{"name":{"contains":"NA"}}""", true)]
    [InlineData("""{"name":{"startsWith":"an"}}""", true)]
    [InlineData("""{"name":{"in":["Bo","Ana"]}}""", true)]
    [InlineData("""{"name":{"in":[]}}""", false)]
    [InlineData("""{"tags":"vip"}""", true)]
    [InlineData("""{"tags":{"has":"berlin"}}""", false)]
    [InlineData("""{"tags":{"in":["x","Berlin"]}}""", true)]
    [InlineData("""{"score":1.5}""", true)]
    [InlineData("""{"score":{"gt":1.4999999999999999999999,"lte":15e-1}}""", true)]
    [InlineData("""{"born":{"gte":"1990-05-01","lt":"1990-05-02"}}""", true)]
    [InlineData("""{"address.city":"Köln"}""", true)]
    [InlineData("""{"owner":null}""", false)]
    [InlineData("""{"custom.none":{"ne":"x"}}""", true)]
    [InlineData("""{"custom.none":null}""", true)]
    [InlineData("""{"custom.none":{"empty":false}}""", false)]
    [InlineData("""{"custom.at":{"eq":"2026-03-01T08:00:00Z"}}""", true)]
    [InlineData("""{"custom.flag":{"ne":true}}""", false)]
    [InlineData("""{"createdAt":{"gte":"2026-03-01","lt":"2026-03-02"}}""", true)]
    [InlineData("""{"version":{"gte":3},"updatedBy":"bo","id":"ana-1"}""", true)]
    [InlineData("""{"or":[{"name":"Bo"},{"not":{"status":"lost"}}]}""", true)]
    [InlineData("""{"or":[]}""", false)]
    [InlineData("""{"and":[]}""", true)]
    [InlineData("""{"seen":{"empty":true}}""", true)]
    public void A_filter_matches_what_it_says(string json, bool matches) => Read(json).Spec!.Matches(Ana).ShouldBe(matches);

    [Theory]
    [InlineData("""{"nope":1}""", "nope", "filter.field", "name")]
    [InlineData("""{"custom.nope":1}""", "custom.nope", "filter.field", "custom.at")]
    [InlineData("""{"fields->>'x'":1}""", "fields->>'x'", "filter.field", "name")]
    [InlineData("""{"status":{"gt":"active"}}""", "status", "filter.operator", "empty")]
    [InlineData("""{"status":{}}""", "status", "filter.operator", "in")]
    [InlineData("""{"status":"odd"}""", "status", "filter.value", "active, lost")]
    [InlineData("""{"score":"1"}""", "score", "filter.value", "number")]
    [InlineData("""{"score":1e400}""", "score", "filter.value", "number")]
    [InlineData("""{"born":"1990-02-30"}""", "born", "filter.value", "day")]
    [InlineData("""{"createdAt":{"gte":"yesterday"}}""", "createdAt", "filter.value", "time")]
    [InlineData("""{"custom.flag":"yes"}""", "custom.flag", "filter.value", "true")]
    [InlineData("""{"name":"\u0000"}""", "name", "filter.value", "text")]
    [InlineData("""{"name":"\ud800"}""", "name", "filter.value", "text")]
    [InlineData("""{"\ud800":"x"}""", "?", "filter.field", "name")]
    [InlineData("""{"tags":{"has":5}}""", "tags", "filter.value", "text")]
    [InlineData("""{"name":{"in":"Ana"}}""", "name", "filter.value", "list")]
    [InlineData("""{"name":{"empty":1}}""", "name", "filter.value", "true or false")]
    [InlineData("""{"seen":5}""", "seen", "filter.operator", "empty")]
    [InlineData("""{"or":{}}""", "or", "filter.value", "list")]
    [InlineData("""[]""", "filter", "filter.value", "object")]
    [InlineData("""{"not":{"not":{"not":{"not":{"not":{"not":{}}}}}}}""", "filter", "filter.depth", "5")]
    public void What_it_refuses_it_names_with_what_is_allowed(string json, string field, string code, string says)
    {
        var refusal = Read(json).Refusal.ShouldNotBeNull();
        (refusal.Field, refusal.Code).ShouldBe((field, code));
        refusal.Text.ShouldContain(says);
    }

    [Fact]
    public void A_filter_of_too_many_tests_is_refused() =>
        Read($$"""{"or":[{{string.Join(',', Enumerable.Repeat("{}", 51))}}]}""").Refusal!.Code.ShouldBe("filter.size");

    [Fact]
    public void A_hidden_field_is_an_unknown_field()
    {
        var caller = new Caller("acme", "ana", FrozenSet.Create("contacts.read"), FrozenSet.Create("contacts.status", "contacts.custom", "contacts.name"), FrozenSet<string>.Empty);
        Read("""{"status":"active"}""", caller).Refusal!.Code.ShouldBe("filter.field");
        Read("""{"status":"active"}""", caller).Refusal!.Text.ShouldNotContain("status");
        Read("""{"custom.flag":true}""", caller).Refusal!.Code.ShouldBe("filter.field");
        Read("{}", caller, sort: "name").Refusal!.Code.ShouldBe("sort.field");
        Read("{}", caller, q: "ana").Spec!.Matches(Ana).ShouldBeFalse();
    }

    [Fact]
    public void Whoever_sees_only_what_is_his_lists_only_what_is_his()
    {
        Caller By(string user) => new("acme", user, FrozenSet.Create("contacts.read.own"), FrozenSet<string>.Empty, FrozenSet<string>.Empty);
        Read("{}", By("ana")).Spec!.Matches(Ana).ShouldBeTrue();
        Read("{}", By("bo")).Spec!.Matches(Ana).ShouldBeFalse();
    }

    [Fact]
    public void Deleted_records_and_other_kinds_do_not_belong()
    {
        Read("{}").Spec!.Matches(Ana with { Deleted = true }).ShouldBeFalse();
        Read("{}").Spec!.Matches(Ana with { Kind = "leads" }).ShouldBeFalse();
    }

    [Theory]
    [InlineData("score", "c b a d")]
    [InlineData("-score", "a b c d")]
    [InlineData(null, "d a b c")]
    [InlineData("-name", "c b a d")]
    public void The_order_is_total_and_what_has_no_value_comes_last(string? sort, string order)
    {
        RecordView Of(string id, string fields) => Ana with
        {
            Id = id, Fields = JsonElement.Parse(fields).EnumerateObject().ToDictionary(field => field.Name, field => field.Value),
        };
        RecordView[] records = [Of("a", """{"name":"Ähre","score":10}"""), Of("b", """{"name":"bo","score":9.0}"""), Of("c", """{"name":"Çelik","score":1e0}"""), Of("d", """{"score":"x"}""")];
        var spec = Read("{}", sort: sort).Spec!;
        records.Order(Comparer<RecordView>.Create(spec.Compare)).Select(record => record.Id).ShouldBe(order.Split(' '));
    }

    [Fact]
    public void Numbers_are_compared_without_losing_a_digit()
    {
        string[] ascending = ["-1e400", "-10", "-1.0000000000000000000000000000001", "-1", "-0.001", "0", "1e-400", "0.1", "0.10000000000000000000000000000001", "1", "9", "10", "1E2", "1e400"];
        ascending.Reverse().OrderBy(Numeric.Parse).ShouldBe(ascending);
        Numeric.Parse("-0.0").ShouldBe(Numeric.Parse("0e5"));
        Numeric.Parse("1200").ShouldBe(Numeric.Parse("1.2e3"));
    }

    private static (ListSpec? Spec, Problem? Refusal) Read(string filter, Caller? caller = null, string? sort = null, string? q = null) => ListSpec.Read(
        caller ?? Caller.System("acme"), Kind, [new("custom.at", FieldType.Instant), new("custom.flag", FieldType.Flag), new("custom.none", FieldType.Text)],
        q, JsonElement.Parse(filter), sort);
}
