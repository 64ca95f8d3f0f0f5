using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>What a record promises on every host.</summary>
public abstract class RecordContract : IDisposable
{
    private static readonly Address At = new("acme", "notes", "n1");
    private readonly Bench _bench;
    private readonly Caller _ann = Bench.Caller("ann");
    private readonly Caller _bob = Bench.Caller("bob");

    /// <param name="open">Null for the host inside one process.</param>
    protected RecordContract(OpenHost? open = null) => _bench = new(open);

    /// <inheritdoc />
    public void Dispose()
    {
        _bench.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_record_begins_at_version_one_and_every_change_adds_one()
    {
        await Create("""{"title":"Demo"}""");
        (await Edit(_ann, 1, """{"body":"Hello"}""")).ShouldBeDone(Status.Applied, 2);

        var read = (await _bench.Records.Read(At, _bob))!;
        read.Version.ShouldBe(2);
        read.Fields["title"].GetString().ShouldBe("Demo");
        read.UpdatedBy.ShouldBe("ann");
    }

    [Fact]
    public async Task Edits_of_different_fields_from_one_base_both_hold()
    {
        await Create("""{"title":"Demo"}""");
        (await Edit(_ann, 1, """{"title":"Ann's"}""")).ShouldBeDone(Status.Applied, 2);
        (await Edit(_bob, 1, """{"body":"Bob's"}""")).ShouldBeDone(Status.Merged, 3);

        var read = (await _bench.Records.Read(At, _ann))!;
        (read.Fields["title"].GetString(), read.Fields["body"].GetString()).ShouldBe(("Ann's", "Bob's"));
    }

    [Fact]
    public async Task The_second_to_change_a_field_gets_base_theirs_yours_who_and_when_and_stores_nothing()
    {
        await Create("""{"title":"Demo"}""");
        await Edit(_ann, 1, """{"title":"Ann's"}""");

        var clash = await Edit(_bob, 1, """{"title":"Bob's","body":"also lost?"}""");

        (clash.Status, clash.Version).ShouldBe((Status.Conflict, 2));
        var conflict = clash.Conflicts.ShouldHaveSingleItem();
        (conflict.Field, conflict.Base.GetString(), conflict.Theirs.GetString(), conflict.Yours.GetString(), conflict.By)
            .ShouldBe(("title", "Demo", "Ann's", "Bob's", "ann"));
        (await _bench.Records.Read(At, _ann))!.Fields.ContainsKey("body").ShouldBeFalse();
    }

    [Fact]
    public async Task A_command_sent_twice_takes_effect_once_and_answers_the_same()
    {
        await Create("""{"title":"Demo"}""");
        var id = _bench.NewId();

        var first = await Edit(_ann, 1, """{"likes":5}""", id);
        var again = await Edit(_ann, 1, """{"likes":5}""", id);
        _bench.Restart();
        var afterRestart = await Edit(_ann, 1, """{"likes":5}""", id);
        var other = await Edit(_ann, 1, """{"likes":6}""", id);

        first.ShouldBeDone(Status.Applied, 2);
        again.ShouldBeDone(Status.Applied, 2);
        afterRestart.ShouldBeDone(Status.Applied, 2);
        other.ShouldBeRefused("command.reused");
        (await _bench.Records.Read(At, _ann))!.Fields["likes"].GetInt64().ShouldBe(5);
    }

    [Fact]
    public async Task A_refusal_is_remembered_too()
    {
        await Create("""{"title":"Demo"}""");
        await Do(_ann, "close");
        var id = _bench.NewId();
        (await Do(_ann, "close", "{}", id)).ShouldBeRefused("note.closed");
        _bench.Restart();

        (await Do(_ann, "close", "{}", id)).ShouldBeRefused("note.closed");
        (await Do(_ann, "close", """{ }""", id)).ShouldBeRefused("command.reused");
    }

    [Fact]
    public async Task Many_edits_of_one_record_in_flight_keep_their_order_and_lose_none()
    {
        await Create("""{"title":"Demo"}""");
        _bench.Journal.HoldCommits();
        var edits = Enumerable.Range(1, 200).Select(i => Edit(i % 2 == 0 ? _ann : _bob, 1, """{"likes":1}""")).ToList();
        var seen = (await _bench.Records.Read(At, _ann))!.Version;
        _bench.Journal.ReleaseCommits();

        var outcomes = await Task.WhenAll(edits);

        seen.ShouldBe(1, "what is not committed is not shown");
        outcomes.Select(outcome => outcome.Version).Order().ShouldBe(Enumerable.Range(2, 200).Select(i => (long)i));
        (await _bench.Records.Read(At, _ann))!.Fields["likes"].GetInt64().ShouldBe(200);
        _bench.Nudges.Select(nudge => nudge.Change.Version).ShouldBe(Enumerable.Range(1, 201).Select(i => (long)i));
    }

    [Fact]
    public async Task When_a_commit_fails_what_was_decided_on_it_is_decided_again()
    {
        await Create("""{"title":"Demo"}""");
        _bench.Journal.HoldCommits();
        var edits = Enumerable.Range(1, 10).Select(_ => Edit(_ann, 1, """{"likes":1}""")).ToList();
        _bench.Journal.FailNextCommit();
        _bench.Journal.ReleaseCommits();

        var outcomes = await Task.WhenAll(edits);

        outcomes.ShouldAllBe(outcome => outcome.Status == Status.Merged || outcome.Status == Status.Applied);
        (await _bench.Records.Read(At, _ann))!.Version.ShouldBe(11);
        (await _bench.Records.Read(At, _ann))!.Fields["likes"].GetInt64().ShouldBe(10);
    }

    [Fact]
    public async Task Two_hosts_of_one_record_never_write_the_same_version()
    {
        await Create("""{"title":"Demo"}""");
        var other = _bench.AnotherHost();
        await other.Read(At, _ann);
        await Edit(_ann, 1, """{"title":"Here"}""");

        var there = await other.Edit(At, _bob, _bench.NewId(), 1, JsonElement.Parse("""{"body":"There"}"""));

        there.ShouldBeDone(Status.Merged, 3);
        (await other.Read(At, _bob))!.Fields["title"].GetString().ShouldBe("Here");
    }

    [Fact]
    public async Task A_deleted_record_is_gone_for_readers_and_comes_back_whole()
    {
        await Create("""{"title":"Demo"}""");
        (await Do(_ann, "delete")).ShouldBeDone(Status.Applied, 2);

        (await _bench.Records.Read(At, _ann)).ShouldBeNull();
        (await Edit(_ann, 2, """{"title":"Ghost"}""")).ShouldBeRefused("record.missing");
        (await Do(_ann, "close")).ShouldBeRefused("record.missing");
        (await _bench.Records.History(At, _ann, 0, 10))!.Count.ShouldBe(2);

        (await Do(_ann, "restore")).ShouldBeDone(Status.Applied, 3);
        (await _bench.Records.Read(At, _ann))!.Fields["title"].GetString().ShouldBe("Demo");
    }

    [Fact]
    public async Task Undo_puts_back_what_nobody_changed_since_and_asks_about_the_rest()
    {
        await Create("""{"title":"Demo"}""");
        await Edit(_ann, 1, """{"title":"Ann's"}""");
        await Edit(_bob, 2, """{"body":"Bob's"}""");
        (await Do(_ann, "undo", """{"version":2}""")).ShouldBeDone(Status.Merged, 4);
        (await _bench.Records.Read(At, _ann))!.Fields["title"].GetString().ShouldBe("Demo");

        await Edit(_bob, 4, """{"body":"Newer"}""");
        var clash = await Do(_ann, "undo", """{"version":3}""");

        clash.Status.ShouldBe(Status.Conflict);
        clash.Conflicts[0].Theirs.GetString().ShouldBe("Newer");
    }

    [Fact]
    public async Task What_verbs_did_to_locked_fields_cannot_be_undone_by_an_edit()
    {
        await Create("""{"title":"Demo"}""");
        await Do(_ann, "close");

        (await Do(_ann, "undo", """{"version":2}""")).ShouldBeRefused("undo.locked");
        (await Do(_ann, "undo", """{"version":1}""")).ShouldBeRefused("undo.create");
        (await Do(_ann, "undo", """{"version":99}""")).ShouldBeRefused("version.unknown");
        (await Do(_ann, "undo", "{}")).ShouldBeRefused("version.unknown");
    }

    [Theory]
    [InlineData(1, """{"colour":"red"}""", "field.unknown")]
    [InlineData(1, """{"closed":true}""", "field.locked")]
    [InlineData(1, """{"title":5}""", "field.text")]
    [InlineData(1, """{"title":""}""", "note.title")]
    [InlineData(1, """{"title":null}""", "note.title")]
    [InlineData(1, """{"custom":{"budget":"x"}}""", "field.number")]
    [InlineData(1, """{"custom":{"unknown":1}}""", "field.unknown")]
    [InlineData(1, "[]", "body.unreadable")]
    [InlineData(0, """{"title":"x"}""", "record.exists")]
    [InlineData(-1, """{"title":"x"}""", "version.unknown")]
    [InlineData(9, """{"title":"x"}""", "version.unknown")]
    public async Task A_bad_edit_is_refused_by_name_and_leaves_no_trace(long baseVersion, string patch, string code)
    {
        await Create("""{"title":"Demo"}""");

        (await Edit(_ann, baseVersion, patch)).ShouldBeRefused(code);

        (await _bench.Records.Read(At, _ann))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task An_object_of_parts_is_patched_part_by_part_and_conflicts_as_one()
    {
        await Create("""{"title":"Demo","place":{"city":"Berlin","street":"Obere Str. 57"}}""");
        await Edit(_ann, 1, """{"place":{"street":null}}""");

        (await _bench.Records.Read(At, _ann))!.Fields["place"].GetRawText().ShouldBe("""{"city":"Berlin"}""");
        (await Edit(_bob, 1, """{"place":{"city":"Bonn"}}""")).Conflicts[0].Yours.GetRawText()
            .ShouldBe("""{"city":"Bonn","street":"Obere Str. 57"}""");
    }

    [Fact]
    public async Task Custom_fields_have_types_and_merge_one_by_one()
    {
        await Create("""{"title":"Demo","custom":{"budget":5}}""");
        (await Edit(_ann, 1, """{"custom":{"budget":6}}""")).ShouldBeDone(Status.Applied, 2);
        (await Edit(_bob, 1, """{"custom":{"stage":"won"}}""")).ShouldBeDone(Status.Merged, 3);
        (await Edit(_bob, 1, """{"custom":{"budget":7}}""")).Conflicts[0].Field.ShouldBe("custom.budget");
        (await Edit(_bob, 3, """{"custom":null}""")).ShouldBeDone(Status.Applied, 4);

        (await _bench.Records.Read(At, _ann))!.Fields.Keys.ShouldNotContain(name => name.StartsWith("custom", StringComparison.Ordinal));
    }

    private async Task Create(string fields) => (await Edit(_ann, 0, fields)).ShouldBeDone(Status.Applied, 1);

    private Task<Outcome> Edit(Caller caller, long baseVersion, string patch, Guid? id = null) =>
        _bench.Records.Edit(At, caller, id ?? _bench.NewId(), baseVersion, JsonElement.Parse(patch));

    private Task<Outcome> Do(Caller caller, string verb, string args = "{}", Guid? id = null) =>
        _bench.Records.Do(At, caller, id ?? _bench.NewId(), verb, JsonElement.Parse(args));
}
