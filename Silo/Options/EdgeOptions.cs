using System.Net;
using System.Net.Sockets;
using Crm.Web.Operators;

namespace Crm.Silo;

/// <summary>Where a node meets its surroundings beside the product's own port: the operators' port, and the proxies before it. Checked before anything starts.</summary>
/// <param name="OperatorsBind">The address of the operators' port; loopback unless told otherwise.</param>
/// <param name="OperatorsPort">0 takes a free one; null: there is none, and nothing is measured for it.</param>
/// <param name="Operators">Who may see the dashboard of a cluster.</param>
/// <param name="Proxies">Where proxies stand that are believed.</param>
public sealed record EdgeOptions(IPAddress OperatorsBind, int? OperatorsPort, OperatorsOptions Operators, IReadOnlyList<IPNetwork> Proxies)
{
    /// <summary>Who may see a dashboard here: without an operators' port nobody.</summary>
    public OperatorsOptions View => OperatorsPort is null ? OperatorsOptions.Nobody : Operators;

    private const string BindVariable = "CRM_OPERATORS_BIND";
    private const string PortVariable = "CRM_OPERATORS_PORT";
    private const string PeopleVariable = "CRM_OPERATORS";
    private const string ProxiesVariable = "CRM_PROXIES";

    /// <summary>Reads and checks the variables.</summary>
    /// <param name="get">A variable's value, or null.</param>
    /// <exception cref="OptionException">A value cannot be meant; the message names variable and value.</exception>
    public static EdgeOptions Read(Func<string, string?> get)
    {
        string? Value(string name) => get(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        return new(
            Value(BindVariable) is { } bind ? Address(bind) : IPAddress.Loopback,
            Value(PortVariable) is { } port ? Port(port) : 0,
            new(List(Value(PeopleVariable)).Select(Person).ToHashSet(StringComparer.Ordinal)),
            [.. List(Value(ProxiesVariable)).Select(Network)]);
    }

    private static string[] List(string? value) => value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static IPAddress Address(string value) => value switch
    {
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.Any,
        _ => IPAddress.TryParse(value, out var address)
            ? address
            : throw new OptionException(BindVariable, value, "It is an IP address, such as 127.0.0.1, or * for all."),
    };

    private static int? Port(string value) => value == "off" ? null
        : int.TryParse(value, out var number) && number is >= 0 and <= 65_535 ? number
        : throw new OptionException(PortVariable, value, "It is a whole number from 0 to 65535, where 0 takes a free one, or off.");

    private static string Person(string value) => value.Contains('@') ? value.ToLowerInvariant()
        : throw new OptionException(PeopleVariable, value, "It is a list of e-mail addresses with commas.");

    // A network that holds everybody would let everybody choose the address that he is counted under.
    private static IPNetwork Network(string value)
    {
        if (IPAddress.TryParse(value, out var address))
        {
            return new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        }

        return IPNetwork.TryParse(value, out var network) && network.PrefixLength > 0
            ? network
            : throw new OptionException(ProxiesVariable, value, "It is a list of addresses and networks with commas, such as 10.1.0.0/16, and not everybody.");
    }
}
