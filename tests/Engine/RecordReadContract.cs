using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>What reading promises on every host.</summary>
public abstract class RecordReadContract : IDisposable
{
    private static readonly Address At = new("acme", "notes", "n1");
    private readonly Bench _bench;
    private readonly Caller _ann = Bench.Caller("ann");
    private readonly Caller _bob = Bench.Caller("bob");

    /// <param name="open">Null for the host inside one process.</param>
    protected RecordReadContract(OpenHost? open = null) => _bench = new(open);

    /// <inheritdoc />
    public void Dispose()
    {
        _bench.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_copy_that_another_host_has_written_past_is_replaced_when_a_reader_knows_more()
    {
        await Create("""{"title":"One"}""");
        var other = _bench.AnotherHost();
        (await other.Read(At, _ann))!.Version.ShouldBe(1);
        await Edit(_ann, 1, """{"title":"Two"}""");

        (await other.Since(At, _ann, 2, 10))!.Version.ShouldBe(2);
        (await other.Read(At, _ann))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_copy_that_another_host_has_written_past_does_not_say_that_nothing_is_to_do()
    {
        await Create("""{"title":"One"}""");
        var other = _bench.AnotherHost();
        (await other.Read(At, _ann))!.Version.ShouldBe(1);
        (await _bench.Records.Do(At, _ann, _bench.NewId(), "delete", default)).ShouldBeDone(Status.Applied, 2);

        (await other.Do(At, _ann, _bench.NewId(), "restore", default)).ShouldBeDone(Status.Applied, 3);
    }

    [Fact]
    public async Task A_reader_who_goes_is_not_waited_for_and_takes_nothing_from_the_others()
    {
        await Create("""{"title":"One"}""");
        _bench.Restart();
        _bench.Journal.HoldReads();
        using var goes = new CancellationTokenSource();
        var reading = _bench.Records.Read(At, _ann, goes.Token);
        var staying = _bench.Records.Read(At, _bob);
        await Until(() => _bench.Journal.HeldReads > 0);

        await goes.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(reading);
        await Should.ThrowAsync<OperationCanceledException>(_bench.Records.Since(At, _ann, 0, 10, goes.Token));
        staying.IsCompleted.ShouldBeFalse();
        _bench.Journal.ReleaseReads();
        (await staying)!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_long_read_of_the_journal_ends_when_its_reader_goes()
    {
        await Create("""{"title":"One"}""");
        await Edit(_ann, 1, """{"title":"Two"}""");
        _bench.Restart();
        (await _bench.Records.Read(At, _ann))!.Version.ShouldBe(2);
        _bench.Journal.HoldReads();
        using var goes = new CancellationTokenSource();
        var reading = _bench.Records.History(At, _ann, 0, 10, goes.Token);
        await Until(() => _bench.Journal.HeldReads > 0);

        await goes.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(reading);
        await Until(() => _bench.Journal.HeldReads == 0); // Where the record lives nobody waits any more either.
        _bench.Journal.ReleaseReads();
        (await _bench.Records.History(At, _ann, 0, 10))!.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_delete_that_names_a_version_happens_only_at_that_version()
    {
        await Edit(_ann, 0, """{"title":"One"}""");
        await Edit(_ann, 1, """{"title":"Two"}""");
        var key = _bench.NewId();
        var args = JsonElement.Parse("""{"version":2}""");
        (await _bench.Records.Do(At, _ann, _bench.NewId(), "delete", JsonElement.Parse("""{"version":1}"""))).ShouldBeRefused("version.stale");
        (await _bench.Records.Do(At, _ann, _bench.NewId(), "delete", JsonElement.Parse("""{"version":"2"}"""))).ShouldBeRefused("body.unreadable");
        (await _bench.Records.Do(At, _ann, key, "delete", args)).ShouldBeDone(Status.Applied, 3);
        (await _bench.Records.Do(At, _ann, key, "delete", args)).ShouldBeDone(Status.Applied, 3);
    }

    [Fact]
    public async Task Who_may_only_create_can_repeat_the_creation_and_learns_nothing_of_other_ids()
    {
        var maker = Bench.Caller("mia", "notes.create", "notes.read.own");
        var (mine, unknown) = (At with { Id = "mine" }, At with { Id = "unknown" });
        var key = _bench.NewId();
        var note = JsonElement.Parse("""{"title":"Mine"}""");
        (await _bench.Records.Edit(mine, maker, key, 0, note)).ShouldBeDone(Status.Applied, 1);
        (await _bench.Records.Edit(mine, maker, key, 0, note)).ShouldBeDone(Status.Applied, 1);
        (await _bench.Records.Edit(mine, maker, _bench.NewId(), 1, note)).ShouldBeRefused("access.denied");

        await Create("""{"title":"Ann's"}""");
        (await _bench.Records.Edit(unknown, maker, _bench.NewId(), 1, note)).ShouldBeRefused("record.missing");
        (await _bench.Records.Edit(At, maker, _bench.NewId(), 1, note)).ShouldBeRefused("record.missing");
    }

    [Fact]
    public async Task Who_lacks_a_permission_is_refused_and_who_may_not_see_a_record_learns_nothing_of_it()
    {
        await Create("""{"title":"Demo"}""");
        var reader = Bench.Caller("eve", "notes.read");
        var stranger = Bench.Caller("eve", "notes.read.own", "notes.edit", "notes.undo");
        var foreign = _ann with { Tenant = "globex" };

        (await Edit(reader, 1, """{"title":"x"}""")).ShouldBeRefused("access.denied");
        (await Edit(stranger, 1, """{"title":"x"}""")).ShouldBeRefused("record.missing");
        (await Edit(foreign, 1, """{"title":"x"}""")).ShouldBeRefused("record.missing");
        (await _bench.Records.Read(At, stranger)).ShouldBeNull();
        (await _bench.Records.Read(At, foreign)).ShouldBeNull();
        (await _bench.Records.Since(At, foreign, 1, 10)).ShouldBeNull();
        (await _bench.Records.History(At, stranger, 0, 10)).ShouldBeNull();
    }

    [Fact]
    public async Task A_hidden_field_is_in_no_answer_and_cannot_be_written()
    {
        await Create("""{"title":"Demo","body":"secret"}""");
        await Edit(_ann, 1, """{"body":"more secret"}""");
        var half = Bench.Caller("eve") with { Hidden = new HashSet<string> { "notes.body" } };

        (await _bench.Records.Read(At, half))!.Fields.ContainsKey("body").ShouldBeFalse();
        var history = (await _bench.Records.History(At, half, 0, 10))!;
        history.Count.ShouldBe(2, "versions have no gap");
        history.ShouldAllBe(change => !change.Fields.ContainsKey("body"));
        (await _bench.Records.Since(At, half, 1, 10))!.Changes!.ShouldAllBe(change => change.Fields.Count == 0);
        (await Edit(half, 2, """{"body":"x"}""")).ShouldBeRefused("field.unknown");
        (await Edit(Bench.Caller("eve") with { ReadOnly = new HashSet<string> { "notes.body" } }, 2, """{"body":"x"}""")).ShouldBeRefused("field.readonly");
    }

    [Fact]
    public async Task Who_was_away_gets_exactly_the_tail_or_the_whole_when_it_is_too_long()
    {
        await Create("""{"title":"Demo"}""");
        for (var i = 1; i <= 400; i++)
        {
            await Edit(_ann, i, """{"likes":LIKES}""".Replace("LIKES", i.ToString()));
        }

        var tail = (await _bench.Records.Since(At, _bob, 398, 1000))!;
        var old = (await _bench.Records.Since(At, _bob, 1, 1000))!;
        var tooOld = (await _bench.Records.Since(At, _bob, 1, 100))!;
        var ahead = (await _bench.Records.Since(At, _bob, 500, 100))!;

        tail.Changes!.Select(change => change.Version).ShouldBe([399, 400, 401]);
        old.Changes!.Select(change => change.Version).ShouldBe(Enumerable.Range(2, 400).Select(i => (long)i));
        tooOld.Record!.Version.ShouldBe(401);
        ahead.Record!.Version.ShouldBe(401, "a client that is ahead of the journal starts anew");
        (await Edit(_bob, 2, """{"title":"Old base"}""")).ShouldBeDone(Status.Merged, 402);
    }

    [Fact]
    public async Task Nothing_can_be_done_to_a_record_before_it_is_there()
    {
        (await Do(_ann, "close")).ShouldBeRefused("record.missing");
        (await Do(_ann, "delete")).ShouldBeRefused("record.missing");
        (await Edit(_ann, 1, """{"title":"x"}""")).ShouldBeRefused("record.missing");
        (await Do(_ann, "explode")).ShouldBeRefused("verb.unknown");
        (await _bench.Records.Do(At with { Kind = "nothings" }, _ann, _bench.NewId(), "close", default)).ShouldBeRefused("record.missing");
    }

    private async Task Create(string fields) => (await Edit(_ann, 0, fields)).ShouldBeDone(Status.Applied, 1);

    private static async Task Until(Func<bool> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    private Task<Outcome> Edit(Caller caller, long baseVersion, string patch, Guid? id = null) =>
        _bench.Records.Edit(At, caller, id ?? _bench.NewId(), baseVersion, JsonElement.Parse(patch));

    private Task<Outcome> Do(Caller caller, string verb, string args = "{}", Guid? id = null) =>
        _bench.Records.Do(At, caller, id ?? _bench.NewId(), verb, JsonElement.Parse(args));
}
