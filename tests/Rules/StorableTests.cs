using System.Text.Json;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class StorableTests
{
    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"name":"Ada","tags":["a","b"],"custom":{"budget":5,"open":true,"x":null}}""")]
    [InlineData("""{"name":"\u0041da \ud83d\ude00 \t"}""")]
    [InlineData("""{"n\u0061me":"\\u0000 is only the name of it"}""")]
    public void What_is_text_passes(string json) => Storable.Check(JsonElement.Parse(json)).ShouldBeNull();

    [Fact]
    public void No_arguments_at_all_pass() => Storable.Check(default).ShouldBeNull();

    [Theory]
    [InlineData("""{"name":"A\u0000"}""", "name")]
    [InlineData("""{"a":{"b":["x","\ud800"]}}""", "a.b")]
    [InlineData("""{"a":"\udc00\ud800"}""", "a")]
    [InlineData("""{"a":{"\ud800":1}}""", "a")]
    [InlineData("""{"\u0000":1}""", "")]
    public void What_no_journal_keeps_is_refused_and_the_field_is_named(string json, string field) =>
        Storable.Check(JsonElement.Parse(json)).ShouldBe(new Problem(field, "text.unreadable", "This text holds characters that cannot be stored."));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        Storable.Check(JsonElement.Parse([.. "{\"name\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8])).ShouldNotBeNull().Field.ShouldBe("name");
}
