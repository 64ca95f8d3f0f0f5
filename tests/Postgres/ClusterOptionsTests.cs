using System.Net;
using System.Net.Sockets;
using Crm.Silo;

namespace Crm.Tests;

public sealed class ClusterOptionsTests
{
    [Fact]
    public void A_node_looks_for_the_others_in_the_database_and_one_that_is_alone_needs_nobody()
    {
        var node = Read([]);
        (node.By, node.Id, node.SiloPort, node.GatewayPort).ShouldBe((Clustering.Postgres, "crm", 11_111, 30_000));
        var alone = Read([], alone: true);
        (alone.By, alone.GatewayPort).ShouldBe((Clustering.Localhost, 0));
        alone.SiloPort.ShouldBeGreaterThan(0, "a free port was found");
    }

    [Fact]
    public void Ports_of_zero_are_free_ones()
    {
        var node = Read([("CRM_SILO_PORT", "0"), ("CRM_GATEWAY_PORT", "0")]);
        node.SiloPort.ShouldNotBe(node.GatewayPort);
        Math.Min(node.SiloPort, node.GatewayPort).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void A_redis_is_taken_as_it_is_named() =>
        Read([("CRM_CLUSTERING", "redis"), ("CRM_REDIS", "redis:6379,password=x")]).Redis.ShouldBe("redis:6379,password=x");

    [Theory]
    [InlineData("CRM_CLUSTERING", "zookeeper", "CRM_CLUSTERING=zookeeper")]
    [InlineData("CRM_CLUSTERING", "redis", "CRM_REDIS=")]
    [InlineData("CRM_ADVERTISE", "0.0.0.0", "CRM_ADVERTISE=0.0.0.0")]
    [InlineData("CRM_ADVERTISE", "silo-1", "CRM_ADVERTISE=silo-1")]
    [InlineData("CRM_SILO_PORT", "-1", "CRM_SILO_PORT=-1")]
    [InlineData("CRM_GATEWAY_PORT", "http", "CRM_GATEWAY_PORT=http")]
    public void What_cannot_be_meant_is_refused_by_name_and_value(string name, string value, string said) =>
        Should.Throw<OptionException>(() => Read([(name, value)])).Message.ShouldStartWith($"{said} is not understood.");

    [Fact]
    public void One_machine_s_cluster_cannot_be_reached_from_another() =>
        Should.Throw<OptionException>(() => Read([("CRM_CLUSTERING", "localhost"), ("CRM_ADVERTISE", "10.0.0.1")])).Message.ShouldContain("CRM_ADVERTISE=10.0.0.1");

    [Fact]
    public void A_port_that_another_process_has_is_named_before_anything_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = $"{((IPEndPoint)other.LocalEndpoint).Port}";
        Should.Throw<OptionException>(Read([("CRM_SILO_PORT", "0"), ("CRM_GATEWAY_PORT", port)]).DemandPorts).Message.ShouldStartWith($"CRM_GATEWAY_PORT={port} is not understood. This silo cannot listen there");
        other.Stop();
        Should.NotThrow(Read([("CRM_SILO_PORT", "0"), ("CRM_GATEWAY_PORT", port)]).DemandPorts);
    }

    private static ClusterOptions Read((string Name, string Value)[] variables, bool alone = false) =>
        ClusterOptions.Read(name => variables.FirstOrDefault(variable => variable.Name == name).Value, alone);
}
