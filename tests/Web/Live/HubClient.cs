using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Crm.Web.Tests.Live;

/// <summary>What a client can speak to the hub over.</summary>
public enum Transport
{
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

/// <summary>What the hub answered instead of a result.</summary>
internal sealed class HubFault(string message) : Exception(message);

/// <summary>A small SignalR client, JSON protocol, that keeps everything it was told in the order it came.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const char Separator = '\x1e';
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly Channel<string> _outgoing = Channel.CreateUnbounded<string>();
    private readonly List<Heard> _heard = [];
    private readonly string _text;
    private Task _running = Task.CompletedTask;
    private string _rest = "";
    private int _call;

    private HubClient(string url) => _text = url;

    /// <summary>One thing the hub said: a call of its own, an answer to one of ours, or the end.</summary>
    internal sealed record Heard(string Target, JsonElement Argument);

    /// <summary>All that was heard so far, pings left out.</summary>
    public IReadOnlyList<Heard> All
    {
        get
        {
            lock (_heard)
            {
                return [.. _heard];
            }
        }
    }

    /// <summary>The hub's error when it ended the connection with one.</summary>
    public string? CloseError { get; private set; }

    public bool Closed => _running.IsCompleted;

    public static async Task<HubClient> Connect(Uri host, string user, Transport transport)
    {
        var client = new HubClient($"{host}hub?access_token={user}");
        var shaken = client.Expect("handshake");
        client._running = transport switch
        {
            Transport.WebSockets => client.RunSocket(),
            Transport.ServerSentEvents => client.RunEvents(),
            _ => client.RunPolls(),
        };
        client.Write("""{"protocol":"json","version":1}""");
        if (await Task.WhenAny(shaken, client._running) != shaken)
        {
            await client._running;
            throw new HubFault(client.CloseError ?? "closed before the handshake");
        }

        return client;
    }

    /// <summary>Calls a method and gives its result.</summary>
    public Task<JsonElement> Invoke(string method, params object?[] arguments) =>
        Send(method, $"[{string.Join(',', arguments.Select(argument => JsonSerializer.Serialize(argument)))}]");

    /// <summary>The same with arguments as they are to stand on the wire.</summary>
    public Task<JsonElement> Send(string method, string arguments)
    {
        var id = $"{method}#{Interlocked.Increment(ref _call)}";
        var answer = Expect(id);
        Write($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return answer;
    }

    /// <summary>Sends a message that may be none.</summary>
    public void Write(string message) => _outgoing.Writer.TryWrite(message + Separator);

    /// <summary>The changes of a record, alone or together, in the order they came.</summary>
    public IReadOnlyList<JsonElement> Changes(string reference) => [.. All.SelectMany(heard => heard.Target switch
    {
        "Changed" => [heard.Argument],
        "ChangedMany" => heard.Argument.EnumerateArray(),
        _ => Enumerable.Empty<JsonElement>(),
    }).Where(change => change.GetProperty("ref").GetString() == reference)];

    public IReadOnlyList<long> Versions(string reference) => [.. Changes(reference).Select(change => change.GetProperty("version").GetInt64())];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<JsonElement> Expect(string id) =>
        await (_calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private async Task RunSocket()
    {
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new(_text.Replace("http:", "ws:", StringComparison.Ordinal)), _stop.Token);
            _ = SendAll(text => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _stop.Token));
            var (buffer, decoder) = (new byte[16_384], Encoding.UTF8.GetDecoder());
            var letters = new char[16_384];
            while (await socket.ReceiveAsync(buffer.AsMemory(), _stop.Token) is { MessageType: not WebSocketMessageType.Close } part)
            {
                Take(new string(letters, 0, decoder.GetChars(buffer, 0, part.Count, letters, 0)));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // What was heard until now is what counts.
        }
        finally
        {
            End();
        }
    }

    private async Task RunEvents()
    {
        using var http = new HttpClient();
        try
        {
            var url = await Negotiate(http);
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Accept.Add(new("text/event-stream"));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
            _ = SendAll(text => Post(http, url, text));
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(_stop.Token));
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    Take(line[6..]);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or HttpRequestException or IOException)
        {
            // As above.
        }
        finally
        {
            End();
        }
    }

    private async Task RunPolls()
    {
        using var http = new HttpClient();
        try
        {
            var url = await Negotiate(http);
            using (await http.GetAsync(url, _stop.Token))
            {
                _ = SendAll(text => Post(http, url, text));
            }

            while (true)
            {
                using var answer = await http.GetAsync(url, _stop.Token);
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    return;
                }

                Take(await answer.Content.ReadAsStringAsync(_stop.Token));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or HttpRequestException)
        {
            // As above.
        }
        finally
        {
            End();
        }
    }

    private async Task<string> Negotiate(HttpClient http)
    {
        var negotiate = _text.Replace("hub?", "hub/negotiate?negotiateVersion=1&", StringComparison.Ordinal);
        using var answer = await http.PostAsync(negotiate, null, _stop.Token);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(_stop.Token);
        return $"{_text}&id={body.GetProperty("connectionToken").GetString()}";
    }

    private async Task Post(HttpClient http, string url, string text)
    {
        using var content = new StringContent(text);
        using var answer = await http.PostAsync(url, content, _stop.Token);
    }

    private async Task SendAll(Func<string, Task> send)
    {
        try
        {
            await foreach (var text in _outgoing.Reader.ReadAllAsync(_stop.Token))
            {
                await send(text);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException or HttpRequestException or ObjectDisposedException)
        {
            // The connection has ended; so have the calls on it.
        }
    }

    private void Take(string text)
    {
        var parts = (_rest + text).Split(Separator);
        _rest = parts[^1];
        foreach (var part in parts[..^1])
        {
            Hear(JsonDocument.Parse(part).RootElement);
        }
    }

    private void Hear(JsonElement message)
    {
        var type = message.TryGetProperty("type", out var number) ? number.GetInt32() : 0;
        switch (type)
        {
            case 0:
                CloseError = message.TryGetProperty("error", out var refused) ? refused.GetString() : null;
                Answer("handshake", message);
                break;
            case 1:
                Keep(message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]);
                break;
            case 3:
                Keep("answer", message);
                Answer(message.GetProperty("invocationId").GetString()!, message);
                break;
            case 7:
                CloseError = message.TryGetProperty("error", out var error) ? error.GetString() : null;
                break;
        }
    }

    private void Keep(string target, JsonElement argument)
    {
        lock (_heard)
        {
            _heard.Add(new(target, argument));
        }
    }

    private void Answer(string id, JsonElement message)
    {
        if (_calls.TryRemove(id, out var call))
        {
            if (message.TryGetProperty("error", out var error))
            {
                call.TrySetException(new HubFault(error.GetString()!));
            }
            else
            {
                call.TrySetResult(message.TryGetProperty("result", out var result) ? result : default);
            }
        }
    }

    private void End()
    {
        foreach (var call in _calls.Values)
        {
            call.TrySetException(new HubFault($"closed: {CloseError}"));
        }
    }
}
