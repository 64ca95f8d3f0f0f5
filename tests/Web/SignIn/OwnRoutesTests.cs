using System.Net;
using Crm.Web.Tests.Rest;
using NSubstitute;

namespace Crm.Web.Tests.SignIn;

public sealed class OwnRoutesTests : IClassFixture<OwnRoutesTests.Host>
{
    private const string Body = """{"name":" Nightly ","scope":["contacts.read"],"days":90}""";
    private static readonly SessionKey Ana = new("acme", "ana", "own1");
    private static readonly SessionKey Token = new("acme", "ana", "t.own1");
    private readonly IOwnSessions _own;
    private readonly Api _api;

    public OwnRoutesTests(Host host)
    {
        (_own, _api) = (host.Own, host.Api);
        host.Accounts.Sessions[Ana] = FakeAccounts.Holding(Ana, "contacts.read");
        host.Accounts.Sessions[Token] = FakeAccounts.Holding(Token, "contacts.read");
    }

    [Fact]
    public async Task A_token_is_made_shown_once_and_named()
    {
        _own.Make(Ana, "Nightly", Arg.Is<IReadOnlyList<string>>(scope => scope.Single() == "contacts.read"), TimeSpan.FromDays(90), Arg.Any<CancellationToken>())
            .Returns((new OwnToken("t.x", "Nightly", ["contacts.read"], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(90)), "crm_acme.secret"));
        var answer = await Send("POST", "/api/v1/tokens", Ana, Body);
        answer.Status.ShouldBe(HttpStatusCode.Created, answer.Text);
        answer.Json.GetProperty("token").GetString().ShouldBe("crm_acme.secret");
        answer.Headers["Cache-Control"].ShouldBe("no-store");
    }

    [Theory]
    [InlineData("""{"scope":["contacts.read"],"days":90}""", "name")]
    [InlineData("""{"name":"N","scope":[],"days":90}""", "scope")]
    [InlineData("""{"name":"N","scope":"contacts.read","days":90}""", "scope")]
    [InlineData("""{"name":"N","scope":[7],"days":90}""", "scope")]
    [InlineData("""{"name":"N","scope":["contacts.read"],"days":0}""", "days")]
    [InlineData("""{"name":"N","scope":["contacts.read"],"days":367}""", "days")]
    [InlineData("""{"name":"N","scope":["contacts.read"],"days":90,"user":"bo"}""", "user")]
    public async Task What_is_wrong_with_a_wish_is_said_at_its_field(string body, string field)
    {
        var answer = await Send("POST", "/api/v1/tokens", Ana, body);
        answer.Status.ShouldBe(HttpStatusCode.BadRequest);
        answer.Json.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue(answer.Text);
    }

    [Theory]
    [InlineData("GET", "/api/v1/sessions")]
    [InlineData("POST", "/api/v1/sessions/endOthers")]
    [InlineData("DELETE", "/api/v1/sessions/own1")]
    [InlineData("GET", "/api/v1/tokens")]
    [InlineData("POST", "/api/v1/tokens")]
    [InlineData("DELETE", "/api/v1/tokens/t.x")]
    public async Task A_token_sees_makes_and_ends_none(string method, string path) =>
        (await Send(method, path, Token, method == "POST" ? Body : null)).ShouldBeProblem(403, "access.denied");

    [Fact]
    public async Task What_is_not_there_is_not_found_and_what_is_there_ends()
    {
        (await Send("DELETE", "/api/v1/sessions/other", Ana)).ShouldBeProblem(404, "record.missing");
        _own.End(Ana, "mine", Arg.Any<CancellationToken>()).Returns(true);
        (await Send("DELETE", "/api/v1/sessions/mine", Ana)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    private Task<Answer> Send(string method, string path, SessionKey session, string? body = null) =>
        _api.Send(method, path, body, null, headers: ("Authorization", $"Bearer {session.Tenant}/{session.User}/{session.Session}"));

    /// <summary>The sign-in routes over accounts whose answers a test says.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public FakeAccounts Accounts { get; } = new();

        public IOwnSessions Own { get; } = Substitute.For<IOwnSessions>();

        public Api Api { get; private set; } = null!;

        public async Task InitializeAsync() => Api = await SignInRoutesTests.Host.Start(Accounts, Api.Unlimited, Own);

        public async Task DisposeAsync() => await Api.DisposeAsync();
    }
}
