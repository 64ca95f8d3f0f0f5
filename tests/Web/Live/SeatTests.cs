using Crm.Engine.Tests;
using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

public sealed class SeatTests
{
    private static readonly TimeSpan Crowd = TimeSpan.FromMilliseconds(250);
    private readonly FakeTime _time = new();
    private readonly Seat _seat;
    private long _beats;

    public SeatTests() => _seat = new(new("acme", "contacts", "ada"), "front", 1, () => ++_beats, new(), _time);

    [Fact]
    public void In_a_crowd_what_follows_on_news_waits_for_company_and_among_a_few_it_does_not()
    {
        Move();
        _seat.Rest(Crowd).ShouldBe(TimeSpan.Zero, "the first one says everything");
        Exchange(version: 2);
        Move();
        _seat.Rest(Crowd).ShouldBe(Crowd);
        _seat.Rest(TimeSpan.FromMilliseconds(10)).ShouldBe(TimeSpan.Zero);
        _time.Advance(Crowd);
        _seat.Rest(Crowd).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_renewal_without_news_keeps_nobody_waiting()
    {
        Move();
        Exchange(version: 2);
        _time.Advance(TimeSpan.FromSeconds(2));
        _seat.Due();
        Exchange(version: 2);
        Move();
        _seat.Rest(Crowd).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_wish_waits_for_nobody()
    {
        Move();
        Exchange(version: 2);
        _ = _seat.Wish(new("ana", "title", ClaimHow.Ask));
        _seat.Rest(Crowd).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void What_a_place_that_lost_its_memory_must_hear_waits_for_nobody()
    {
        Move();
        Exchange(version: 2);
        Move();
        _seat.Next().ShouldNotBeNull();
        _seat.Failed(new UnavailableException("gone"));
        _seat.Rest(Crowd).ShouldBe(TimeSpan.Zero);
        _seat.Next().ShouldNotBeNull().Whole.ShouldBeTrue();
    }

    private void Move() => _seat.Set("c1", _ => new(
        "c1", new("ana", "Ana", null, Sharing.Visible), Doing.Viewing, null, default, false, null, [], _time.GetUtcNow(), _time.GetUtcNow(), []));

    private void Exchange(long version)
    {
        _seat.Next().ShouldNotBeNull();
        _seat.Take(new(1, version, false, false, [], [], [], []));
    }
}
