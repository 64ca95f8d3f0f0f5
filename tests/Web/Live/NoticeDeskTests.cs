using NSubstitute;

namespace Crm.Web.Tests.Live;

/// <summary>Notices on open connections: to their user alone, on each that asked.</summary>
public sealed class NoticeDeskTests : IAsyncLifetime
{
    private LiveHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await LiveHost.Start();
        foreach (var user in new[] { "ana", "bo" })
        {
            _host.Callers.Set(user, Samples.Of(user, "acme", ["contacts.*", "notices.read.own"], []));
        }

        _host.Notices.Texts(null!, null!, null).ReturnsForAnyArgs(call => Task.FromResult<IReadOnlyList<NoticeText>>(
            [.. call.Arg<IReadOnlyCollection<string>>().Select(id => new NoticeText(id, "mention", new Dictionary<string, string> { ["title"] = "<b>Ada</b>" }, $"text of {id}", "contacts/ada", true))]));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_notice_comes_to_its_user_on_every_connection_that_asked_and_to_nobody_else()
    {
        var (one, two, silent, other, foreign) = (await Asking("acme.ana"), await Asking("acme.ana"), await _host.Connect(), await Asking("acme.bo"), await Asking("globex.ana"));
        Make("n1", "ana");
        Make("last", "bo");
        foreach (var client in new[] { one, two })
        {
            await LiveHost.Until(() => Told(client).Count > 0, "the notice");
            Told(client).ShouldBe(["n1"]);
        }

        await LiveHost.Until(() => Told(other).Count > 0, "the other's");
        Told(other).ShouldBe(["last"]);
        Told(silent).ShouldBeEmpty();
        Told(foreign).ShouldBeEmpty();
        var notified = one.All.Single(heard => heard.Target == "Notified").Argument;
        (notified.GetProperty("text").GetString(), notified.GetProperty("args").GetProperty("title").GetString(), notified.GetProperty("fields").GetProperty("priority").GetString())
            .ShouldBe(("text of n1", "<b>Ada</b>", "important"));
        await LiveHost.Until(() => _host.Notices.ReceivedCalls().Any(call => call.GetMethodInfo().Name == nameof(INotices.Delivered)
            && ((IReadOnlyCollection<string>)call.GetArguments()[1]!).SequenceEqual(["n1"])), "what is written down of it");
    }

    [Fact]
    public async Task What_is_muted_held_or_only_changed_is_not_told_and_what_is_released_is()
    {
        var ana = await Asking("acme.ana");
        Make("muted", "ana", muted: true);
        Make("held", "ana", held: "2026-09-01T12:00:00Z");
        _host.Records.Say(At("read"), "make", Fields("ana", "important", false, null));
        _host.Records.Say(At("read"), "markRead", [("read", "2026-09-01T12:00:00Z")]);
        _host.Records.Say(At("held"), "release", [("heldUntil", null)]);
        await LiveHost.Until(() => Told(ana).Contains("held"), "the released one");
        Told(ana).ShouldBe(["read", "held"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_flood_of_what_is_good_to_know_is_cut_and_what_matters_passes()
    {
        var ana = await Asking("acme.ana");
        for (var number = 0; number < 200; number++)
        {
            Make($"flood{number}", "ana", "information");
        }

        Make("urgent", "ana", "critical");
        await LiveHost.Until(() => Told(ana).Contains("urgent"), "the urgent one");
        Told(ana).Count.ShouldBeLessThan(60);
    }

    [Fact]
    public async Task One_user_s_lost_connection_is_told_nothing_more_and_his_next_one_is()
    {
        var first = await Asking("acme.ana");
        await first.DisposeAsync();
        await LiveHost.Until(() => !_host.Connections.Known.Any(), "its end");
        var second = await Asking("acme.ana");
        Make("n1", "ana");
        await LiveHost.Until(() => Told(second).Count > 0, "the notice");
        _host.Logged.ShouldBeEmpty();
    }

    private static List<string> Told(HubClient client) => [.. client.All.Where(heard => heard.Target == "Notified").Select(heard => heard.Argument.GetProperty("id").GetString()!)];

    private static Address At(string id) => new("acme", "notices", id);

    private static (string, object?)[] Fields(string user, string priority, bool muted, string? held) =>
        [("user", user), ("event", "mention"), ("priority", priority), ("about", "contacts/ada"), ("muted", muted), ("heldUntil", held)];

    private async Task<HubClient> Asking(string user)
    {
        var client = await _host.Connect(user);
        await client.Invoke("WatchNotices");
        return client;
    }

    private void Make(string id, string user, string priority = "important", bool muted = false, string? held = null) =>
        _host.Records.Say(At(id), "make", Fields(user, priority, muted, held));
}
