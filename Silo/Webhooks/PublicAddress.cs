using System.Net;
using System.Net.Sockets;

namespace Crm.Silo.Webhooks;

/// <summary>Which addresses are out on the internet, so that a tenant's webhook cannot reach what stands behind our own door.</summary>
public static class PublicAddress
{
    // The special-purpose registries of IANA (RFC 6890): this network, private, shared, loopback, link-local, protocol assignments, documentation,
    // benchmarks, multicast and what is reserved; for IPv6 what lies outside global unicast, and within it documentation and the ways through to IPv4.
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    /// <summary>Whether an address may be called.</summary>
    public static bool Is(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily != AddressFamily.InterNetworkV6 || Global6.Contains(plain)) && !Closed.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }
}
