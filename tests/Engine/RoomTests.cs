namespace Crm.Engine.Tests;

/// <summary>What a place makes of what front ends say: who is there, for how long, and who writes where.</summary>
public sealed class RoomTests
{
    private static readonly TimeSpan Almost = TimeSpan.FromMilliseconds(1);
    private readonly FakeTime _time = new();
    private readonly Dictionary<string, long> _numbers = [];
    private readonly Room _room;

    public RoomTests() => _room = new(7, _time);

    [Fact]
    public void Two_connections_of_one_user_are_one_person_who_does_what_the_busier_one_does()
    {
        Say("f1", [Ana("a1"), Ana("a2", "title")]);

        var ana = _room.People.ShouldHaveSingleItem();
        (ana.Activity, ana.Field).ShouldBe((Doing.Editing, "title"));
    }

    [Fact]
    public void A_person_stays_until_the_last_connection_has_left_at_whatever_front_end()
    {
        Say("f1", [Ana("a1")]);
        Say("f2", [Ana("a2")]);

        Say("f1", [], left: ["a1"]);
        Names.ShouldBe(["ana"]);
        Say("f2", [], left: ["a2"]);
        Names.ShouldBeEmpty();
    }

    [Fact]
    public void A_front_end_that_is_silent_for_four_seconds_loses_nobody_and_one_that_is_dead_loses_all_within_eight()
    {
        Say("f1", [Ana("a1")]);
        Say("f2", [Bo("b1")]);

        _time.Advance(PresenceTimes.Renewal + TimeSpan.FromSeconds(4));
        Say("f1", []);
        Names.ShouldBe(["ana", "bo"]);

        _time.Advance(PresenceTimes.Life - PresenceTimes.Renewal - TimeSpan.FromSeconds(4) - Almost);
        _room.Sweep().ShouldBeFalse();
        _time.Advance(Almost);
        _room.Sweep().ShouldBeTrue();
        Names.ShouldBe(["ana"]);
    }

    [Fact]
    public void Who_knows_nothing_is_told_all_and_who_knows_a_version_is_told_what_is_new()
    {
        Say("f1", [Ana("a1")]);
        var first = Say("f2", [], epoch: 0);
        (first.All, first.Epoch).ShouldBe((true, 7));
        first.Changed.Single().Who.User.ShouldBe("ana");

        Say("f1", [Bo("b1")], left: ["a1"]);
        var second = Say("f2", [], known: first.Version);

        second.All.ShouldBeFalse();
        second.Changed.Select(person => person.Who.User).ShouldBe(["bo"]);
        second.Gone.ShouldBe(["ana"]);
        Say("f2", [], known: second.Version).Changed.ShouldBeEmpty();
    }

    [Fact]
    public void Who_missed_more_departures_than_are_remembered_is_told_all()
    {
        Say("f1", [Ana("a1")]);
        var known = Say("f2", [], epoch: 0).Version;
        for (var i = 0; i < 300; i++)
        {
            Say("f1", [Stay("x", $"u{i}")]);
            Say("f1", [], left: ["x"]);
        }

        var news = Say("f2", [], known: known);

        (news.All, news.Gone.Count).ShouldBe((true, 0));
        news.Changed.Select(person => person.Who.User).ShouldBe(["ana"]);
    }

    [Fact]
    public void A_front_end_that_the_place_has_forgotten_is_asked_to_say_everything_again()
    {
        Say("f1", [Ana("a1")], whole: false).Again.ShouldBeTrue();
        Names.ShouldBeEmpty();

        Say("f1", [Ana("a1")], whole: true).Again.ShouldBeFalse();
        _time.Advance(PresenceTimes.Life);
        Say("f1", [], whole: false).Again.ShouldBeTrue();
    }

    [Fact]
    public void A_message_that_was_overtaken_changes_nothing()
    {
        Say("f1", [Ana("a1")]);
        _numbers["f1"] = 10;
        Say("f1", [], left: ["a1"]);
        _numbers["f1"] = 4;

        Say("f1", [Ana("a1")], whole: false);

        Names.ShouldBeEmpty();
    }

    [Fact]
    public void A_whole_message_takes_the_place_of_all_that_was_said_before()
    {
        Say("f1", [Ana("a1"), Bo("b1")]);
        Say("f1", [Bo("b1")], whole: true);
        Names.ShouldBe(["bo"]);
        Say("f1", [], bye: true);
        _room.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void The_first_who_writes_in_a_field_has_it_and_the_second_does_not()
    {
        Say("f1", [Ana("a1", "title")]);
        Say("f2", [Bo("b1", "title")]);

        _room.Claims.ShouldBe([new("title", "ana", 1)]);
    }

    [Fact]
    public void A_claim_goes_when_its_holder_writes_elsewhere_or_leaves()
    {
        Say("f1", [Ana("a1", "title")]);
        Say("f1", [Ana("a1", "name")]);
        _room.Claims.Select(claim => claim.Field).ShouldBe(["name"]);

        Say("f1", [], left: ["a1"]);
        _room.Claims.ShouldBeEmpty();
    }

    [Fact]
    public void A_claim_runs_out_when_nothing_is_written_and_sooner_when_somebody_asks()
    {
        Say("f1", [Ana("a1", "title"), Bo("b1")]);
        _time.Advance(PresenceTimes.AskedClaim);
        Say("f1", []);
        _room.Claims.ShouldHaveSingleItem().User.ShouldBe("ana");

        Ask("bo", ClaimHow.Ask).ShouldBe(new Claim("title", "ana", 1, "bo"));
        _time.Advance(PresenceTimes.AskedClaim - Almost);
        Say("f1", []);
        _room.Claims.ShouldHaveSingleItem().User.ShouldBe("ana");
        _time.Advance(Almost);
        _room.Sweep().ShouldBeTrue();

        _room.Claims.ShouldBe([new("title", "bo", 2)]);
    }

    [Fact]
    public void Whoever_goes_on_writing_keeps_the_field_until_he_hands_it_over()
    {
        Say("f1", [Ana("a1", "title"), Bo("b1")]);
        Ask("bo", ClaimHow.Ask);
        for (var second = 0; second < 20; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Say("f1", [Ana("a1", "title")]);
        }

        _room.Claims.ShouldBe([new("title", "ana", 1, "bo")]);
        Ask("ana", ClaimHow.Release).ShouldBe(new Claim("title", "bo", 2));
    }

    [Fact]
    public void Who_was_given_a_field_may_begin_to_write_in_it()
    {
        Say("f1", [Ana("a1", "title"), Bo("b1")]);
        Ask("bo", ClaimHow.Take);
        Say("f1", [Ana("a1", "title")]);

        _room.Claims.ShouldBe([new("title", "bo", 2)]);
        Say("f1", [Bo("b1", "title")]);
        _room.Claims.ShouldBe([new("title", "bo", 2)]);
    }

    [Fact]
    public void Who_is_not_there_or_is_hidden_gets_no_field()
    {
        Say("f1", [Stay("h1", "hana", "title", Sharing.Hidden)]);
        _room.Claims.ShouldBeEmpty();
        Ask("hana", ClaimHow.Take).ShouldBeNull();
        Ask("nobody", ClaimHow.Take).ShouldBeNull();
    }

    [Fact]
    public void A_place_that_lost_its_memory_learns_from_front_ends_who_wrote_where()
    {
        Say("f2", [Bo("b1", "title")], held: []);
        Say("f1", [Ana("a1", "title")], held: [new("title", "ana", 9)]);

        _room.Claims.ShouldBe([new("title", "ana", 9)]);
        Say("f1", [], left: ["a1"]);
        Say("f2", [Bo("b1", "title")]);
        _room.Claims.ShouldBe([new("title", "bo", 10)]);
    }

    [Fact]
    public async Task A_process_keeps_no_place_in_which_nobody_is()
    {
        using var presence = new EmbeddedPresence(_time);
        var (moved, at) = (new List<Address>(), new Address("acme", "notes", "n1"));
        using var ear = presence.Hear("f2", moved.Add);
        await presence.Beat(at, new("f1", 1, 0, 0, true, [Ana("a1")], [], [], []));
        await presence.Beat(at, new("f2", 1, 0, 0, true, [], [], [], []));
        moved.ShouldBeEmpty();

        _time.Advance(PresenceTimes.Life - PresenceTimes.Sweep);
        await presence.Beat(at, new("f2", 2, 0, 0, true, [], [], [], []));
        _time.Advance(PresenceTimes.Sweep);
        moved.ShouldBe([at]);
        presence.Count.ShouldBe(1);
        _time.Advance(PresenceTimes.Life);
        presence.Count.ShouldBe(0);
    }

    private IEnumerable<string> Names => _room.People.Select(person => person.Who.User);

    private Claim? Ask(string user, ClaimHow how) => Say("f1", [], asks: [new(user, "title", how)]).Answers.Single();

    private RoomNews Say(
        string front, Stay[] stays, string[]? left = null, long epoch = 7, long known = 0, bool? whole = null, bool bye = false, ClaimAsk[]? asks = null, Claim[]? held = null)
    {
        var first = !_numbers.ContainsKey(front);
        var number = _numbers[front] = _numbers.GetValueOrDefault(front) + 1;
        return _room.Beat(new(front, number, epoch, known, whole ?? first, stays, left ?? [], asks ?? [], held ?? [], bye));
    }

    private Stay Ana(string connection, string? field = null) => Stay(connection, "ana", field);

    private Stay Bo(string connection, string? field = null) => Stay(connection, "bo", field);

    private Stay Stay(string connection, string user, string? field = null, Sharing sharing = Sharing.Visible) => new(
        connection, new(user, user, null, sharing), field is null ? Doing.Viewing : Doing.Editing, field, default, false, null, [], _time.GetUtcNow(), _time.GetUtcNow(), []);
}
