using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Web.Live;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Web.Tests.Live;

/// <summary>How many connections a user may have over all front ends.</summary>
public sealed class UserConnectionsTests
{
    private static readonly LiveOptions Options = new() { ConnectionsPerUser = 3 };
    private readonly FakeTime _time = new();
    private readonly Places _places;

    public UserConnectionsTests() => _places = new(new EmbeddedPlaces(_time));

    [Fact]
    public async Task Front_ends_share_the_limit_of_a_user_and_say_how_many_are_open()
    {
        var (one, other) = (FrontEnd(), FrontEnd());
        await one.Enter(Ana("phone"));
        await one.Enter(Ana("phone"));
        await other.Enter(Ana("desk"));

        (await Should.ThrowAsync<HubException>(other.Enter(Ana("desk")))).Message.ShouldContain("connections.limit: You have 3 connections open (sessions: 2), and one user may have 3.");
        await other.Enter(new("globex", "ana", "s"));
        one.Leave(Ana("phone"));
        await other.Enter(Ana("desk"));
    }

    [Fact]
    public async Task What_is_open_is_said_again_before_it_is_forgotten_and_a_killed_front_end_says_nothing()
    {
        var (alive, killed) = (FrontEnd(), FrontEnd());
        await alive.Enter(Ana("desk"));
        await killed.Enter(Ana("phone"));
        await killed.Enter(Ana("phone"));
        await Should.ThrowAsync<HubException>(alive.Enter(Ana("desk")));

        for (var beat = 0; beat < 3; beat++)
        {
            _time.Advance(IUserPlaces.Renewal);
            await alive.Renew();
        }

        await alive.Enter(Ana("desk"));
        await alive.Enter(Ana("desk"));
        await Should.ThrowAsync<HubException>(FrontEnd().Enter(Ana("phone")));
    }

    [Fact]
    public async Task A_place_that_cannot_be_reached_keeps_nobody_out_but_the_limit_holds_on_each_front_end()
    {
        _places.Away = true;
        var (one, other) = (FrontEnd(), FrontEnd());
        foreach (var frontEnd in (UserConnections[])[one, other])
        {
            await frontEnd.Enter(Ana("a"));
            await frontEnd.Enter(Ana("b"));
            await frontEnd.Enter(Ana("c"));
            (await Should.ThrowAsync<HubException>(frontEnd.Enter(Ana("a")))).Message.ShouldContain("connections.limit");
        }

        _places.Away = false;
        await one.Renew();
        one.Leave(Ana("c"));
        await one.Enter(Ana("c")); // What the other one has is not said yet.
        await other.Renew();
        one.Leave(Ana("c"));
        await Should.ThrowAsync<HubException>(one.Enter(Ana("c")));
    }

    [Fact]
    public async Task A_place_that_does_not_answer_holds_up_nobody_for_long()
    {
        _places.Silent = true;
        var entering = FrontEnd().Enter(Ana("desk"));
        entering.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(2));
        await entering;
    }

    private UserConnections FrontEnd() => new(_places, new FrontName(Guid.NewGuid().ToString()), Options, _time, NullLogger<UserConnections>.Instance);

    private static SessionKey Ana(string session) => new("acme", "ana", session);

    private sealed class Places(IUserPlaces inner) : IUserPlaces
    {
        public bool Away { get; set; }

        public bool Silent { get; set; }

        public Task<Held> Hold(string tenant, string user, Holding holding) => Silent
            ? new TaskCompletionSource<Held>().Task
            : Away ? Task.FromException<Held>(new UnavailableException("No silo is left.")) : inner.Hold(tenant, user, holding);
    }
}
