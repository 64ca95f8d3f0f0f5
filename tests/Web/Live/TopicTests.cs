using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

/// <summary>How one record's nudges become each watcher's changes: in order, none twice, none missing, none before the answer.</summary>
public sealed class TopicTests
{
    private readonly FakeTime _time = new();
    private readonly LiveOptions _options = new();
    private readonly Topic _topic;
    private readonly FakeSocket _ana;

    public TopicTests()
    {
        _topic = new(Samples.Ada, _options);
        _ana = new(Samples.Manager(), _time, _options);
    }

    [Fact]
    public void Nothing_is_sent_before_the_answer_is_written()
    {
        var watch = Join(_ana);
        _topic.Hear(Samples.Nudge(6));
        _topic.Answer(watch, 5, 0).ShouldBeTrue();
        _topic.Hear(Samples.Nudge(7));
        Sent(_ana).ShouldBeEmpty();

        _topic.Written(watch);

        Sent(_ana).ShouldBe([6, 7]);
    }

    [Fact]
    public void What_the_answer_holds_is_not_sent_again()
    {
        var watch = Join(_ana);
        foreach (var version in (long[])[3, 4, 5, 6])
        {
            _topic.Hear(Samples.Nudge(version));
        }

        _topic.Answer(watch, 5, 0);
        _topic.Written(watch);

        Sent(_ana).ShouldBe([6]);
    }

    [Fact]
    public void A_nudge_that_comes_late_or_twice_is_dropped()
    {
        Live(_ana, 5);

        foreach (var version in (long[])[6, 6, 5, 7, 6, 7])
        {
            _topic.Hear(Samples.Nudge(version)).ShouldBeFalse();
        }

        Sent(_ana).ShouldBe([6, 7]);
    }

    [Fact]
    public void A_gap_is_told_and_nothing_passes_it()
    {
        Live(_ana, 5);

        _topic.Hear(Samples.Nudge(8)).ShouldBeTrue();
        Sent(_ana).ShouldBeEmpty();

        _topic.Fill([Samples.Change(6), Samples.Change(7)], null);
        Sent(_ana).ShouldBe([6, 7, 8]);
    }

    [Fact]
    public void Nudges_out_of_order_are_put_in_order()
    {
        Live(_ana, 5);

        foreach (var version in (long[])[8, 7, 9])
        {
            _topic.Hear(Samples.Nudge(version)).ShouldBeTrue();
        }

        _topic.Hear(Samples.Nudge(6)).ShouldBeFalse();
        Sent(_ana).ShouldBe([6, 7, 8, 9]);
    }

    [Fact]
    public void A_reader_of_an_older_state_than_was_passed_on_must_read_again()
    {
        Live(_ana, 5);
        _topic.Hear(Samples.Nudge(6));
        var bo = new FakeSocket(Samples.Manager("bo"), _time, _options);
        var watch = Join(bo);

        _topic.Answer(watch, 5, 0).ShouldBeFalse();
        _topic.Answer(watch, 6, 0).ShouldBeTrue();

        _topic.Written(watch);
        _topic.Hear(Samples.Nudge(7));
        Sent(bo).ShouldBe([7]);
    }

    [Fact]
    public void A_reader_who_knows_more_than_the_nudges_makes_the_topic_suspect_itself()
    {
        Live(_ana, 5);
        _topic.Behind.ShouldBeFalse();

        Live(new(Samples.Manager("bo"), _time, _options), 7);

        _topic.Behind.ShouldBeTrue();
        _topic.Hear(Samples.Nudge(6));
        _topic.Hear(Samples.Nudge(7));
        _topic.Behind.ShouldBeFalse();
        Sent(_ana).ShouldBe([6, 7]);
    }

    [Fact]
    public void Whoever_may_see_less_gets_less()
    {
        var cy = new FakeSocket(Samples.Blinkered(), _time, _options);
        Live(_ana, 1);
        Live(cy, 1);

        _topic.Hear(new(Samples.Ada, Samples.Change(2) with { Fields = new Dictionary<string, FromTo> { ["salary"] = new(Samples.Json(null), Samples.Json("canary")) } }, Samples.View("ada", 2)));

        Sent(_ana).ShouldBe([2]);
        Sent(cy).ShouldBe([2]);
        _ana.Writes.Single().ShouldContain("canary");
        cy.Writes.Single().ShouldNotContain("canary");
        cy.Writes.Single().ShouldNotContain("salary");
    }

    [Fact]
    public void Who_may_see_the_same_gets_the_very_same_bytes()
    {
        var sockets = Enumerable.Range(0, 3).Select(i => new FakeSocket(Samples.Manager($"u{i}"), _time, _options)).ToList();
        sockets.ForEach(socket => Live(socket, 1));

        _topic.Hear(Samples.Nudge(2));

        sockets.ForEach(socket => socket.Flusher.Flush());
        sockets.Select(socket => socket.Writes.Single()).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void A_deleted_record_is_taken_away_and_its_watch_ends()
    {
        Live(_ana, 5);

        _topic.Hear(new(Samples.Ada, Samples.Change(6), Samples.View("ada", 6, deleted: true)));
        _topic.Hear(Samples.Nudge(7));

        var message = Only(_ana);
        message.Target.ShouldBe("Removed");
        message.Argument.GetRawText().ShouldBe("""{"ref":"contacts/ada","version":6,"by":"ana"}""");
        _ana.Connection.Watches.ShouldBeEmpty();
        _topic.Sweep().ShouldBeTrue();
    }

    [Fact]
    public void A_record_that_changes_hands_leaves_the_sight_of_its_old_owner_alone()
    {
        var bo = new FakeSocket(Samples.Seller(), _time, _options);
        Live(_ana, 5);
        Live(bo, 5);

        _topic.Hear(Samples.Nudge(6, ("owner", "bo")));
        Sent(bo).ShouldBe([6]);
        _topic.Hear(Samples.Nudge(7, ("owner", "cy")));
        _topic.Hear(Samples.Nudge(8, ("owner", "bo")));

        Sent(_ana).ShouldBe([6, 7, 8]);
        Sent(bo).ShouldBe([6]);
        bo.Messages.Select(message => message.Target).ShouldBe(["Changed", "Removed"]);
    }

    [Fact]
    public void A_change_that_removes_the_record_before_the_answer_is_written_is_told_after_it()
    {
        var watch = Join(_ana);
        _topic.Answer(watch, 5, 0);
        _topic.Hear(new(Samples.Ada, Samples.Change(6), Samples.View("ada", 6, deleted: true)));
        Sent(_ana).ShouldBeEmpty();

        _topic.Written(watch);

        Only(_ana).Target.ShouldBe("Removed");
    }

    [Fact]
    public void Who_waits_too_long_for_his_answer_is_told_to_watch_again()
    {
        _options.ResumeChanges = 3;
        var watch = Join(_ana);
        _topic.Answer(watch, 5, 0);
        for (var version = 6; version < 12; version++)
        {
            _topic.Hear(Samples.Nudge(version));
        }

        _topic.Written(watch);

        Only(_ana).Argument.GetRawText().ShouldBe("""{"refs":["contacts/ada"]}""");
        watch.Ended.ShouldBeTrue();
    }

    [Fact]
    public void A_reader_who_is_behind_the_version_that_the_topic_began_with_reads_again()
    {
        var late = Join(_ana);
        Live(new(Samples.Manager(), _time), 5);

        _topic.Answer(late, 1, 0).ShouldBeFalse();
        _topic.Answer(late, 5, 0).ShouldBeTrue();
    }

    [Fact]
    public void A_watch_whose_answer_nobody_asked_for_is_given_up()
    {
        var watch = Join(_ana);
        _topic.Answer(watch, 5, now: 100);

        _topic.Abandon(answered => answered > 100);
        watch.Ended.ShouldBeFalse();
        _topic.Abandon(answered => answered <= 100);

        watch.Ended.ShouldBeTrue();
    }

    [Fact]
    public void A_retired_topic_takes_nobody_in()
    {
        _topic.Sweep().ShouldBeTrue();

        _topic.Join(new(_ana.Connection, Samples.Ada, new(Samples.Manager(), Samples.Contacts))).ShouldBeFalse();
    }

    private static (string Target, System.Text.Json.JsonElement Argument) Only(FakeSocket socket)
    {
        socket.Flusher.Flush();
        return socket.Messages.ShouldHaveSingleItem();
    }

    private static IReadOnlyList<long> Sent(FakeSocket socket)
    {
        socket.Flusher.Flush();
        return socket.Versions;
    }

    private Watch Join(FakeSocket socket)
    {
        var watch = new Watch(socket.Connection, Samples.Ada, socket.Connection.Rights.Of(Samples.Contacts));
        socket.Connection.Watches[Samples.Ada] = watch;
        _topic.Join(watch).ShouldBeTrue();
        return watch;
    }

    private void Live(FakeSocket socket, long version)
    {
        var watch = Join(socket);
        _topic.Answer(watch, version, 0).ShouldBeTrue();
        _topic.Written(watch);
    }
}
