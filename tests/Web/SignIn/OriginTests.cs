using System.Net;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Tests.SignIn;

public sealed class OriginTests
{
    private static readonly string[] Named = ["https://app.example"];

    [Theory]
    [InlineData("", "crm.test", true)]
    [InlineData("http://crm.test", "crm.test", true)]
    [InlineData("https://CRM.test", "crm.test", true)]
    [InlineData("http://127.0.0.1:5080", "127.0.0.1:5080", true)]
    [InlineData("http://[::1]:5080", "[::1]:5080", true)]
    [InlineData("https://app.example", "crm.test", true)]
    [InlineData("http://app.example", "crm.test", false)]
    [InlineData("https://app.example.evil.test", "crm.test", false)]
    [InlineData("http://127.0.0.1:5081", "127.0.0.1:5080", false)]
    [InlineData("https://evil.test", "crm.test", false)]
    [InlineData("https://crm.test.evil.test", "crm.test", false)]
    [InlineData("null", "crm.test", false)]
    [InlineData("file://crm.test", "crm.test", false)]
    [InlineData("//crm.test", "crm.test", false)]
    public void Pages_of_our_own_and_of_named_origins_may_open_the_hub(string origin, string host, bool admitted) =>
        Origins.Admits(origin, new HostString(host), Named).ShouldBe(admitted);

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void One_place_on_the_network_counts_as_one(string address, string counted) => RemoteAddress.Of(IPAddress.Parse(address)).ShouldBe(counted);
}
