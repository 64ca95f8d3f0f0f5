using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Crm.Load;

/// <summary>A SignalR connection in the JSON protocol over a WebSocket (RFC 6455) over a bare socket, as thin as it can be: the generator must not be what is measured.</summary>
/// <remarks>
/// Messages end with a separator of their own, so how the server cuts them into frames is of no concern: the payloads are joined. What is sent is masked with
/// zeros, which the RFC leaves to the client. It accepts what this product's and a plain Kestrel's servers send, and nothing else.
/// </remarks>
public sealed class HubSocket(Uri url, string token, Action<ReadOnlyMemory<byte>> heard) : IAsyncDisposable
{
    private const byte Separator = 0x1e;
    private const int TextFrame = 0x81;
    private const int Masked = 0x80;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _raw = new byte[4096];
    private byte[] _text = new byte[4096];
    private int _rawFilled;
    private int _textFilled;
    private Task _receiving = Task.CompletedTask;

    /// <summary>Connects and shakes hands, first as a WebSocket, then as SignalR; returns when the hub has answered.</summary>
    /// <exception cref="IOException">The server refused; the text is its first line.</exception>
    public async Task Connect(CancellationToken cancel)
    {
        await _socket.ConnectAsync(url.Host, url.Port, cancel);
        await Write(Encoding.ASCII.GetBytes(
            $"GET /hub?access_token={token} HTTP/1.1\r\nHost: {url.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Convert.ToBase64String(Guid.NewGuid().ToByteArray())}\r\n\r\n"), cancel);
        var head = await Head(cancel);
        if (!head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
        {
            throw new IOException(head[..head.IndexOf('\r', StringComparison.Ordinal)]);
        }

        var shaken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _receiving = Receive(shaken, cancel);
        await Send("""{"protocol":"json","version":1}""", cancel);
        await shaken.Task.WaitAsync(cancel);
    }

    /// <summary>While set it reads nothing and answers no ping, as a machine that sleeps or has lost its line. Nothing is lost but time.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Completes when the server, or this side, has ended the connection.</summary>
    public Task Ended => _receiving;

    /// <summary>Sends one message; the separator is added.</summary>
    public async Task Send(string message, CancellationToken cancel)
    {
        var length = Encoding.UTF8.GetByteCount(message) + 1;
        var head = length < 126 ? 6 : length <= ushort.MaxValue ? 8 : 14;
        var frame = new byte[head + length];
        frame[0] = TextFrame;
        frame[1] = (byte)(Masked | (head switch { 6 => length, 8 => 126, _ => 127 }));
        if (head == 8)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)length);
        }
        else if (head == 14)
        {
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)length);
        }

        Encoding.UTF8.GetBytes(message, frame.AsSpan(head));
        frame[^1] = Separator;
        await _sending.WaitAsync(cancel);
        try
        {
            await Write(frame, cancel);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Cuts the connection as a lost line does: nothing is said to the other side but a reset.</summary>
    public void Cut()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    /// <summary>Closes without waiting for the other side.</summary>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _sending.Dispose();
    }

    private async ValueTask Write(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, cancel)..];
        }
    }

    private async Task<string> Head(CancellationToken cancel)
    {
        while (true)
        {
            await Fill(cancel);
            var end = _raw.AsSpan(0, _rawFilled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Encoding.ASCII.GetString(_raw, 0, end + 2);
                Consume(end + 4);
                return head;
            }
        }
    }

    private async Task Receive(TaskCompletionSource shaken, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                Frames();
                if (Messages(shaken.Task.IsCompleted))
                {
                    shaken.TrySetResult();
                }

                await Fill(cancel);
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            shaken.TrySetException(fault);
        }
    }

    private async ValueTask Fill(CancellationToken cancel)
    {
        if (_rawFilled == _raw.Length)
        {
            Array.Resize(ref _raw, _raw.Length * 2);
        }

        var count = await _socket.ReceiveAsync(_raw.AsMemory(_rawFilled), cancel);
        while (IsStalled)
        {
            await Task.Delay(10, cancel);
        }

        _rawFilled += count > 0 ? count : throw new IOException("The server closed the connection.");
    }

    // Moves what complete frames carry to the text.
    private void Frames()
    {
        var at = 0;
        while (_rawFilled - at >= 2)
        {
            var (code, length, head) = (_raw[at] & 0x0f, (long)_raw[at + 1], 2);
            if (length >= 126)
            {
                head = length == 126 ? 4 : 10;
                if (_rawFilled - at < head)
                {
                    break;
                }

                length = length == 126 ? BinaryPrimitives.ReadUInt16BigEndian(_raw.AsSpan(at + 2)) : BinaryPrimitives.ReadInt64BigEndian(_raw.AsSpan(at + 2));
            }

            if (_rawFilled - at - head < length)
            {
                break;
            }

            Frame(code, _raw.AsSpan(at + head, (int)length));
            at += head + (int)length;
        }

        Consume(at);
    }

    private void Frame(int code, ReadOnlySpan<byte> payload)
    {
        switch (code)
        {
            case 0 or 1 or 2:
                if (_text.Length - _textFilled < payload.Length)
                {
                    Array.Resize(ref _text, Math.Max(_text.Length * 2, _textFilled + payload.Length));
                }

                payload.CopyTo(_text.AsSpan(_textFilled));
                _textFilled += payload.Length;
                break;
            case 8:
                throw new IOException("The server closed the WebSocket.");
            case 9:
                byte[] pong = [0x8a, (byte)(Masked | payload.Length), 0, 0, 0, 0, .. payload];
                _ = _socket.SendAsync(pong);
                break;
        }
    }

    // The first message is the hub's answer to the handshake; those after it are heard.
    private bool Messages(bool shaken)
    {
        var start = 0;
        for (int end; (end = Array.IndexOf(_text, Separator, start, _textFilled - start)) >= 0; start = end + 1)
        {
            if (shaken)
            {
                heard(_text.AsMemory(start, end - start));
            }

            shaken = true;
        }

        Buffer.BlockCopy(_text, start, _text, 0, _textFilled - start);
        _textFilled -= start;
        return shaken;
    }

    private void Consume(int count)
    {
        Buffer.BlockCopy(_raw, count, _raw, 0, _rawFilled - count);
        _rawFilled -= count;
    }
}
