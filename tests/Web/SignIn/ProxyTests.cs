using System.Net;
using Crm.Web.Tests.Rest;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Hosting.Server;

namespace Crm.Web.Tests.SignIn;

/// <summary>Whose address counts when requests come by a proxy.</summary>
public sealed class ProxyTests
{
    private const string Proxy = "10.0.0.1";

    [Theory]
    [InlineData(Proxy, "192.0.2.7", "192.0.2.7")]
    [InlineData("203.0.113.9", "192.0.2.7", "203.0.113.9")] // Who is no proxy speaks for himself.
    [InlineData(Proxy, "192.0.2.7, 198.51.100.3", "198.51.100.3")] // What the client wrote before the proxy did is not believed.
    [InlineData(Proxy, "192.0.2.7, 10.0.0.2", "192.0.2.7")] // A second proxy of ours.
    [InlineData("127.0.0.1", "192.0.2.7", "127.0.0.1")] // Loopback is no proxy unless it is named.
    [InlineData(Proxy, "nonsense", Proxy)]
    [InlineData(Proxy, null, Proxy)]
    public async Task Only_a_named_proxy_is_believed(string from, string? forwarded, string counted) =>
        (await Seen(from, forwarded, [IPNetwork.Parse("10.0.0.0/24")])).ShouldBe(counted);

    [Fact]
    public async Task Without_named_proxies_nobody_is_believed() => (await Seen(Proxy, "192.0.2.7", [])).ShouldBe(Proxy);

    [Fact]
    public async Task Users_behind_a_proxy_are_limited_apart()
    {
        await using var api = await Api.Start(Api.Unlimited with { Anonymous = new(1, 1), Proxies = [IPNetwork.Parse("10.0.0.0/24")] });
        (await Status(api, "192.0.2.1")).ShouldBe(401);
        (await Status(api, "192.0.2.1")).ShouldBe(429);
        (await Status(api, "192.0.2.2")).ShouldBe(401);
    }

    private static async Task<int> Status(Api api, string client)
    {
        var answer = await Server(api).SendAsync(http =>
        {
            http.Request.Path = "/api/v1/contacts";
            http.Connection.RemoteIpAddress = IPAddress.Parse(Proxy);
            http.Request.Headers["X-Forwarded-For"] = client;
        });
        return answer.Response.StatusCode;
    }

    private static async Task<string> Seen(string from, string? forwarded, IReadOnlyList<IPNetwork> proxies)
    {
        await using var api = await Api.Start(Api.Unlimited with { Proxies = proxies });
        var answer = await Server(api).SendAsync(http =>
        {
            http.Request.Path = "/health/live";
            http.Connection.RemoteIpAddress = IPAddress.Parse(from);
            if (forwarded is not null)
            {
                http.Request.Headers["X-Forwarded-For"] = forwarded;
            }
        });
        return answer.Connection.RemoteIpAddress!.ToString();
    }

    private static TestServer Server(Api api) => (TestServer)api.Services.GetRequiredService<IServer>();
}
