using System.Text.Json;

namespace Crm.Engine.Tests.Notices;

public sealed class ConflictTests : IDisposable
{
    private readonly NoticeBench _bench = new();

    [Fact]
    public async Task Who_does_not_decide_a_conflict_is_told_after_a_minute_and_finds_what_he_wrote()
    {
        var bo = await Conflict();
        await _bench.Pass(TimeSpan.FromSeconds(59));
        (await _bench.Of(bo)).ShouldBeEmpty();
        await _bench.Pass(TimeSpan.FromSeconds(1));
        (await _bench.Text(bo)).ShouldBe("ana Name changed Maria while you did. Decide which holds.");
        (await _bench.Of(bo))[0].Fields["actions"].EnumerateArray().Select(action => action.GetString()).ShouldBe(["keepMine", "keepTheirs", "open"]);
        (await _bench.Drafts.Of(_bench.Contact, "bo")).ShouldHaveSingleItem().Value.GetString().ShouldBe("Bo's");
    }

    [Fact]
    public async Task Who_decides_for_his_own_is_told_nothing()
    {
        var bo = await Conflict();
        await _bench.Write(bo, new { title = "Bo's" });
        await _bench.Pass(TimeSpan.FromMinutes(2));
        (await _bench.Of(bo)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nor_who_gives_his_own_up_or_may_not_see_the_record_any_more()
    {
        var bo = await Conflict();
        await _bench.Drafts.Drop(_bench.Contact, "bo", "title");
        await _bench.Pass(TimeSpan.FromMinutes(2));
        bo = await Conflict(again: true);
        _bench.Rights("bo", "");
        await _bench.Pass(TimeSpan.FromMinutes(2));
        (await _bench.Of(bo)).ShouldBeEmpty();
    }

    public void Dispose() => _bench.Dispose();

    private async Task<Caller> Conflict(bool again = false)
    {
        var (ana, bo) = again ? (_bench.Rights("ana", "contacts.*"), _bench.Rights("bo", "contacts.*")) : (await _bench.User("ana"), await _bench.User("bo"));
        var seen = await _bench.Write(ana, new { name = "Maria", title = $"First {again}" });
        await _bench.Write(ana, new { title = $"Ana's {again}" });
        var refused = await _bench.Host.Edit(_bench.Contact, bo, _bench.NewId(), seen, JsonSerializer.SerializeToElement(new { title = "Bo's" }));
        refused.Status.ShouldBe(Status.Conflict);
        await _bench.Book.Conflicted(bo, _bench.Contact, refused);
        return bo;
    }
}
