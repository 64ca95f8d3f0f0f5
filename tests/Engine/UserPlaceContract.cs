namespace Crm.Engine.Tests;

/// <summary>How a test opens the users' places of a host; none of them knows anything yet.</summary>
public delegate IUserPlaces OpenPlaces(TimeProvider time);

/// <summary>What the place of a user promises, whichever host it has.</summary>
public abstract class UserPlaceContract
{
    private readonly FakeTime _time = new();
    private readonly IUserPlaces _places;
    private int _number;

    protected UserPlaceContract(OpenPlaces open) => _places = open(_time);

    [Fact]
    public async Task Connections_of_all_front_ends_count_together_and_a_session_counts_once()
    {
        await Hold("web-1", ("phone", 2), ("desk", 1));
        (await Hold("web-2", ("desk", 4))).ShouldBe(new(true, 7, 2));
    }

    [Fact]
    public async Task One_more_than_the_most_is_refused_wherever_it_opens_and_changes_nothing()
    {
        (await Hold("web-1", 3, ("phone", 2))).Granted.ShouldBeTrue();
        (await Hold("web-2", 3, ("desk", 1))).Granted.ShouldBeTrue();
        (await Hold("web-2", 3, ("desk", 2))).ShouldBe(new(false, 3, 2));
        (await Hold("web-1", 3, ("phone", 3))).ShouldBe(new(false, 3, 2));

        await Hold("web-1", ("phone", 1));
        (await Hold("web-2", 3, ("desk", 2))).ShouldBe(new(true, 3, 2));
    }

    [Fact]
    public async Task What_is_open_already_counts_however_many_they_are()
    {
        await Hold("web-1", 1, ("phone", 1));
        (await Hold("web-2", ("desk", 5))).ShouldBe(new(true, 6, 2));
    }

    [Fact]
    public async Task What_a_front_end_has_given_up_counts_no_more()
    {
        await Hold("web-1", 1, ("phone", 1));
        (await Hold("web-1")).ShouldBe(new(true, 0, 0));
        (await Hold("web-2", 1, ("desk", 1))).Granted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_front_end_that_says_nothing_any_more_stops_counting_and_one_that_does_goes_on()
    {
        await Hold("killed", ("phone", 2));
        await Hold("alive", ("desk", 1));
        _time.Advance(IUserPlaces.Renewal * 2);
        (await Hold("alive", ("desk", 1))).Connections.ShouldBe(3, "two renewals that were lost are no death");

        _time.Advance(IUserPlaces.Renewal);
        (await Hold("alive", 2, ("desk", 2))).ShouldBe(new(true, 2, 1));
    }

    [Fact]
    public async Task A_message_that_was_overtaken_changes_nothing()
    {
        var overtaken = Next("web-1", null, [("phone", 1)]);
        await Hold("web-1", ("phone", 2));
        (await _places.Hold("acme", "ana", overtaken)).ShouldBe(new(true, 2, 1));

        overtaken = Next("web-1", null, [("phone", 1)]);
        await Hold("web-1");
        (await _places.Hold("acme", "ana", overtaken)).ShouldBe(new(true, 0, 0));
    }

    [Fact]
    public async Task Users_of_one_name_in_two_tenants_are_two()
    {
        await Hold("web-1", ("phone", 1));
        (await _places.Hold("globex", "ana", Next("web-1", 1, [("phone", 1)]))).ShouldBe(new(true, 1, 1));
    }

    private Task<Held> Hold(string frontEnd, params (string Session, int Connections)[] open) => Hold(frontEnd, null, open);

    private Task<Held> Hold(string frontEnd, int? most, params (string Session, int Connections)[] open) => _places.Hold("acme", "ana", Next(frontEnd, most, open));

    private Holding Next(string frontEnd, int? most, (string Session, int Connections)[] open) =>
        new(frontEnd, ++_number, open.ToDictionary(session => session.Session, session => session.Connections), most);
}

/// <summary>The contract of places, kept inside one process.</summary>
public sealed class EmbeddedPlaceTests() : UserPlaceContract(time => new EmbeddedPlaces(time))
{
    [Fact]
    public async Task Places_where_nothing_is_open_leave_memory()
    {
        var time = new FakeTime();
        var places = new EmbeddedPlaces(time);
        for (var user = 0; user < 10; user++)
        {
            await places.Hold("acme", $"u{user}", new("web", 2 * user, new Dictionary<string, int> { ["s"] = 1 }, null));
            await places.Hold("acme", $"u{user}", new("web", (2 * user) + 1, new Dictionary<string, int>(), null));
        }

        time.Advance(IUserPlaces.Life);
        await places.Hold("acme", "ana", new("web", 30, new Dictionary<string, int> { ["s"] = 1 }, null));
        places.Count.ShouldBe(1);
    }
}
