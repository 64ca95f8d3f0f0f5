using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests.Lists;

public sealed class FoldTests
{
    [Theory]
    [InlineData("Ébéñ ŁÓDŹ", "eben lodz")]
    [InlineData("Straße Æsir Œuvre Ø Đ Þ", "strasse aesir oeuvre o d th")]
    [InlineData("ﬁne Ａ１", "fine a1")]
    [InlineData("e\u0301 A\u030A", "e a")]
    [InlineData("İstanbul ISPARTA ılık", "istanbul isparta ilik")]
    [InlineData("Ωμέγας ΣΊΣΥΦΟΣ", "ωμεγασ σισυφοσ")]
    [InlineData("Йод Ёлка", "иод елка")]
    [InlineData("がガ", "かカ")]
    [InlineData("٣٤", "34")]
    [InlineData("Nguyễn", "nguyen")]
    [InlineData("O'Brien & Co. 50%", "o'brien & co. 50%")]
    public void Text_loses_capitals_and_accents_and_nothing_else(string text, string folded) => Fold.Text(text).ShouldBe(folded);

    [Fact]
    public void Composed_and_decomposed_Hangul_agree() => Fold.Text("한국").ShouldBe("\u1112\u1161\u11AB\u1100\u116E\u11A8");

    [Fact]
    public void Half_a_surrogate_pair_is_dropped_and_a_whole_one_stays() => Fold.Text("a\uD83Db\uDE00 😀").ShouldBe("ab 😀");

    [Fact]
    public void Folding_twice_changes_nothing_more() => Prop
        .ForAll(Gen.Choose(1, 0xFFFF).Select(c => (char)c).ArrayOf().Select(text => new string(text)).ToArbitrary(),
            text => Fold.Text(Fold.Text(text)) == Fold.Text(text))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void Every_letter_of_the_table_folds_to_letters_that_stay()
    {
        for (var c = 0; c < 0xFFFF; c++)
        {
            if (!char.IsSurrogate((char)c))
            {
                var folded = Fold.Text(((char)c).ToString());
                Fold.Text(folded).ShouldBe(folded, $"U+{c:X4}");
            }
        }
    }

    [Fact]
    public void Texts_are_ordered_by_their_UTF8_bytes() => Prop
        .ForAll(Pairs(), pair => Math.Sign(Values.Compare(pair.A, pair.B)) == Math.Sign(Encoding.UTF8.GetBytes(pair.A).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(pair.B))))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static Arbitrary<(string A, string B)> Pairs()
    {
        var text = Gen.Elements("a", "b", "z", "é", "\uE000", "\uFFFD", "😀", "𝒳", "\uD7FF").ArrayOf().Select(string.Concat);
        return text.SelectMany(a => text.Select(b => (a, b))).ToArbitrary();
    }
}
