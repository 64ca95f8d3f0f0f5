using System.Text.Json;
using Crm.Notices.Priority;

namespace Crm.Engine.Tests.Notices;

public sealed class NoticeRankingTests : IDisposable
{
    private readonly NoticeBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_notice_is_made_with_its_score_and_with_the_reasons_for_it()
    {
        var (ana, _) = await People();
        await _bench.Write(ana, new { name = "Maria", notes = "Ask @bo", priority = "high" });
        var notice = await Newest("bo");
        notice.Fields["why"].EnumerateArray().Select(reason => reason.GetProperty("name").GetString()).ShouldBe(["role.mentioned", "level.important", "value.high", "from.teammate"]);
        notice.Fields["score"].GetInt32().ShouldBeInRange(80, 95);
    }

    [Fact]
    public async Task What_somebody_does_with_a_notice_is_learned_once_however_often_the_outbox_tries()
    {
        var (ana, _) = await People();
        await _bench.Write(ana, new { name = "Maria", notes = "Ask @bo" });
        await _bench.Do(await Newest("bo"), "dismiss");
        var learned = await Ranked("bo");
        learned.Weights!["event.mention"].ShouldBeNegative();
        await _bench.Run(again: true);
        (await Ranked("bo")).ShouldSatisfyAllConditions(now => now.Answers.ShouldBe(1), now => now.Weights.ShouldBe(learned.Weights));
        (await Ranked("ana")).Answers.ShouldBe(0);
    }

    [Fact]
    public async Task Less_of_this_lowers_the_next_one_and_nobody_corrects_for_another()
    {
        var (ana, bo) = await People();
        await _bench.Write(ana, new { name = "Maria", notes = "Ask @bo" });
        var first = await Newest("bo");
        var at = new Address("acme", "notices", first.Id);
        var less = JsonSerializer.SerializeToElement(new MoreOrLess(false));
        (await new CorrectVerb().Run(at, ana, _bench.NewId(), less, _bench.Host)).Errors.ShouldHaveSingleItem().Code.ShouldBe("notice.unranked");
        (await new CorrectVerb().Run(at, bo, _bench.NewId(), less, _bench.Host)).Status.ShouldBe(Status.Applied);
        await _bench.Write(ana, new { notes = "Nobody" });
        await _bench.Write(ana, new { notes = "Ask @bo again" });
        (await Newest("bo", but: first.Id)).Fields["score"].GetInt32().ShouldBeLessThan(first.Fields["score"].GetInt32() - 10);
    }

    private async Task<(Caller Ana, Caller Bo)> People() => (await _bench.User("ana", team: "North"), await _bench.User("bo", team: "North"));

    private async Task<RecordView> Newest(string user, string? but = null)
    {
        var all = await _bench.Lists.Find(Caller.System("acme"), "notices", new(null, JsonSerializer.SerializeToElement(new { user }), null, 50));
        return all.Page!.Items.Single(view => view.Id != but);
    }

    private async Task<Ranking> Ranked(string user) => Ranking.From(await _bench.Host.Read(Ranking.At("acme", user), Caller.System("acme")));
}
