using System.Net;
using Crm.Web;
using Crm.Web.Admission;

namespace Crm.Silo;

/// <summary>What an operator can set, from environment variables. Everything is checked before anything starts.</summary>
/// <param name="Bind">The address that the front end listens on; loopback unless told otherwise.</param>
/// <param name="Port">1 to 65535; 0 takes a free one.</param>
/// <param name="Data">Where the embedded database, keys and uploads live.</param>
/// <param name="Database">An Npgsql connection string of an owner; null starts the embedded PostgreSQL.</param>
/// <param name="SeedDemo">Whether an empty database gets the two demo tenants.</param>
/// <param name="Limits">Whether requests are counted against floods; off only where a load test is the flood.</param>
/// <param name="Origins">Origins beside our own whose pages may use API and hub.</param>
/// <param name="Anchors">The file that says, a line each, where the chains of the audit stood: best on a disk of somebody else.</param>
public sealed record SiloOptions(
    IPAddress Bind, int Port, string Data, string? Database, bool SeedDemo, bool Limits, IReadOnlyList<string> Origins, string Anchors)
{
    /// <summary>The port that users are served on unless told otherwise.</summary>
    public const int UsersPort = 5080;

    private static readonly RequestRate Unlimited = new(1_000_000, 1_000_000);

    /// <summary>The front end's part.</summary>
    public WebOptions Web => Limits
        ? new() { Origins = Origins }
        : new() { Origins = Origins, User = Unlimited, Tenant = Unlimited, Anonymous = Unlimited, SignIn = Unlimited, Admission = AdmissionOptions.Off };

    /// <summary>Reads and checks the variables.</summary>
    /// <param name="get">A variable's value, or null.</param>
    /// <param name="usualPort">The port to listen on when none is set.</param>
    /// <exception cref="OptionException">A value cannot be meant; the message names variable and value.</exception>
    public static SiloOptions Read(Func<string, string?> get, bool development, int usualPort = UsersPort)
    {
        string? Value(string name) => get(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        return new(
            Value("CRM_BIND") is { } bind ? Address(bind) : IPAddress.Loopback,
            Value("CRM_PORT") is { } port ? Number("CRM_PORT", port, 0, 65_535) : usualPort,
            Path.GetFullPath(Value("CRM_DATA") ?? ".data"),
            Value("CRM_DATABASE"),
            Value("CRM_SEED") switch
            {
                null => development,
                "demo" => true,
                "none" => false,
                var other => throw new OptionException("CRM_SEED", other, "It is demo or none."),
            },
            Value("CRM_LIMITS") switch
            {
                null or "on" => true,
                "off" => false,
                var other => throw new OptionException("CRM_LIMITS", other, "It is on or off."),
            },
            Value("CRM_ORIGINS") is { } origins ? [.. origins.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Origin)] : [],
            Path.GetFullPath(Value("CRM_ANCHORS") ?? Path.Combine(Value("CRM_DATA") ?? ".data", "anchors.jsonl")));
    }

    private static IPAddress Address(string value) => value switch
    {
        "localhost" => IPAddress.Loopback,
        "*" => IPAddress.Any,
        _ => IPAddress.TryParse(value, out var address)
            ? address
            : throw new OptionException("CRM_BIND", value, "It is an IP address, such as 127.0.0.1, or * for all."),
    };

    private static string Origin(string value) => Uri.TryCreate(value, UriKind.Absolute, out var origin) && (origin.Scheme is "http" or "https") && origin.PathAndQuery == "/"
        ? origin.GetLeftPart(UriPartial.Authority)
        : throw new OptionException("CRM_ORIGINS", value, "It is a list of origins with commas, such as https://app.example.com.");

    private static int Number(string name, string value, int least, int most) => int.TryParse(value, out var number) && number >= least && number <= most
        ? number
        : throw new OptionException(name, value, $"It is a whole number from {least} to {most}.");
}

/// <summary>A setting that cannot be meant.</summary>
public sealed class OptionException(string name, string value, string why) : Exception($"{name}={value} is not understood. {why}");
