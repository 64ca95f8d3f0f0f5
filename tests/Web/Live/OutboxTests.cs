using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

/// <summary>What a connection is sent when its socket is quick, slow or stuck.</summary>
public sealed class OutboxTests
{
    private readonly FakeTime _time = new();
    private readonly LiveOptions _options = new();
    private readonly FakeSocket _ana;

    public OutboxTests() => _ana = new(Samples.Manager(), _time, _options);

    private Outbox Outbox => _ana.Connection.Outbox;

    [Fact]
    public void One_change_goes_out_as_Changed()
    {
        Push(Watch("ada"), 2);
        Outbox.Kick();

        _ana.Messages.Single().Target.ShouldBe("Changed");
    }

    [Fact]
    public void Changes_that_wait_together_go_out_as_one_message_in_order()
    {
        var (ada, bob) = (Watch("ada"), Watch("bob"));
        Push(ada, 2);
        Push(bob, 7);
        Push(ada, 3);

        Outbox.Kick();

        var message = _ana.Messages.ShouldHaveSingleItem();
        message.Target.ShouldBe("ChangedMany");
        message.Argument.EnumerateArray().Select(change => $"{change.GetProperty("ref").GetString()} {change.GetProperty("version")}")
            .ShouldBe(["contacts/ada 2", "contacts/bob 7", "contacts/ada 3"]);
    }

    [Fact]
    public void Changes_and_other_messages_keep_their_order()
    {
        var ada = Watch("ada");
        Push(ada, 2);
        Push(ada, 3);
        Outbox.Push(Frames.Removed("contacts/bob", 9, "ana"));
        Push(ada, 4);

        Outbox.Kick();

        _ana.Messages.Select(message => message.Target).ShouldBe(["ChangedMany", "Removed", "Changed"]);
        _ana.Versions.ShouldBe([2, 3, 4]);
    }

    [Fact]
    public void While_the_socket_is_full_changes_wait_and_then_travel_together()
    {
        var ada = Watch("ada");
        _ana.Fill();
        Push(ada, 2);
        Outbox.Kick();
        Push(ada, 3);
        Push(ada, 4);
        Outbox.Kick();
        _ana.Writes.Count.ShouldBe(1);

        _ana.Drain();

        _ana.Writes.Count.ShouldBe(2);
        _ana.Versions.ShouldBe([2, 3, 4]);
    }

    [Fact]
    public void A_long_queue_goes_out_in_chunks()
    {
        _options.ChunkBytes = 1_000;
        var ada = Watch("ada");
        for (var version = 1; version <= 50; version++)
        {
            Push(ada, version);
        }

        Outbox.Kick();

        _ana.Writes.Count.ShouldBeGreaterThan(3);
        _ana.Writes.ShouldAllBe(write => write.Length < 1_000 + 300);
        _ana.Versions.ShouldBe(Enumerable.Range(1, 50).Select(version => (long)version));
    }

    [Fact]
    public void Too_much_waiting_is_dropped_and_told_once_the_socket_drains()
    {
        _options.QueueBytes = 1_000;
        var (ada, bob) = (Watch("ada"), Watch("bob"));
        _ana.Fill();
        Push(bob, 7);
        Outbox.Kick();
        for (var version = 2; version < 20; version++)
        {
            Push(ada, version);
            Outbox.Bytes.ShouldBeLessThanOrEqualTo(1_000);
        }

        ada.Ended.ShouldBeTrue();
        bob.Ended.ShouldBeFalse();
        _ana.Writes.Count.ShouldBe(1);
        _ana.Drain();

        _ana.Messages.Select(message => message.Target).ShouldBe(["Changed", "Resync"]);
        _ana.Messages[1].Argument.GetRawText().ShouldBe("""{"refs":["contacts/ada"]}""");
        _ana.Connection.Watches.Keys.ShouldBe([bob.At]);
    }

    [Fact]
    public void What_is_no_change_survives_the_cut()
    {
        _options.QueueBytes = 1_000;
        var ada = Watch("ada");
        _ana.Fill();
        Outbox.Push(Frames.Removed("contacts/one", 1, "ana"));
        Outbox.Kick();
        Push(ada, 2);
        Outbox.Push(Frames.Removed("contacts/two", 1, "ana"));
        for (var version = 3; version < 20; version++)
        {
            Push(ada, version);
        }

        _ana.Drain();

        _ana.Messages.Select(message => message.Target).ShouldBe(["Removed", "Removed", "Resync"]);
    }

    [Fact]
    public void An_ended_watch_gets_nothing_of_what_still_waits()
    {
        var (ada, bob) = (Watch("ada"), Watch("bob"));
        Push(ada, 2);
        Push(bob, 3);
        ada.End();

        Outbox.Kick();

        _ana.Versions.ShouldBe([3]);
    }

    [Fact]
    public void A_socket_that_takes_nothing_is_noticed_after_its_time()
    {
        _ana.Fill();
        Push(Watch("ada"), 2);
        Outbox.Kick();

        _time.Advance(_options.DrainWithin - TimeSpan.FromSeconds(1));
        Outbox.Stalled().ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        Outbox.Stalled().ShouldBeTrue();

        _ana.Drain();
        Outbox.Stalled().ShouldBeFalse();
    }

    [Fact]
    public void A_last_message_is_written_before_the_connection_ends_and_nothing_after_it()
    {
        var ada = Watch("ada");
        _ana.Fill();
        Push(ada, 2);
        Outbox.Kick();
        Push(ada, 3);
        _ana.Connection.Finish(Frames.SignedOut("ended"));
        Push(ada, 4);
        Outbox.Push(Frames.Removed("contacts/ada", 5, "ana"));
        _ana.Aborted.ShouldBeNull();

        _ana.Drain();

        _ana.Messages.Select(message => message.Target).ShouldBe(["Changed", "SignedOut"]);
        _ana.Versions.ShouldBe([2]);
        _ana.Aborted.ShouldBe(false);
    }

    [Fact]
    public void A_last_message_that_nobody_takes_is_not_waited_for_long()
    {
        _ana.Fill();
        Push(Watch("ada"), 2);
        Outbox.Kick();
        _ana.Connection.Finish(Frames.SignedOut("ended"));
        Outbox.Stalled().ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(3));

        Outbox.Stalled().ShouldBeTrue();
    }

    [Fact]
    public void From_its_last_message_on_a_connection_may_do_nothing()
    {
        _ana.Connection.Finish(Frames.SignedOut("ended"));
        _ana.Connection.Confirm(Samples.Manager());

        Should.Throw<Microsoft.AspNetCore.SignalR.HubException>(() => _ana.Connection.Rights).Message.ShouldStartWith("session.ended");
    }

    private static void Push(Watch watch, long version) => watch.Connection.Outbox.Push(watch, Frames.Changed(watch.At.Ref, Samples.Change(version)));

    private Watch Watch(string id)
    {
        var watch = new Watch(_ana.Connection, Samples.At(id), _ana.Connection.Rights.Of(Samples.Contacts));
        _ana.Connection.Watches[watch.At] = watch;
        return watch;
    }
}
