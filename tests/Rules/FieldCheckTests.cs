using System.Text.Json;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class FieldCheckTests
{
    [Theory]
    [InlineData(FieldType.Text, "\"Ada\"")]
    [InlineData(FieldType.Text, "null")]
    [InlineData(FieldType.LongText, "\"two\\nlines\\tand a tab\"")]
    [InlineData(FieldType.Number, "1.5")]
    [InlineData(FieldType.Counter, "-3")]
    [InlineData(FieldType.Flag, "false")]
    [InlineData(FieldType.Date, "\"2026-02-28\"")]
    [InlineData(FieldType.Instant, "\"2026-02-28T10:00:00Z\"")]
    [InlineData(FieldType.Choice, "\"red\"")]
    [InlineData(FieldType.Set, """["red","green"]""")]
    [InlineData(FieldType.User, "\"ana\"")]
    [InlineData(FieldType.Parts, """{"city":"Berlin","street":null}""")]
    public void A_value_that_fits_its_field_passes(FieldType type, string value) => Check(type, value).ShouldBeNull();

    [Theory]
    [InlineData(FieldType.Text, "5", "field.text")]
    [InlineData(FieldType.Text, "\"two\\nlines\"", "text.control")]
    [InlineData(FieldType.Text, "\"nul\\u0000\"", "text.unreadable")]
    [InlineData(FieldType.Text, "\"half \\ud83d\"", "text.unreadable")]
    [InlineData(FieldType.Text, "\"123456789012345678901\"", "text.length")]
    [InlineData(FieldType.Number, "\"5\"", "field.number")]
    [InlineData(FieldType.Number, "1e400", "field.number")]
    [InlineData(FieldType.Counter, "1.5", "field.integer")]
    [InlineData(FieldType.Flag, "1", "field.flag")]
    [InlineData(FieldType.Date, "\"2026-02-30\"", "field.date")]
    [InlineData(FieldType.Instant, "\"yesterday\"", "field.instant")]
    [InlineData(FieldType.Choice, "\"blue\"", "field.choice")]
    [InlineData(FieldType.Set, "\"red\"", "field.list")]
    [InlineData(FieldType.Set, "[5]", "field.text")]
    [InlineData(FieldType.Set, """["blue"]""", "field.choice")]
    [InlineData(FieldType.User, "\"a/b\"", "field.id")]
    [InlineData(FieldType.Parts, "[]", "field.object")]
    [InlineData(FieldType.Parts, """{"planet":"Mars"}""", "field.part")]
    [InlineData(FieldType.Parts, """{"city":7}""", "field.text")]
    [InlineData(FieldType.Data, "{}", "field.locked")]
    public void A_value_that_does_not_fit_is_refused_by_name(FieldType type, string value, string code)
    {
        var wrong = Check(type, value);

        wrong.ShouldNotBeNull().Code.ShouldBe(code);
        wrong.Field.ShouldStartWith("colour");
    }

    [Fact]
    public void A_set_of_too_many_entries_is_refused() =>
        Check(FieldType.Set, JsonSerializer.Serialize(Enumerable.Repeat("red", FieldCheck.MaxItems + 1)))!.Code.ShouldBe("field.items");

    private static Problem? Check(FieldType type, string value) => FieldCheck.Of(
        new FieldInfo("colour", type, MaxLength: 20, Options: type is FieldType.Choice or FieldType.Set ? ["red", "green"] : null, Parts: ["city", "street"]),
        JsonElement.Parse(value));
}
