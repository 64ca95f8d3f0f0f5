using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

/// <summary>What goes wrong is told in one form, and what goes right carries the headers that keep a browser safe.</summary>
public sealed class ProblemTests
{
    private const string Path = "/api/v1/contacts/some";

    [Fact]
    public async Task A_fault_is_500_without_details_and_is_logged_under_the_id_that_the_client_got()
    {
        await using var api = await Failing(new InvalidOperationException("secret text"));
        var answer = await api.Send("GET", Path, headers: ("X-Correlation-Id", "client-17"));
        answer.ShouldBeProblem(500, "server.fault");
        answer.Text.ShouldNotContain("secret");
        answer.Headers["X-Correlation-Id"].ShouldBe("client-17");
        var logged = api.Log.Errors.ShouldHaveSingleItem();
        logged.Fault!.Message.ShouldBe("secret text");
        logged.Scopes.ShouldContain("CorrelationId=client-17");
    }

    [Fact]
    public async Task What_passes_is_503_and_says_when_to_try_again()
    {
        await using var api = await Failing(new UnavailableException("no journal") { RetryAfter = TimeSpan.FromMilliseconds(2_100) });
        var answer = await api.Send("GET", Path);
        answer.ShouldBeProblem(503, "server.unavailable");
        answer.Headers["Retry-After"].ShouldBe("3");
        answer.Text.ShouldNotContain("no journal");
    }

    [Theory]
    [InlineData(400, "request.invalid")]
    [InlineData(408, "request.timeout")]
    [InlineData(413, "body.large")]
    public async Task What_the_server_refuses_keeps_its_status(int status, string code)
    {
        await using var api = await Failing(new BadHttpRequestException("bad", status));
        (await api.Send("GET", Path)).ShouldBeProblem(status, code);
        api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_goes_away_is_no_fault()
    {
        var asked = new TaskCompletionSource();
        var gone = new TaskCompletionSource();
        var accessor = new HttpContextAccessor();
        var records = Substitute.For<IRecords>();
        records.Read(default, null!).ReturnsForAnyArgs(async _ =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, accessor.HttpContext!.RequestAborted).ContinueWith(_ => gone.SetResult(), TaskScheduler.Default);
            return Throw();
        });
        var api = await Api.Start(sockets: true, also: services => services.AddSingleton(records).AddSingleton<IHttpContextAccessor>(accessor));
        using var leave = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.TryAddWithoutValidation("Authorization", "Test acme/ana");
        var sending = api.Client.SendAsync(request, leave.Token);
        await asked.Task;
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
        await gone.Task;
        var log = api.Log;
        await api.DisposeAsync(); // Ends when the request has ended.
        log.Errors.ShouldBeEmpty();

        static RecordView? Throw() => throw new IOException("The answer came too late.");
    }

    [Theory]
    [InlineData("abc-1.2_Z", true)]
    [InlineData("with space", false)]
    [InlineData("quote\"", false)]
    [InlineData("", false)]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public async Task A_correlation_id_is_kept_when_it_is_sane_and_made_when_it_is_not(string given, bool kept)
    {
        await using var api = await Api.Start();
        var answer = await api.Send("GET", Path, headers: ("X-Correlation-Id", given));
        (answer.Headers["X-Correlation-Id"] == given).ShouldBe(kept);
        answer.Headers["X-Correlation-Id"].Length.ShouldBeInRange(1, 64);
    }

    [Fact]
    public async Task Without_a_token_the_API_answers_401_everywhere_even_where_nothing_is()
    {
        await using var api = await Api.Start();
        foreach (var (method, path) in new[] { ("GET", "/api/v1/contacts"), ("DELETE", Path), ("GET", "/api/v1/nothings"), ("GET", "/api/v9/x"), ("PUT", "/api/v1/contacts") })
        {
            var answer = await api.Send(method, path, caller: null);
            answer.ShouldBeProblem(401, "access.unauthenticated");
            answer.Headers["WWW-Authenticate"].ShouldStartWith("Bearer");
        }

        (await api.Send("GET", "/favicon.ico", caller: null)).ShouldBeProblem(404, "record.missing");
    }

    [Fact]
    public async Task Whoever_sends_too_much_is_told_when_to_go_on_and_others_are_not_held_up()
    {
        await using var api = await Api.Start(new() { User = new(1, 3), Tenant = new(1, 5), Anonymous = new(1, 2) });
        for (var i = 0; i < 3; i++)
        {
            (await api.Send("GET", "/api/v1/contacts")).Status.ShouldBe(HttpStatusCode.OK);
        }

        var limited = await api.Send("GET", "/api/v1/contacts");
        limited.ShouldBeProblem(429, "rate.exceeded");
        int.Parse(limited.Headers["Retry-After"]).ShouldBeGreaterThan(0);

        (await api.Send("GET", "/api/v1/contacts", caller: "acme/bo")).Status.ShouldBe(HttpStatusCode.OK);
        (await api.Send("GET", "/api/v1/contacts", caller: "acme/bo")).Status.ShouldBe(HttpStatusCode.OK);
        (await api.Send("GET", "/api/v1/contacts", caller: "acme/bo")).ShouldBeProblem(429, "rate.exceeded");
        (await api.Send("GET", "/api/v1/contacts", caller: "globex/gil")).Status.ShouldBe(HttpStatusCode.OK);

        (await api.Send("GET", "/api/v1/contacts", caller: null)).ShouldBeProblem(401, "access.unauthenticated");
        (await api.Send("GET", "/api/v1/contacts", caller: null)).ShouldBeProblem(401, "access.unauthenticated");
        (await api.Send("GET", "/api/v1/contacts", caller: null)).ShouldBeProblem(429, "rate.exceeded");
        (await api.Send("GET", "/health/live", caller: null)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Every_answer_carries_the_headers_that_keep_a_browser_safe()
    {
        await using var api = await Api.Start(sockets: true);
        foreach (var path in new[] { "/", "/api/v1/contacts", Path, "/health/live", "/problems/record.missing", "/openapi/v1.json", "/nowhere" })
        {
            var headers = (await api.Send("GET", path)).Headers;
            headers["X-Content-Type-Options"].ShouldBe("nosniff", path);
            headers["Content-Security-Policy"].ShouldContain("frame-ancestors 'none'");
            headers["Content-Security-Policy"].ShouldNotContain("unsafe");
            headers["Referrer-Policy"].ShouldBe("no-referrer");
            headers.ContainsKey("Server").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task JSON_is_compressed_but_where_secrets_are()
    {
        await using var api = await Api.Start(sockets: true);
        for (var i = 0; i < 5; i++)
        {
            await api.Created("contacts", $$"""{"name":"Somebody {{i}}"}""");
        }

        foreach (var encoding in new[] { "br", "gzip" })
        {
            var page = await api.Send("GET", "/api/v1/contacts", headers: ("Accept-Encoding", encoding));
            page.Headers["Content-Encoding"].ShouldBe(encoding);
            page.Headers["Vary"].ShouldContain("Accept-Encoding");
        }

        (await api.Send("POST", "/api/v1/auth/token", "[]", headers: ("Accept-Encoding", "gzip"))).Headers.ContainsKey("Content-Encoding").ShouldBeFalse();
    }

    [Fact]
    public async Task Every_problem_leads_to_a_page_that_explains_it()
    {
        await using var api = await Api.Start();
        foreach (var type in Crm.Web.Rest.ProblemCodes.All)
        {
            var answer = await api.Send("GET", $"/problems/{type.Code}", caller: null);
            answer.Json.GetProperty("status").GetInt32().ShouldBe(type.Status);
            answer.Json.GetProperty("title").GetString().ShouldBe(type.Title);
        }

        var page = await api.Send("GET", "/problems/contact.email", caller: null, headers: ("Accept", "text/html"));
        page.Headers["Content-Type"].ShouldStartWith("text/html");
        page.Text.ShouldContain("contact.email");
        (await api.Send("GET", "/problems/%3Cscript%3E.x", caller: null)).ShouldBeProblem(404, "record.missing");
    }

    [Fact]
    public async Task Health_tells_names_and_states_and_nothing_else()
    {
        var healthy = true;
        await using var api = await Api.Start(also: services => services.AddHealthChecks()
            .AddCheck("database", () => healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("password wrong", new InvalidOperationException("secret"))));
        (await api.Send("GET", "/health/ready", caller: null)).Json.GetProperty("dependencies").GetProperty("database").GetProperty("status").GetString().ShouldBe("healthy");

        healthy = false;
        var down = await api.Send("GET", "/health/ready", caller: null);
        down.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        down.Text.ShouldBe("""{"status":"unhealthy","dependencies":{"database":{"status":"unhealthy"}}}""");
        (await api.Send("GET", "/health/live", caller: null)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_check_that_does_not_answer_is_down()
    {
        await using var api = await Api.Start(Api.Unlimited with { HealthTimeout = TimeSpan.FromMilliseconds(1) }, also: services => services.AddHealthChecks()
            .AddAsyncCheck("database", async cancel =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return HealthCheckResult.Healthy();
            }));
        (await api.Send("GET", "/health/ready", caller: null)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    private static Task<Api> Failing(Exception fault)
    {
        var records = Substitute.For<IRecords>();
        records.Read(default, null!).ReturnsForAnyArgs(Task.FromException<RecordView?>(fault));
        return Api.Start(also: services => services.AddSingleton(records));
    }
}
