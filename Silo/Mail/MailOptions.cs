using System.Net.Mail;

namespace Crm.Silo.Mail;

/// <summary>By which server letters go out. Everything is checked before anything starts.</summary>
/// <param name="Host">The mail server; null: there is none, and no letter is written.</param>
/// <param name="Port">1 to 65535.</param>
/// <param name="User">Who signs in to it; null for nobody.</param>
/// <param name="Password">His password.</param>
/// <param name="Tls">Whether the connection must become a secret one by STARTTLS before anything is said.</param>
/// <param name="From">The sender's address.</param>
/// <param name="Public">The address of this product as people outside reach it: where the links in letters lead.</param>
public sealed record MailOptions(string? Host, int Port, string? User, string? Password, bool Tls, string From, Uri Public)
{
    private const string Server = "CRM_SMTP";
    private const string UserName = "CRM_SMTP_USER";
    private const string Secret = "CRM_SMTP_PASSWORD";
    private const string Security = "CRM_SMTP_TLS";
    private const string Sender = "CRM_MAIL_FROM";
    private const string Site = "CRM_PUBLIC_URL";
    private const int Submission = 587;

    /// <summary>One try may take this long: less than the lease of its alarm.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads and checks the variables.</summary>
    /// <param name="get">A variable's value, or null.</param>
    /// <param name="port">The port that users are served on, for links where nobody says an address.</param>
    /// <exception cref="OptionException">A value cannot be meant; the message names variable and value, but never the password.</exception>
    public static MailOptions Read(Func<string, string?> get, int port)
    {
        string? Value(string name) => get(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
        var site = Value(Site) is { } address ? Page(address) : new Uri($"http://127.0.0.1:{port}/");
        if (Value(Server) is not { } server)
        {
            return new(null, Submission, null, null, true, "", site);
        }

        var (host, at) = HostAndPort(server);
        var (user, password) = (Value(UserName), get(Secret) is { Length: > 0 } secret ? secret : null);
        if (user is null != password is null)
        {
            throw new OptionException(user is null ? UserName : Secret, "", "A mail server that one signs in to needs both a name and a password.");
        }

        return new(host, at, user, password, Value(Security) switch
        {
            "on" => true,
            "off" when user is null => false,
            "off" => throw new OptionException(Security, "off", "A password is not sent over a connection that others can read. Leave it on."),
            null => user is not null || host is not ("127.0.0.1" or "localhost" or "::1"),
            var other => throw new OptionException(Security, other, "It is on or off."),
        }, Value(Sender) is { } from ? Address(from) : throw new OptionException(Sender, "", "Say from which address letters are sent, such as crm@example.com."), site);
    }

    private static (string Host, int Port) HostAndPort(string value) =>
        Uri.TryCreate($"smtp://{value}", UriKind.Absolute, out var uri) && uri is { Host.Length: > 0, UserInfo: "", PathAndQuery: "" or "/" } && uri.Port is not 0
            ? (uri.Host.Trim('[', ']'), uri.Port > 0 && !uri.IsDefaultPort ? uri.Port : value.EndsWith(":25", StringComparison.Ordinal) ? 25 : Submission)
            : throw new OptionException(Server, value, "It is a mail server, such as smtp.example.com:587.");

    private static string Address(string value) => MailAddress.TryCreate(value, out var address) && address.Address == value
        ? value
        : throw new OptionException(Sender, value, "It is one e-mail address, such as crm@example.com.");

    private static Uri Page(string value) => Uri.TryCreate(value.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { Query: "", Fragment: "", UserInfo: "" }
        ? uri
        : throw new OptionException(Site, value, "It is the address of this product, such as https://crm.example.com.");
}
