using System.Net;
using Crm.Silo;

namespace Crm.Tests;

public sealed class EdgeOptionsTests
{
    [Fact]
    public void Without_variables_operators_have_a_free_port_on_loopback_nobody_sees_a_dashboard_and_no_proxy_is_believed()
    {
        var edge = Read();
        (edge.OperatorsBind, edge.OperatorsPort).ShouldBe((IPAddress.Loopback, 0));
        edge.View.People.ShouldBeEmpty();
        edge.Proxies.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_set_is_taken()
    {
        var edge = Read(("CRM_OPERATORS_BIND", "*"), ("CRM_OPERATORS_PORT", "9464"), ("CRM_OPERATORS", "Admin@acme.test, ops@acme.test"), ("CRM_PROXIES", "10.1.2.3/16, 192.0.2.7,2001:db8::/32"));
        (edge.OperatorsBind, edge.OperatorsPort).ShouldBe((IPAddress.Any, 9464));
        edge.View.People.Order().ShouldBe(["admin@acme.test", "ops@acme.test"]);
        edge.Proxies.Select(network => network.ToString()).ShouldBe(["10.1.0.0/16", "192.0.2.7/32", "2001:db8::/32"]);
    }

    [Fact]
    public void Without_their_port_operators_see_no_dashboard()
    {
        var edge = Read(("CRM_OPERATORS_PORT", "off"), ("CRM_OPERATORS", "admin@acme.test"));
        edge.OperatorsPort.ShouldBeNull();
        edge.View.People.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("CRM_OPERATORS_BIND", "everywhere")]
    [InlineData("CRM_OPERATORS_PORT", "65536")]
    [InlineData("CRM_OPERATORS_PORT", "on")]
    [InlineData("CRM_OPERATORS", "admin")]
    [InlineData("CRM_PROXIES", "proxy.example")]
    [InlineData("CRM_PROXIES", "10.1.0.0/33")]
    [InlineData("CRM_PROXIES", "0.0.0.0/0")]
    [InlineData("CRM_PROXIES", "::/0")]
    public void What_cannot_be_meant_is_refused_by_name_and_value(string name, string value) =>
        Should.Throw<OptionException>(() => Read((name, value))).Message.ShouldStartWith($"{name}={value} is not understood. ");

    private static EdgeOptions Read(params (string Name, string Value)[] set) => EdgeOptions.Read(name => set.FirstOrDefault(variable => variable.Name == name).Value);
}
