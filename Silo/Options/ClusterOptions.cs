using System.Net;
using System.Net.Sockets;

namespace Crm.Silo;

/// <summary>Where the nodes of a cluster find each other.</summary>
public enum Clustering
{
    /// <summary>Nowhere: one silo, and front ends on the same machine that know its gateway's port.</summary>
    Localhost,

    /// <summary>In tables of the database that they share.</summary>
    Postgres,

    /// <summary>In a Redis.</summary>
    Redis,
}

/// <summary>A node's place in the cluster, from environment variables.</summary>
/// <param name="Id">Nodes of one name are one cluster.</param>
/// <param name="Redis">As StackExchange.Redis reads it; null unless <paramref name="By"/> says so.</param>
/// <param name="Advertise">The address at which other nodes reach this silo.</param>
/// <param name="SiloPort">Where silos talk to each other.</param>
/// <param name="GatewayPort">Where front ends talk to the silo; 0 for no gateway.</param>
public sealed record ClusterOptions(Clustering By, string Id, string? Redis, IPAddress Advertise, int SiloPort, int GatewayPort)
{
    /// <summary>Reads and checks the variables.</summary>
    /// <param name="alone">The silo and its only front end are one process: then it finds free ports, and needs nobody else.</param>
    /// <exception cref="OptionException">A value cannot be meant, or another variable needs this one; the message names variable and value.</exception>
    public static ClusterOptions Read(Func<string, string?> get, bool alone)
    {
        string? Value(string name) => get(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        var by = Value("CRM_CLUSTERING") switch
        {
            null => alone ? Clustering.Localhost : Clustering.Postgres,
            "localhost" => Clustering.Localhost,
            "postgres" => Clustering.Postgres,
            "redis" => Clustering.Redis,
            var other => throw new OptionException("CRM_CLUSTERING", other, "It is localhost, postgres or redis."),
        };
        var redis = Value("CRM_REDIS");
        if (by == Clustering.Redis && redis is null)
        {
            throw new OptionException("CRM_REDIS", "", "CRM_CLUSTERING=redis needs it: host:port, with options as in redis:6379,password=….");
        }

        return new(
            by,
            Value("CRM_CLUSTER_ID") ?? "crm",
            by == Clustering.Redis ? redis : null,
            Value("CRM_ADVERTISE") is { } address ? Address(address, by) : IPAddress.Loopback,
            Port("CRM_SILO_PORT", Value("CRM_SILO_PORT"), alone ? 0 : 11_111),
            alone && Value("CRM_GATEWAY_PORT") is null ? 0 : Port("CRM_GATEWAY_PORT", Value("CRM_GATEWAY_PORT"), 30_000));
    }

    /// <summary>Where a silo listens: in a container the address that others use may be none of this machine's.</summary>
    public IPAddress Listen => IPAddress.IsLoopback(Advertise) ? Advertise : IPAddress.Any;

    /// <summary>Tries whether a silo can listen where it is to.</summary>
    /// <exception cref="OptionException">It cannot; the message names variable and port.</exception>
    public void DemandPorts()
    {
        foreach (var (name, port) in new[] { ("CRM_SILO_PORT", SiloPort), ("CRM_GATEWAY_PORT", GatewayPort) }.Where(static port => port.Item2 != 0))
        {
            try
            {
                using var probe = new TcpListener(Listen, port);
                probe.Start();
            }
            catch (SocketException refused)
            {
                throw new OptionException(name, $"{port}", $"This silo cannot listen there ({refused.SocketErrorCode}): end what does, or give it another port.");
            }
        }
    }

    private static IPAddress Address(string value, Clustering by)
    {
        if (!IPAddress.TryParse(value, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            throw new OptionException("CRM_ADVERTISE", value, "It is the IP address at which the other nodes reach this one.");
        }

        return by != Clustering.Localhost || IPAddress.IsLoopback(address)
            ? address
            : throw new OptionException("CRM_ADVERTISE", value, "CRM_CLUSTERING=localhost is for one machine; use postgres or redis.");
    }

    // Orleans takes no 0: a free port is looked for here.
    private static int Port(string name, string? value, int usual)
    {
        var port = value is null ? usual : int.TryParse(value, out var number) && number is >= 0 and <= 65_535
            ? number
            : throw new OptionException(name, value, "It is a whole number from 0 to 65535; 0 takes a free one.");
        if (port != 0)
        {
            return port;
        }

        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
