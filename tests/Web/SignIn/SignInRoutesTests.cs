using System.Net;
using Crm.Web.SignIn;
using Crm.Web.Tests.Rest;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Crm.Web.Tests.SignIn;

public sealed class SignInRoutesTests : IClassFixture<SignInRoutesTests.Host>
{
    private const string Token = "/api/v1/auth/token";
    private const string Pair = """{"email":"ana@acme.test","password":"Correct-Horse-42!"}""";
    private static int s_sessions;
    private readonly FakeAccounts _accounts;
    private readonly Api _api;
    private readonly SessionKey _ana = new("acme", "ana", $"s{Interlocked.Increment(ref s_sessions)}");

    public SignInRoutesTests(Host host)
    {
        (_accounts, _api) = (host.Accounts, host.Api);
        _accounts.Reset();
        _accounts.Sessions[_ana] = FakeAccounts.Holding(_ana, "contacts.read", "users.password");
    }

    private (string, string) Bearer => ("Authorization", $"Bearer {Query}");

    private string Query => $"acme/ana/{_ana.Session}";

    private Task<Answer> Send(string method, string path, string? body = null, params (string, string)[] headers) =>
        _api.Send(method, path, body, caller: null, headers: headers);

    [Fact]
    public async Task A_sign_in_gets_tokens_in_the_form_that_the_contract_names()
    {
        _accounts.Answer = new(new("access", 86_400, "refresh"));
        foreach (var (path, body) in new[] { (Token, Pair), ("/api/v1/auth/refresh", """{"refreshToken":"acme.x"}""") })
        {
            var answer = await Send("POST", path, body);
            answer.Status.ShouldBe(HttpStatusCode.OK);
            answer.Text.ShouldBe("""{"accessToken":"access","tokenType":"Bearer","expiresIn":86400,"refreshToken":"refresh"}""");
            answer.Headers["Cache-Control"].ShouldBe("no-store");
        }

        _accounts.Calls.ShouldBe(["ana@acme.test|Correct-Horse-42!||", "acme.x"]);
    }

    [Fact]
    public async Task A_failed_one_is_401_a_locked_account_423_and_too_many_tries_429_with_the_time_to_wait()
    {
        (await Send("POST", Token, Pair)).ShouldBeProblem(401, "signin.failed");
        _accounts.Answer = new(null, TimeSpan.FromSeconds(59.2), Locked: true);
        var locked = await Send("POST", Token, Pair);
        locked.ShouldBeProblem(423, "account.locked");
        locked.Headers["Retry-After"].ShouldBe("60");
        _accounts.Answer = new(null, TimeSpan.FromSeconds(5));
        var throttled = await Send("POST", Token, Pair);
        throttled.ShouldBeProblem(429, "rate.exceeded");
        throttled.Headers["Retry-After"].ShouldBe("5");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"email":"a@b.test"}""")]
    [InlineData("""{"email":5,"password":"x"}""")]
    [InlineData("""{"email":"","password":""}""")]
    [InlineData("""{"email":"a@b.test","password":"x","admin":true}""")]
    [InlineData("""{"email":"a@b.test","password":"x","tenant":["acme"]}""")]
    [InlineData("""{"email":"\u0000","password":"\ud800"}""")]
    public async Task What_is_no_sign_in_is_400_and_nobody_is_asked(string body)
    {
        (await Send("POST", Token, body)).Status.ShouldBe(HttpStatusCode.BadRequest);
        _accounts.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_problem_never_repeats_what_was_sent() =>
        (await Send("POST", Token, $$"""{"email":"secret-1{{new string('x', 400)}}","password":"secret-2","totp":7}""")).Text.ShouldNotContain("secret");

    [Fact]
    public async Task Tries_from_one_address_are_limited()
    {
        await using var api = await Host.Start(_accounts, Api.Unlimited with { SignIn = new(1, 3) });
        var statuses = new List<int>();
        for (var i = 0; i < 8; i++)
        {
            statuses.Add((int)(await api.Send("POST", Token, Pair, caller: null)).Status);
        }

        statuses.Take(3).ShouldAllBe(status => status == 401);
        statuses.ShouldContain(429);
    }

    [Fact]
    public async Task Who_has_a_session_reads_who_he_is_and_signs_out_at_once()
    {
        (await Send("GET", "/api/v1/me", null, Bearer)).Json.GetProperty("roles")[0].GetString().ShouldBe("Sales");
        (await Send("POST", "/api/v1/auth/logout", null, Bearer)).Status.ShouldBe(HttpStatusCode.NoContent);
        _accounts.Sessions.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer acme/ana/ended")]
    [InlineData("Basic YW5hOng=")]
    [InlineData("acme/ana/s1")]
    public async Task Without_a_valid_token_of_a_living_session_it_is_401(string header)
    {
        var answer = await Send("GET", "/api/v1/me", null, ("Authorization", header));
        answer.ShouldBeProblem(401, "access.unauthenticated");
        answer.Headers["WWW-Authenticate"].ShouldStartWith("Bearer");
    }

    [Fact]
    public async Task Only_the_hub_takes_the_token_from_the_query()
    {
        (await Send("GET", $"/api/v1/me?access_token={Query}")).ShouldBeProblem(401, "access.unauthenticated");
        (await Send("POST", "/hub/negotiate?negotiateVersion=1")).ShouldBeProblem(401, "access.unauthenticated");
        (await Send("POST", $"/hub/negotiate?negotiateVersion=1&access_token={Query}")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_of_another_origin_may_not_open_the_hub_even_with_a_token()
    {
        (await Send("POST", "/hub/negotiate?negotiateVersion=1", null, Bearer, ("Origin", "https://evil.test"))).ShouldBeProblem(403, "access.denied");
        (await Send("POST", "/hub/negotiate?negotiateVersion=1", null, Bearer, ("Origin", "http://localhost"))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Other_origins_get_no_leave_to_read_unless_they_are_named()
    {
        (await Send("GET", "/api/v1/me", null, Bearer, ("Origin", "https://app.example"))).Headers.Keys.ShouldNotContain("Access-Control-Allow-Origin");
        await using var api = await Host.Start(_accounts, Api.Unlimited with { Origins = ["https://app.example"] });
        var named = await api.Send("GET", "/api/v1/me", caller: null, headers: [Bearer, ("Origin", "https://app.example")]);
        named.Headers["Access-Control-Allow-Origin"].ShouldBe("https://app.example");
        (await api.Send("GET", "/api/v1/me", caller: null, headers: [Bearer, ("Origin", "https://evil.test")])).Headers.Keys.ShouldNotContain("Access-Control-Allow-Origin");
    }

    [Fact]
    public async Task When_nobody_can_say_who_it_is_it_is_503()
    {
        _accounts.Fault = new UnavailableException("Down.");
        (await Send("GET", "/api/v1/me", null, Bearer)).ShouldBeProblem(503, "server.unavailable");
    }

    [Fact]
    public async Task One_s_own_password_needs_the_present_one_and_another_s_does_not()
    {
        const string next = """{"password":"Another-Horse-43!"}""";
        (await Send("POST", "/api/v1/users/ana/password", next, Bearer)).ShouldBeProblem(400, "field.required");
        (await Send("POST", "/api/v1/users/ana/password", """{"password":"Another-Horse-43!","oldPassword":"x"}""", Bearer)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Send("POST", "/api/v1/users/bo/password", next, Bearer)).Status.ShouldBe(HttpStatusCode.NoContent);
        _accounts.Calls.ShouldBe(["change ana", "reset bo"]);
    }

    [Theory]
    [InlineData("record.missing", 404)]
    [InlineData("access.denied", 403)]
    [InlineData("user.outranks", 403)]
    [InlineData("password.length", 400)]
    public async Task A_refused_password_says_why(string code, int status)
    {
        _accounts.PasswordAnswer = new(new Problem("", code, "Because."));
        (await Send("POST", "/api/v1/users/bo/password", """{"password":"x"}""", Bearer)).ShouldBeProblem(status, code);
    }

    [Fact]
    public async Task The_public_keys_are_everybody_s()
    {
        var keys = await Send("GET", "/.well-known/jwks.json");
        (keys.Status, keys.Text).ShouldBe((HttpStatusCode.OK, """{"keys":[]}"""));
        keys.Headers["Cache-Control"].ShouldContain("max-age");
    }

    /// <summary>The front end with the product's own authentication.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public FakeAccounts Accounts { get; } = new();

        public Api Api { get; private set; } = null!;

        public static Task<Api> Start(FakeAccounts accounts, WebOptions options, IOwnSessions? own = null) => Api.Start(options, also: services =>
        {
            services.AddSingleton(own ?? Substitute.For<IOwnSessions>());
            services.AddAuthentication(BearerAuthentication.Name);
            services.AddSingleton<IAccounts>(accounts).AddSingleton<ICallers, CallerLeases>();
        });

        public async Task InitializeAsync() => Api = await Start(Accounts, Api.Unlimited);

        public async Task DisposeAsync() => await Api.DisposeAsync();
    }
}
