using Crm.Web.Admission;
using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

/// <summary>When waiting changes go out: at once at low load, a little later under pressure.</summary>
public sealed class FlusherTests
{
    private readonly FakeTime _time = new();
    private readonly LiveOptions _options = new();
    private readonly FakeSocket _ana;

    public FlusherTests() => _ana = new(Samples.Manager(), _time, _options);

    [Fact]
    public void At_low_load_nothing_waits()
    {
        Late(100, TimeSpan.FromMilliseconds(0.3));
        Say("one");

        _ana.Flusher.Window.ShouldBe(TimeSpan.Zero);
        _ana.Writes.Count.ShouldBe(1);
    }

    [Fact]
    public void One_slow_moment_is_no_pressure()
    {
        Late(1, TimeSpan.FromMilliseconds(8));

        _ana.Flusher.Window.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Under_pressure_news_wait_for_each_other_and_go_out_together()
    {
        Late(100, TimeSpan.FromMilliseconds(3));
        Say("one");
        Say("two");
        _ana.Writes.ShouldBeEmpty();

        _time.Advance(_ana.Flusher.Window);

        _ana.Writes.Count.ShouldBe(1);
        _ana.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public void The_window_has_an_end_and_closes_again()
    {
        Late(100, TimeSpan.FromSeconds(1));
        _ana.Flusher.Window.ShouldBe(_options.LongestWindow);

        Late(100, TimeSpan.Zero);
        _ana.Flusher.Window.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_bucket_gives_its_burst_and_then_its_rate()
    {
        var throttle = new Throttle(perSecond: 10, burst: 3, _time);
        Enumerable.Range(0, 3).ShouldAllBe(_ => throttle.Take() == null);

        throttle.Take().ShouldBe(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromMilliseconds(100));

        throttle.Take().ShouldBeNull();
        throttle.Take().ShouldNotBeNull();
    }

    private void Late(int times, TimeSpan by)
    {
        for (var i = 0; i < times; i++)
        {
            _ana.Flusher.Late(by);
        }
    }

    private void Say(string reason)
    {
        _ana.Connection.Outbox.Push(Frames.SignedOut(reason));
        _ana.Connection.Touch();
        _ana.Flusher.Flush();
    }
}
