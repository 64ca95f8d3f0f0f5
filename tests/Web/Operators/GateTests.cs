using System.Net;
using Crm.Web.Operators;
using Crm.Web.Tests.Rest;
using Crm.Web.Tests.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Tests.Operators;

/// <summary>Two ports of one process: what is for operators answers on theirs alone, and nothing else does.</summary>
public sealed class GateTests : IAsyncLifetime
{
    private static readonly SessionKey Admin = new("acme", "admin", "s1");
    private readonly FakeAccounts _accounts = new();
    private WebApplication _app = null!;
    private HttpClient _users = null!;
    private HttpClient _operators = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, OperatorsSetup.ForOperators);
        });
        Api.AddEngine(builder.Services);
        builder.Services.AddSingleton<IAccounts>(_accounts);
        builder.Services.AddWebFrontend(Api.Unlimited);
        builder.Services.AddOperators(new(new HashSet<string> { "ana@acme.test" }));
        _app = builder.Build();
        _app.MapWebFrontend();
        _app.MapGroup(OperatorsSetup.DashboardPath).OnlyForOperators().RequireOperator().MapGet("/", (HttpContext _) => "the dashboard");
        await _app.StartAsync();
        var urls = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToList();
        (_users, _operators) = (new() { BaseAddress = urls[0] }, new() { BaseAddress = urls[1] });
    }

    public async Task DisposeAsync()
    {
        _users.Dispose();
        _operators.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Metrics_and_health_answer_on_the_operators_port()
    {
        var metrics = await _operators.GetAsync("/metrics");
        metrics.StatusCode.ShouldBe(HttpStatusCode.OK);
        metrics.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        (await metrics.Content.ReadAsStringAsync()).ShouldContain("# TYPE crm_live_connections gauge");
        (await _operators.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _users.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/Metrics/")]
    [InlineData("/dashboard/")]
    public async Task What_is_for_operators_is_nowhere_on_the_users_port_whatever_host_is_claimed(string path)
    {
        foreach (var host in new[] { _users.BaseAddress!.Authority, _operators.BaseAddress!.Authority, "localhost" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            request.Headers.Add("X-Forwarded-Port", _operators.BaseAddress!.Port.ToString());
            (await _users.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/v1/me")]
    [InlineData("/api/v1/contacts")]
    [InlineData("/hub")]
    [InlineData("/openapi/v1.json")]
    public async Task What_is_for_users_is_nowhere_on_the_operators_port(string path) =>
        (await _operators.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);

    [Fact]
    public async Task The_dashboard_asks_who_is_there_and_keeps_the_session_of_a_named_administrator()
    {
        var asked = await _operators.GetAsync("/dashboard/");
        asked.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        asked.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Basic");

        _accounts.Sessions[Admin] = FakeAccounts.Holding(Admin, "*");
        _accounts.Answer = new(new("acme/admin/s1", 86_400, "refresh"));
        var entered = await Ask("Basic", Convert.ToBase64String("ana@acme.test:Correct-Horse-42!"u8));
        entered.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await entered.Content.ReadAsStringAsync()).ShouldBe("the dashboard");
        var cookie = entered.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();
        cookie.ShouldContain("httponly");
        cookie.ShouldContain("samesite=strict");
        cookie.ShouldContain("path=/dashboard");
        _accounts.Calls.ShouldBe(["ana@acme.test|Correct-Horse-42!||"]);
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("contacts.*", false)]
    public async Task A_session_opens_the_dashboard_only_with_every_right(string permission, bool opens)
    {
        _accounts.Sessions[Admin] = FakeAccounts.Holding(Admin, permission);
        (await Ask("Bearer", "acme/admin/s1")).StatusCode.ShouldBe(opens ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        _accounts.Sessions.Clear();
        (await Ask("Bearer", "acme/admin/s2")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("Basic", "not base64!")]
    [InlineData("Basic", "bm9jb2xvbg==")]
    [InlineData("Basic", null)]
    [InlineData("Digest", "x")]
    public async Task What_is_no_sign_in_is_refused_without_a_try(string scheme, string? parameter)
    {
        (await Ask(scheme, parameter)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _accounts.Calls.ShouldBeEmpty();
    }

    private async Task<HttpResponseMessage> Ask(string scheme, string? parameter)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/") { Headers = { Authorization = new(scheme, parameter) } };
        return await _operators.SendAsync(request);
    }
}
