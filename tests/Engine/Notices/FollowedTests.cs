using System.Text.Json;

namespace Crm.Engine.Tests.Notices;

public sealed class FollowedTests : IDisposable
{
    private readonly NoticeBench _bench = new();

    [Fact]
    public async Task Who_follows_a_record_is_told_of_its_changes_once_in_five_minutes()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo", "contacts.* follows.create"));
        await _bench.Write(ana, new { name = "Maria" });
        await Follow(bo);
        await _bench.Write(ana, new { title = "Buyer" });
        (await _bench.Text(bo)).ShouldBe("ana Name changed Maria: title.");
        await _bench.Write(ana, new { title = "Director" });
        await _bench.Write(bo, new { title = "Boss" }); // His own doing.
        (await _bench.Of(bo)).Count.ShouldBe(1);
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await _bench.Write(ana, new { title = "Owner" });
        (await _bench.Events(bo)).ShouldBe("followed followed");
    }

    [Fact]
    public async Task Of_what_he_may_not_see_he_is_told_nothing()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo", "contacts.* follows.create", hidden: "contacts.title"));
        await _bench.Write(ana, new { name = "Maria" });
        await Follow(bo);
        await _bench.Write(ana, new { title = "Buyer" });
        (await _bench.Of(bo)).ShouldBeEmpty();
        await _bench.Write(ana, new { title = "Director", company = "Acme" });
        (await _bench.Text(bo)).ShouldBe("ana Name changed Maria: company.");
        _bench.Rights("bo", "follows.create");
        _bench.Time.Advance(TimeSpan.FromMinutes(5));
        await _bench.Write(ana, new { company = "Globex" });
        (await _bench.Of(bo)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_that_nobody_follows_leaves_no_row_in_the_outbox()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo", "contacts.* follows.create"));
        await _bench.Write(ana, new { name = "Maria" });
        await Follow(bo);
        var rows = _bench.Journal.Outbox.Count;
        var other = new Address("acme", "contacts", "c2");
        (await _bench.Host.Edit(other, ana, _bench.NewId(), 0, JsonSerializer.SerializeToElement(new { name = "Other" }))).Status.ShouldBe(Status.Applied);
        _bench.Journal.Outbox.Count.ShouldBe(rows);
        await _bench.Write(ana, new { title = "Buyer" });
        _bench.Journal.Outbox.Skip(rows).ShouldHaveSingleItem().Reaction.ShouldBe("notices.followed");
    }

    public void Dispose() => _bench.Dispose();

    private async Task Follow(Caller user)
    {
        (await _bench.Follows.Follow(user, _bench.NewId(), "contacts/c1")).Refusal.ShouldBeNull();
        await _bench.Run();
    }
}
