using Crm.Engine;

namespace Crm.Rules.Tests.Notices;

public sealed class MentionTests
{
    [Theory]
    [InlineData("Ask @ana about it", "ana")]
    [InlineData("@Ana.Silva, please", "ana.silva")]
    [InlineData("(@bo)", "bo")]
    [InlineData("@ana@acme.test: see above.", "ana@acme.test")]
    [InlineData("@Jürgen.Groß.", "jurgen.gross")]
    [InlineData("@ana\n@bo @ana", "ana bo")]
    [InlineData("@bo-lin's", "bo-lin")]
    public void It_is_who_stands_behind_the_sign(string text, string handles) => string.Join(' ', Mentions.Of(text)).ShouldBe(handles);

    [Theory]
    [InlineData("maria@example.com")]
    [InlineData("a@b@c")]
    [InlineData("@ ana")]
    [InlineData("@@")]
    [InlineData("@<script>")]
    [InlineData("")]
    [InlineData(null)]
    public void An_address_and_a_lone_sign_mention_nobody(string? text) => Mentions.Of(text).ShouldBeEmpty();

    [Fact]
    public void Only_who_was_not_mentioned_before_is_told() => Mentions.Added("@ana wrote", "@ana and @bo wrote").ShouldBe(["bo"]);

    [Fact]
    public void A_flood_of_mentions_is_cut() =>
        Mentions.Added(null, string.Join(' ', Enumerable.Range(0, 1000).Select(number => $"@u{number}"))).Count.ShouldBe(Mentions.Most);

    [Fact]
    public void A_text_of_twenty_thousand_signs_is_read_in_no_time() => Mentions.Of(new string('@', 20_000)).ShouldBeEmpty();

    [Fact]
    public void A_user_is_called_by_his_address_what_is_before_its_sign_and_his_name() =>
        Mentions.HandlesOf("Ana María Silva", "Ana@acme.test").ShouldBe(["ana@acme.test", "ana", "ana.maria.silva", "anamariasilva"]);
}
