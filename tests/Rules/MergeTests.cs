using System.Text.Json;
using Crm.Engine;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Rules.Tests;

public sealed class MergeTests
{
    [Theory]
    [InlineData(FieldType.Text, "\"a\"", "\"a\"", "\"b\"", "\"b\"")] // Only you changed it.
    [InlineData(FieldType.Text, "\"a\"", "\"b\"", "\"a\"", "\"b\"")] // Only they did.
    [InlineData(FieldType.Text, "\"a\"", "\"b\"", "\"b\"", "\"b\"")] // Both, to the same value.
    [InlineData(FieldType.Set, """["a","b"]""", """["a","b","c"]""", """["a","d"]""", """["a","c","d"]""")]
    [InlineData(FieldType.Set, "null", """["a"]""", """["b"]""", """["a","b"]""")]
    [InlineData(FieldType.Counter, "10", "12", "15", "17")]
    [InlineData(FieldType.Counter, "null", "2", "3", "5")]
    [InlineData(FieldType.Counter, "10", "11", "11", "12")] // Each added one.
    [InlineData(FieldType.LongText, "\"one\\ntwo\\nthree\"", "\"ONE\\ntwo\\nthree\"", "\"one\\ntwo\\nTHREE\"", "\"ONE\\ntwo\\nTHREE\"")]
    public void Two_edits_of_one_field_join_where_the_type_can_hold_both(FieldType type, string before, string theirs, string yours, string joined) =>
        JsonElement.DeepEquals(Merged(type, before, theirs, yours)!.Value, JsonElement.Parse(joined)).ShouldBeTrue();

    [Theory]
    [InlineData(FieldType.Text, "\"a\"", "\"b\"", "\"c\"")]
    [InlineData(FieldType.Choice, "\"a\"", "\"b\"", "null")]
    [InlineData(FieldType.Number, "1", "2", "3")]
    [InlineData(FieldType.Counter, "1", "2", "null")]
    [InlineData(FieldType.LongText, "\"one\\ntwo\"", "\"eins\\ntwo\"", "\"uno\\ntwo\"")]
    [InlineData(FieldType.LongText, "null", "\"a\"", "\"b\"")]
    [InlineData(FieldType.Parts, """{"city":"A"}""", """{"city":"B"}""", """{"city":"C"}""")]
    public void It_is_a_conflict_where_the_type_cannot(FieldType type, string before, string theirs, string yours) =>
        Merged(type, before, theirs, yours).ShouldBeNull();

    [Fact]
    public void A_side_that_changed_nothing_never_wins_over_one_that_did() => Prop.ForAll(Texts, Texts, (before, after) =>
        MergeLines.Join(before, after, before) == after && MergeLines.Join(before, before, after) == after).QuickCheckThrowOnFailure();

    [Fact]
    public void Lines_join_to_the_same_text_whichever_side_came_first() => Prop.ForAll(Texts, Texts, Texts, (before, one, other) =>
        MergeLines.Join(before, one, other) == MergeLines.Join(before, other, one)).QuickCheckThrowOnFailure();

    [Fact]
    public void A_joined_set_holds_all_that_was_added_and_nothing_that_was_taken_out() => Prop.ForAll(Sets, Sets, Sets, (before, theirs, yours) =>
    {
        var joined = Merge.Field(FieldType.Set, Json.Element(before), Json.Element(theirs), Json.Element(yours)).Value!.Value.Deserialize<HashSet<string>>()!;
        return joined.SetEquals(theirs.Union(yours).Where(text => !before.Contains(text) || (theirs.Contains(text) && yours.Contains(text))));
    }).QuickCheckThrowOnFailure();

    private static Arbitrary<string> Texts =>
        Gen.Elements("a", "b", "c", "").ListOf().Select(lines => string.Join('\n', lines)).ToArbitrary();

    private static Arbitrary<HashSet<string>> Sets => Gen.Elements("a", "b", "c", "d", "e").ListOf().Select(items => items.ToHashSet()).ToArbitrary();

    private static JsonElement? Merged(FieldType type, string before, string theirs, string yours) =>
        Merge.Field(type, JsonElement.Parse(before), JsonElement.Parse(theirs), JsonElement.Parse(yours)).Value;
}
