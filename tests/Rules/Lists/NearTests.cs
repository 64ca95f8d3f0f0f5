using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests.Lists;

public sealed class NearTests
{
    [Theory]
    [InlineData("lopez", "lopez", true)]
    [InlineData("lopez", "lpez", true)]
    [InlineData("lopez", "loppez", true)]
    [InlineData("lopez", "lopes", true)]
    [InlineData("lopez", "olpez", true)]
    [InlineData("lopez", "lozep", false)]
    [InlineData("lopez", "lopezzz", false)]
    [InlineData("abcd", "badc", false)]
    [InlineData("mueller", "muller", true)]
    public void Words_one_slip_apart_are_near(string a, string b, bool near)
    {
        Near.Is(a, b).ShouldBe(near);
        Near.Is(b, a).ShouldBe(near);
    }

    [Theory]
    [InlineData("bob", false)]
    [InlineData("bobb", true)]
    [InlineData("bob1234", false)]
    [InlineData("abcdefghijklmnopqrstu", false)]
    [InlineData("a@bcd", false)]
    [InlineData("田中太郎", true)]
    public void It_applies_to_words_of_four_to_twenty_letters(string word, bool applies) => Near.Applies(word).ShouldBe(applies);

    [Fact]
    public void The_pattern_finds_exactly_the_near_words() => Prop
        .ForAll(Words(), pair => Regex.IsMatch($"NAME x {pair.B} y \n", Near.Pattern(pair.A).Replace("\U00010000-\U0010FFFF", "\uD800-\uDFFF", StringComparison.Ordinal), RegexOptions.None, TimeSpan.FromSeconds(10))
            == (Near.Applies(pair.B) && Near.Is(pair.A, pair.B)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void Near_words_share_a_term() => Prop
        .ForAll(Words(), pair =>
        {
            var terms = new Terms("acme", "contacts");
            return !Near.Applies(pair.B) || !Near.Is(pair.A, pair.B) || Forms(terms, pair.A).Intersect(Forms(terms, pair.B)).Any();
        })
        .Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Fact]
    public void Terms_of_two_tenants_or_kinds_have_nothing_in_common()
    {
        var words = Enumerable.Range(0, 1_000).Select(i => $"word{i}").ToList();
        var terms = words.Select(word => new Terms("acme", "contacts").Word(word)).ToHashSet();
        words.Count(word => terms.Contains(new Terms("globex", "contacts").Word(word))).ShouldBeLessThan(3);
        words.Count(word => terms.Contains(new Terms("acme", "leads").Word(word))).ShouldBeLessThan(3);
        new Terms("acme", "contacts").Word("lopez").ShouldBe(new Terms("acme", "contacts").Word("lopez"));
    }

    [Fact]
    public void The_hashes_are_the_ones_that_are_stored() =>
        (new Terms("acme", "contacts").Word("lopez"), new Terms("acme", "contacts").Facet("status", "active"), new Terms("acme", "contacts").Key("e:ana@acme.test"))
            .ShouldBe((StoredWord, StoredFacet, StoredKey));

    private const int StoredWord = 385718109;
    private const int StoredFacet = -328921113;
    private const int StoredKey = 1966256371;

    private static IEnumerable<int> Forms(Terms terms, string word) =>
        Enumerable.Range(0, word.Length).Select(gap => terms.WordWithout(word, gap)).Append(terms.Word(word));

    // A word, and what becomes of it after none, one or two random slips.
    private static Arbitrary<(string A, string B)> Words()
    {
        var letter = Gen.Elements('a', 'b', 'é', 'z', '1');
        var word = Gen.Elements('a', 'b', 'é', 'z').ArrayOf().Where(letters => letters.Length is >= 4 and <= 20).Select(letters => new string(letters));
        var slip = Gen.Choose(0, 4).SelectMany(kind => Gen.Choose(0, 30).SelectMany(at => letter.Select(with => (kind, at, with))));
        return word.SelectMany(a => slip.SelectMany(one => slip.Select(two => (a, Slipped(Slipped(a, one), two))))).ToArbitrary();
    }

    private static string Slipped(string word, (int Kind, int At, char With) slip)
    {
        var at = slip.At % word.Length;
        return slip.Kind switch
        {
            0 => word.Length > 1 ? word.Remove(at, 1) : word,
            1 => word.Insert(at, slip.With.ToString()),
            2 => string.Concat(word.AsSpan(0, at), slip.With.ToString(), word.AsSpan(at + 1)),
            3 when at + 1 < word.Length => string.Concat(word.AsSpan(0, at), word.AsSpan(at + 1, 1), word.AsSpan(at, 1), word.AsSpan(at + 2)),
            _ => word,
        };
    }
}
