using NSubstitute;

namespace Crm.Web.Tests.Live;

public sealed class RefusalTests : IAsyncLifetime
{
    private LiveHost _host = null!;

    public async Task InitializeAsync() => _host = await LiveHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task What_the_hub_refuses_is_noted_and_what_it_does_is_not()
    {
        _host.Records.Put(Samples.Ada, ("name", "Ada"));
        var ana = await _host.Connect("acme.ana");
        await ana.Invoke("Do", "contacts/ada", "forbid", null, Guid.NewGuid());
        _host.Callers.Set("bo", Samples.Of("bo", "acme", ["users.read"], []));
        var bo = await _host.Connect("acme.bo");
        (await Should.ThrowAsync<HubFault>(() => bo.Invoke("WatchList", "contacts", new { }))).Message.ShouldContain("access.denied");
        await ana.Invoke("Edit", "contacts/ada", 1, new { title = "x" }, Guid.NewGuid());
        (await Should.ThrowAsync<HubFault>(() => ana.Invoke("Watch", "contacts/nobody", null))).Message.ShouldContain("record.missing");
        _host.Events.Received(1).Note("acme", Arg.Is<SecurityEvent>(happened => happened.User == "ana" && happened.Detail!["what"] == "Do"));
        _host.Events.Received(1).Note("acme", Arg.Is<SecurityEvent>(happened => happened.User == "bo" && happened.Detail!["what"] == "WatchList"));
        _host.Events.ReceivedWithAnyArgs(2).Note(default!, default!);
    }
}
