using System.Net.WebSockets;
using System.Text;

namespace Crm.Load;

/// <summary>A SignalR connection over one WebSocket, JSON protocol, as thin as it can be: the generator must not be what is measured.</summary>
public sealed class HubSocket(Uri url, string token, Action<ReadOnlyMemory<byte>> heard) : IAsyncDisposable
{
    private const byte Separator = 0x1e;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _receiving = Task.CompletedTask;

    /// <summary>Connects and shakes hands.</summary>
    public async Task Connect(CancellationToken cancel)
    {
        var address = new UriBuilder(url) { Scheme = "ws", Path = "/hub", Query = $"access_token={token}" }.Uri;
        await _socket.ConnectAsync(address, cancel);
        await Send("""{"protocol":"json","version":1}""", cancel);
        _receiving = Receive(cancel);
    }

    /// <summary>Sends one message; the separator is added.</summary>
    public async Task Send(string message, CancellationToken cancel)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(message) + 1];
        Encoding.UTF8.GetBytes(message, bytes);
        bytes[^1] = Separator;
        await _sending.WaitAsync(cancel);
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, cancel);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Closes without waiting for the other side.</summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task Receive(CancellationToken cancel)
    {
        var buffer = new byte[4096];
        var filled = 0;
        while (_socket.State == WebSocketState.Open)
        {
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var part = await _socket.ReceiveAsync(buffer.AsMemory(filled), cancel);
            filled += part.Count;
            var start = 0;
            for (int end; (end = Array.IndexOf(buffer, Separator, start, filled - start)) >= 0; start = end + 1)
            {
                heard(buffer.AsMemory(start, end - start));
            }

            Buffer.BlockCopy(buffer, start, buffer, 0, filled - start);
            filled -= start;
        }
    }
}
