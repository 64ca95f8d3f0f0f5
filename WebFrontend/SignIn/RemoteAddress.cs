using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.SignIn;

/// <summary>What one place on the network counts as.</summary>
internal static class RemoteAddress
{
    private const int BytesOfPrefix = 8;

    /// <summary>The address of a request; of IPv6 the first 64 bits, since one household has all the rest.</summary>
    public static string Of(HttpContext http) => http.Connection.RemoteIpAddress is { } address ? Of(address) : "unknown";

    internal static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6 || address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.MapToIPv4().ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(BytesOfPrefix).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
