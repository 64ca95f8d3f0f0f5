using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

public sealed class WebhookRoutesTests
{
    private const string Hook = """{"name":"Billing","url":"https://billing.example/crm"}""";
    private readonly IWebhooks _webhooks = Substitute.For<IWebhooks>();
    private readonly IDeadLetters _letters = Substitute.For<IDeadLetters>();

    [Fact]
    public async Task The_secret_of_a_webhook_follows_its_rotations_and_another_tenant_finds_nothing()
    {
        _webhooks.Secret("acme", Arg.Any<string>(), Arg.Any<long>(), Arg.Any<CancellationToken>()).Returns(call => $"whsec_{call.ArgAt<long>(2)}");
        await using var api = await Start();
        var id = await api.Created("webhooks", Hook);
        (await api.Send("GET", $"/api/v1/webhooks/{id}/secret")).Json.GetProperty("secret").GetString().ShouldBe("whsec_1");
        (await api.Send("POST", $"/api/v1/webhooks/{id}/rotate")).Status.ShouldBe(HttpStatusCode.OK);
        (await api.Send("GET", $"/api/v1/webhooks/{id}/secret")).Json.GetProperty("secret").GetString().ShouldBe("whsec_2");
        foreach (var path in new[] { "secret", "deliveries" })
        {
            (await api.Send("GET", $"/api/v1/webhooks/{id}/{path}", caller: "globex/ana")).ShouldBeProblem(404, "record.missing");
        }
    }

    [Fact]
    public async Task Deliveries_come_newest_first_page_by_page()
    {
        await using var api = await Start();
        var id = await api.Created("webhooks", Hook);
        Delivery Sent(long number) => new(number, new("acme", "contacts", "c1"), 4, DateTimeOffset.UnixEpoch, 43, number == 2 ? null : 500, "No.");
        _webhooks.Deliveries("acme", id, null, 2, Arg.Any<CancellationToken>()).Returns([Sent(3), Sent(2)]);
        var page = (await api.Send("GET", $"/api/v1/webhooks/{id}/deliveries?limit=1")).Json;
        page.GetRawText().ShouldBe("""{"items":[{"number":3,"ref":"contacts/c1","version":4,"at":"1970-01-01T00:00:00+00:00","milliseconds":43,"status":500,"error":"No."}],"next":3}""");
        (await api.Send("GET", $"/api/v1/webhooks/{id}/deliveries?before=x")).ShouldBeProblem(400, "query.invalid");
    }

    [Fact]
    public async Task Sending_again_needs_a_record_and_a_version()
    {
        await using var api = await Start();
        var id = await api.Created("webhooks", Hook);
        var contact = await api.Created("contacts", """{"name":"Ada"}""");
        _webhooks.Resume("acme", id, new("acme", "contacts", contact), 0, Arg.Any<CancellationToken>()).Returns(1);
        var path = $"/api/v1/webhooks/{id}/resume";
        var answer = await api.Send("POST", path, $$"""{"ref":"contacts/{{contact}}","after":0}""");
        (answer.Status, answer.Text).ShouldBe((HttpStatusCode.Accepted, """{"changes":1}"""));
        (await api.Send("POST", path, """{"ref":"contacts","after":0}""")).ShouldBeProblem(400, "request.invalid");
        (await api.Send("POST", path, $$"""{"ref":"contacts/{{contact}}","after":"0"}""")).ShouldBeProblem(400, "request.invalid");
        (await api.Send("POST", path, """{"ref":"contacts/nobody","after":0}""")).ShouldBeProblem(404, "record.missing");
        (await api.Send("POST", path, "[]")).ShouldBeProblem(400, "body.unreadable");
    }

    [Fact]
    public async Task Dead_letters_are_listed_replayed_and_discarded_within_their_tenant()
    {
        await using var api = await Start();
        var nothing = JsonElement.Parse("null");
        var change = new Change(4, DateTimeOffset.UnixEpoch, "ana", "contacts.edit", new Dictionary<string, FromTo> { ["name"] = new(nothing, JsonElement.Parse("\"hidden\"")) });
        _letters.Read("acme", 7, 3, Arg.Any<CancellationToken>()).Returns([new DeadLetter(8, new("acme", "contacts", "c1"), 4, "webhook/w1", DateTimeOffset.UnixEpoch, "No.", change)]);
        var page = (await api.Send("GET", "/api/v1/deadLetters?after=7&limit=2")).Json;
        page.GetRawText().ShouldBe(
            """{"items":[{"number":8,"ref":"contacts/c1","version":4,"reaction":"webhook/w1","since":"1970-01-01T00:00:00+00:00","reason":"No.","change":{"version":4,"at":"1970-01-01T00:00:00+00:00","by":"ana","type":"contacts.edit","changes":{"name":{"from":null,"to":"hidden"}}}}],"next":null}""");

        _letters.Replay("acme", 8, Arg.Any<CancellationToken>()).Returns(true);
        _letters.Discard("acme", 8, Arg.Any<CancellationToken>()).Returns(true);
        (await api.Send("POST", "/api/v1/deadLetters/8/replay")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await api.Send("DELETE", "/api/v1/deadLetters/8")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await api.Send("POST", "/api/v1/deadLetters/8/replay", caller: "globex/ana")).ShouldBeProblem(404, "record.missing");
        (await api.Send("DELETE", "/api/v1/deadLetters/x")).ShouldBeProblem(404, "record.missing");
    }

    private Task<Api> Start() => Api.Start(also: services => services.AddSingleton(_webhooks).AddSingleton(_letters));
}
