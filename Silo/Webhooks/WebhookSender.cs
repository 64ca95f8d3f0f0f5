using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Crm.Silo.Webhooks;

/// <summary>Where webhooks may go.</summary>
/// <param name="AnyAddress">Also to private, loopback and link-local addresses.</param>
public sealed record WebhookOptions(bool AnyAddress = false)
{
    /// <summary>One try may take this long, redirects included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads <c>CRM_WEBHOOKS</c>.</summary>
    /// <exception cref="OptionException">The value cannot be meant.</exception>
    public static WebhookOptions Read(Func<string, string?> get) => get("CRM_WEBHOOKS")?.Trim() switch
    {
        null or "" or "public" => new(),
        "any" => new(AnyAddress: true),
        var other => throw new OptionException("CRM_WEBHOOKS", other, "It is public or any."),
    };
}

/// <summary>What came back.</summary>
/// <param name="Status">Of the answer; null when there was none.</param>
/// <param name="Error">Why it was not taken, without personal data; null when it was.</param>
public sealed record Sent(int? Status, string? Error);

/// <summary>Posts bodies to addresses that tenants chose.</summary>
/// <remarks>
/// An address is judged when the connection is made, after its name was resolved and on every redirect: a name that leads elsewhere the second
/// time, or an answer that points inwards, gets nothing. No proxy, no cookies, no credentials; the answer's body is not read.
/// </remarks>
public sealed class WebhookSender : IDisposable
{
    private const int MostRedirects = 3;
    private readonly WebhookOptions _options;
    private readonly HttpClient _client;

    /// <summary>With connections of its own.</summary>
    public WebhookSender(WebhookOptions options)
    {
        _options = options;
        _client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectTimeout = options.Timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxConnectionsPerServer = 8,
            MaxResponseHeadersLength = 16,
            ConnectCallback = Connect,
        })
        { Timeout = options.Timeout };
    }

    /// <summary>Sends once.</summary>
    public async Task<Sent> Send(Uri to, byte[] body, IReadOnlyDictionary<string, string> headers, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.Timeout);
        try
        {
            for (var hop = 0; hop <= MostRedirects; hop++)
            {
                using var answer = await Post(to, body, headers, limit.Token);
                var status = (int)answer.StatusCode;
                if (answer.IsSuccessStatusCode)
                {
                    return new(status, null);
                }

                // Only these two keep method and body.
                if (answer.StatusCode is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect) || answer.Headers.Location is not { } next)
                {
                    return new(status, $"The receiver answered {status}.");
                }

                var target = new Uri(to, next);
                if (target.Scheme != to.Scheme && target.Scheme != Uri.UriSchemeHttps)
                {
                    return new(status, "The receiver redirects away from https.");
                }

                to = target;
            }

            return new(null, $"The receiver redirects more than {MostRedirects} times.");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(null, $"The receiver did not answer within {_options.Timeout.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException fault)
        {
            return new(null, fault.InnerException is ClosedAddressException closed ? closed.Message : $"The receiver cannot be reached: {fault.HttpRequestError}.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> Post(Uri to, byte[] body, IReadOnlyDictionary<string, string> headers, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var found = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
        var open = _options.AnyAddress ? found : [.. found.Where(PublicAddress.Is)];
        if (open.Length == 0)
        {
            throw found.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new ClosedAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class ClosedAddressException() : IOException("The address is not a public one; an operator may allow others with CRM_WEBHOOKS=any.");
}
