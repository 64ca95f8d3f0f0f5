using System.Text.Json;

namespace Crm.Tests.Lists;

public sealed class QuestionTests
{
    private static readonly KindInfo Kind = new(
        "contacts", "name", null, false,
        [new("name", FieldType.Text, Searched: true), new("emails", FieldType.Set, Searched: true), new("phones", FieldType.Set, Searched: true), new("notes", FieldType.LongText)],
        [], "", default);

    private const string Ana = """{"name":"Ana María López-Öst","emails":["ana.lopez@acme.test"],"phones":["+49 (0)30 1234-567 ext. 12"],"notes":"secret"}""";

    [Theory]
    [InlineData("ana", Rank.Title)]
    [InlineData("Ana Mar", Rank.Title)]
    [InlineData("lopez ana", Rank.Exact)]
    [InlineData("LÓPEZ öst", Rank.Exact)]
    [InlineData("mar lop", Rank.Starts)]
    [InlineData("ope", Rank.Contained)]
    [InlineData("lopes", Rank.Near)]
    [InlineData("lpoez maira", Rank.Near)]
    [InlineData("ana.lopez@acme.test", Rank.Exact)]
    [InlineData("<ana.lopez@acme.test>,", Rank.Exact)]
    [InlineData("lopez@acme", Rank.Exact)] // lopez and acme are words of it.
    [InlineData("ana.lopes@acme.test", Rank.Near)]
    [InlineData("030 1234567", Rank.Contained)]
    [InlineData("+49 30 1234-567", Rank.Exact)]
    [InlineData("0049 30 1234567", Rank.Exact)]
    [InlineData("4567", Rank.Contained)]
    [InlineData("an lo", Rank.Starts)]
    [InlineData("z", Rank.None)]
    [InlineData("na", Rank.None)] // One or two letters are looked for at the start of words only.
    [InlineData("4568", Rank.None)]
    [InlineData("lopezz anaa", Rank.None)] // anaa is near ana, which is too short to be misspelt.
    [InlineData("secret", Rank.None)]
    [InlineData("phones", Rank.None)]
    [InlineData("PHONES", Rank.None)]
    [InlineData("!!!", Rank.None)]
    [InlineData("%", Rank.None)]
    public void A_question_ranks_a_record(string q, Rank rank)
    {
        var fields = Fields(Ana);
        Question.Read(q)!.RankOf(ListRow.Search(Kind, fields, _ => true), ListRow.Title(Kind, fields)).ShouldBe(rank);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  \t")]
    public void A_blank_question_is_none(string? q) => Question.Read(q).ShouldBeNull();

    [Fact]
    public void No_more_than_ten_words_are_asked_for() => Question.Read("a b c d e f g h i j k l")!.Asked.Count.ShouldBe(10);

    [Fact]
    public void The_search_text_has_a_line_for_each_field_and_is_found_by_nothing_else() =>
        ListRow.Of(Kind, "acme", new("contacts", "1", 1, default, default, "", false, Fields(Ana)), ["e:ana"]).Search.ShouldBe(
            "NAME ana maria lopez ost \nEMAILS ana.lopez@acme.test ana lopez acme test \nPHONES 49301234567 \n");

    [Fact]
    public void Terms_are_sorted_and_without_repetition()
    {
        var (_, _, terms, keys) = ListRow.Of(Kind, "acme", new("contacts", "1", 1, default, default, "", false, Fields(Ana)), ["e:ana", "e:ana"]);
        terms.ShouldBe(terms.Distinct().Order());
        keys.ShouldBe([new Terms("acme", "contacts").Key("e:ana")]);
    }

    [Theory]
    [InlineData("12345 Elm Street")]
    [InlineData("1234")]
    [InlineData("2026-01-01T00:00")]
    public void Not_every_number_is_a_telephone_number(string text) => Words.Phone(text).ShouldBeNull();

    [Fact]
    public void Long_texts_are_cut_and_never_within_a_character()
    {
        var words = new List<string>();
        Words.Cut(string.Concat(Enumerable.Repeat("😀", 100)) + " b", words);
        words[0].Length.ShouldBe(Words.MaxLength);
        words[1].ShouldBe("b");
    }

    private static Dictionary<string, JsonElement> Fields(string json) =>
        JsonElement.Parse(json).EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
}
