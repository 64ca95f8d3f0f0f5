namespace Crm.Engine.Tests;

public sealed class MemoryJournalTests : JournalContract
{
    protected override Task<IJournal> Open() => Task.FromResult<IJournal>(new MemoryJournal());

    [Fact]
    public async Task A_lost_write_and_an_unknown_one_look_alike_to_their_caller()
    {
        var journal = (MemoryJournal)Journal;
        var (lost, stored) = (Fresh(), Fresh());
        journal.Next(MemoryJournal.Fate.Lost);
        journal.Next(MemoryJournal.Fate.StoredUnknown);
        await Should.ThrowAsync<UnavailableException>((await Copy.Load(journal, lost)).Set("name", "Ada"));
        await Should.ThrowAsync<UnavailableException>((await Copy.Load(journal, stored)).Set("name", "Ada"));
        (await journal.Load(lost)).View.ShouldBeNull();
        (await journal.Load(stored)).View.ShouldNotBeNull();
    }

    [Fact]
    public async Task Held_entries_complete_when_they_are_released_and_not_before()
    {
        var journal = (MemoryJournal)Journal;
        var copy = await Copy.Load(journal, Fresh());
        journal.Hold();
        var (one, two) = (copy.Set("name", "Ada"), copy.Set("name", "Ada L.", reactions: "greet"));
        journal.Release(1);
        (one.IsCompleted, two.IsCompleted, journal.Held).ShouldBe((true, false, 1));
        journal.Release();
        (await two).ShouldBeNull();
        journal.Outbox.ShouldHaveSingleItem().Reaction.ShouldBe("greet");
    }
}
