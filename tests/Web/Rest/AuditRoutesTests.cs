using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

public sealed class AuditRoutesTests
{
    private const string Auditor = "acme/aud/audit.read";
    private readonly IAudit _audit = Substitute.For<IAudit>();
    private readonly ISecurityEvents _events = Substitute.For<ISecurityEvents>();

    [Fact]
    public async Task The_audit_is_read_page_by_page_with_every_condition()
    {
        await using var api = await Start();
        var at = DateTimeOffset.UnixEpoch;
        var fields = new Dictionary<string, FromTo> { ["name"] = new(JsonElement.Parse("null"), JsonElement.Parse("\"<b>Ada</b>\"")) };
        _audit.Read(Arg.Any<Caller>(), Arg.Any<AuditQuery>(), Arg.Any<CancellationToken>()).Returns(new AuditAnswer(
            new([new(at, "change", "contacts.create", "ana", 1, "contacts/c1", fields, null, null), new(at, "signin", SecurityTypes.SignInFailed, "ana", 7, null, null, new Dictionary<string, string> { ["x"] = "y" }, "203.0.113.7")], "next1"), null));
        var answer = await api.Send("GET", "/api/v1/audit?categories=change,signin&by=ana&since=2026-03-01T08:00:00Z&until=2026-03-02&limit=2&cursor=c", caller: Auditor);
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Text);
        var items = answer.Json.GetProperty("items");
        items[0].GetProperty("fields").GetProperty("name").GetProperty("to").GetString().ShouldBe("<b>Ada</b>");
        (items[1].GetProperty("remote").GetString(), items[1].GetProperty("detail").GetProperty("x").GetString(), answer.Json.GetProperty("next").GetString()).ShouldBe(("203.0.113.7", "y", "next1"));
        await _audit.Received().Read(
            Arg.Is<Caller>(caller => caller.User == "aud" && caller.Tenant == "acme"),
            Arg.Is<AuditQuery>(query => query.Categories!.SequenceEqual(new[] { "change", "signin" }) && query.By == "ana" && query.Limit == 2 && query.Cursor == "c"
                && query.Since == new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero) && query.Until == new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero)),
            Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("by=a%20b")]
    [InlineData("ref=contacts")]
    [InlineData("since=yesterday")]
    [InlineData("until=0001-01-01")]
    [InlineData("limit=0")]
    [InlineData("secret=1")]
    [InlineData("by=ana&by=bo")]
    public async Task A_condition_that_cannot_be_meant_is_refused(string query)
    {
        await using var api = await Start();
        (await api.Send("GET", $"/api/v1/audit?{query}", caller: Auditor)).ShouldBeProblem(400, "query.invalid");
    }

    [Fact]
    public async Task Who_may_not_read_it_is_refused_on_every_way_and_that_is_noted()
    {
        await using var api = await Start();
        foreach (var (method, path) in new[] { ("GET", "/api/v1/audit"), ("GET", "/api/v1/audit/export"), ("POST", "/api/v1/audit/verify") })
        {
            (await api.Send(method, path, caller: "acme/eve/contacts.*,users.*")).ShouldBeProblem(403, "access.denied");
        }

        _events.Received(3).Note("acme", Arg.Is<SecurityEvent>(happened => happened.Type == SecurityTypes.Refused && happened.User == "eve" && happened.Detail!["what"].Contains("/audit")));
        await _audit.DidNotReceiveWithAnyArgs().Verify(default!, default);
    }

    [Fact]
    public async Task A_refused_command_is_noted_and_a_record_that_nobody_may_know_of_is_not()
    {
        await using var api = await Start();
        var contact = await api.Created("contacts", """{"name":"Ada"}""");
        (await api.Send("DELETE", $"/api/v1/contacts/{contact}", caller: "acme/eve/contacts.read")).ShouldBeProblem(403, "access.denied");
        (await api.Send("GET", "/api/v1/contacts/nobody", caller: "acme/eve/contacts.read")).ShouldBeProblem(404, "record.missing");
        _events.Received(1).Note("acme", Arg.Is<SecurityEvent>(happened => happened.Detail!["what"] == "DELETE /api/v1/contacts/{id}"));
    }

    [Fact]
    public async Task An_export_and_a_verification_are_noted_before_they_are_answered()
    {
        await using var api = await Start();
        _audit.Read(Arg.Any<Caller>(), Arg.Any<AuditQuery>(), Arg.Any<CancellationToken>()).Returns(new AuditAnswer(new([], null), null));
        _audit.Export(Arg.Any<Caller>(), Arg.Any<AuditQuery>(), Arg.Any<CancellationToken>()).Returns(new[] { "at,category\r\n" }.ToAsyncEnumerable());
        var file = await api.Send("GET", "/api/v1/audit/export?categories=signin", caller: Auditor);
        (file.Text, file.Headers["Content-Disposition"]).ShouldBe(("at,category\r\n", "attachment; filename=\"audit.csv\""));
        await _events.Received().Add("acme", Arg.Is<SecurityEvent>(happened => happened.Type == SecurityTypes.Exported && happened.User == "aud"), Arg.Any<CancellationToken>());
        _audit.Verify("acme", Arg.Any<CancellationToken>()).Returns(new AuditReport(2, 8, 4, 1, 1, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1.5), [new("contacts/c1", 2, "The change is missing.")]));
        var report = (await api.Send("POST", "/api/v1/audit/verify", caller: Auditor)).Json;
        (report.GetProperty("changes").GetInt64(), report.GetProperty("faults")[0].GetProperty("where").GetString()).ShouldBe((8, "contacts/c1"));
        await _events.Received().Add("acme", Arg.Is<SecurityEvent>(happened => happened.Type == SecurityTypes.Verified && happened.Detail!["faults"] == "1"), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Nothing_leaves_when_it_cannot_be_noted()
    {
        await using var api = await Start();
        _audit.Read(Arg.Any<Caller>(), Arg.Any<AuditQuery>(), Arg.Any<CancellationToken>()).Returns(new AuditAnswer(new([], null), null));
        _events.Add(Arg.Any<string>(), Arg.Any<SecurityEvent>(), Arg.Any<CancellationToken>()).Returns(Task.FromException(new UnavailableException("no database")));
        (await api.Send("GET", "/api/v1/audit/export", caller: Auditor)).ShouldBeProblem(503, "server.unavailable");
        _audit.DidNotReceiveWithAnyArgs().Export(default!, default!, default);
    }

    private Task<Api> Start() => Api.Start(also: services => services.AddSingleton(_audit).AddSingleton(_events));
}
