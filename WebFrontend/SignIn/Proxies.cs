using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;

namespace Crm.Web.SignIn;

/// <summary>Behind a proxy all users would share its address, and with it the limits of one: named proxies are believed about who they speak for.</summary>
internal static class Proxies
{
    /// <summary>Takes address and scheme from <c>X-Forwarded-For</c> and <c>-Proto</c>. Before all that looks at them.</summary>
    /// <remarks>
    /// Read from the right, as long as the one who speaks is a named proxy: what stands further left the client itself may have written.
    /// The host is never taken over: the check of origins compares with it.
    /// </remarks>
    public static void UseProxies(this IApplicationBuilder app, WebOptions options)
    {
        if (options.Proxies.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        forwarded.KnownProxies.Clear(); // Loopback stands there by itself.
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.Proxies)
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(forwarded);
    }
}
