using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Crm.Faults;

/// <summary>Stands between two that speak TCP, and spoils it as told. What is drawn by lot follows from the seed, the connection's number and the piece's.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<int, Link> _links = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly EndPoint _upstream;
    private readonly int _seed;
    private readonly Task _accepting;
    private volatile Weather _weather = Weather.Fair;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _truncateAfter = long.MaxValue;
    private int _numbers;

    private FaultProxy(EndPoint upstream, int seed)
    {
        (_upstream, _seed) = (upstream, seed);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1_024);
        _accepting = Accept();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Connections that pass it now.</summary>
    public int Links => _links.Count;

    /// <summary>What it does to what passes.</summary>
    public Weather Weather
    {
        get => _weather;
        set
        {
            _weather = value;
            Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }

    /// <summary>Begins to listen on a free port of the loopback.</summary>
    /// <param name="upstream">Where everything goes: an address, or a socket in the file system.</param>
    public static FaultProxy Start(EndPoint upstream, int seed = 1) => new(upstream, seed);

    /// <summary>Resets every connection: both sides hear of it at once.</summary>
    public void Reset()
    {
        foreach (var link in _links.Values)
        {
            link.Reset();
        }
    }

    /// <summary>After so many more bytes, all connections and ways together, each connection ends in the middle of what it was saying, as if it had said all.</summary>
    public void TruncateAfter(long bytes) => Interlocked.Exchange(ref _truncateAfter, bytes);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Reset();
        await Task.WhenAll(_links.Values.Select(link => link.Ended));
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(_stop.Token);
                var number = Interlocked.Increment(ref _numbers);
                _links[number] = new(this, number, client);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // It ends, or a client has gone before it was served.
            }
        }
    }

    // Waits as the weather has it; false when the connection is to be reset instead.
    private async Task<bool> Pass(int link, int piece, int length)
    {
        var lot = Lot(link, piece);
        if (lot % 1_000 < Weather.ResetsPerMille)
        {
            return false;
        }

        var wait = Weather.Delay + (Weather.Jitter * (lot / 1_000 % 1_000 / 1_000.0));
        if (Weather.BytesPerSecond is > 0 and var rate)
        {
            wait += TimeSpan.FromSeconds((double)length / rate);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _stop.Token);
        }

        await Clear();
        return true;
    }

    // Until nothing is stalled.
    private async Task Clear()
    {
        for (var changed = _changed.Task; Weather.Stalled; changed = _changed.Task)
        {
            if (Weather.Stalled)
            {
                await changed.WaitAsync(_stop.Token);
            }
        }
    }

    // SplitMix64: any two keys give numbers that have nothing to do with each other.
    private int Lot(int link, int piece)
    {
        var z = unchecked((((ulong)(uint)_seed << 40) ^ ((ulong)(uint)link << 20) ^ (uint)piece) + 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return (int)((z ^ (z >> 31)) & 0x7FFFFFFF);
    }

    private sealed class Link : IDisposable
    {
        private const int Piece = 16 * 1024;
        private readonly FaultProxy _proxy;
        private readonly int _number;
        private readonly Socket _client;
        private readonly Socket _server;
        private int _pieces;

        public Link(FaultProxy proxy, int number, Socket client)
        {
            (_proxy, _number, _client) = (proxy, number, client);
            var family = proxy._upstream.AddressFamily;
            _server = new(family, SocketType.Stream, family == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
            client.ReceiveBufferSize = _server.ReceiveBufferSize = client.SendBufferSize = Piece; // What is held here is little, so those at the ends feel it.
            Ended = Run();
        }

        public Task Ended { get; }

        public void Dispose() => Reset();

        public void Reset()
        {
            foreach (var socket in new[] { _client, _server })
            {
                try
                {
                    socket.LingerState = new(true, 0); // Closing then says RST and not FIN.
                }
                catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
                {
                    // It has gone already.
                }

                socket.Dispose();
            }
        }

        private async Task Run()
        {
            await Task.Yield(); // So that it is among the links before it can end.
            try
            {
                await _proxy.Clear();
                await _server.ConnectAsync(_proxy._upstream, _proxy._stop.Token);
                await Task.WhenAll(Safely(Carry(_client, _server)), Safely(Carry(_server, _client)));
                _client.Dispose();
                _server.Dispose();
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                Reset();
            }
            finally
            {
                _proxy._links.TryRemove(_number, out _);
            }
        }

        // What one side hears of the other's end, the other hears of the one's, and at once.
        private async Task Safely(Task carrying)
        {
            try
            {
                await carrying;
            }
            catch
            {
                Reset();
                throw;
            }
        }

        private async Task Carry(Socket from, Socket to)
        {
            var buffer = new byte[Piece];
            while (true)
            {
                var rate = _proxy.Weather.BytesPerSecond;
                var read = await from.ReceiveAsync(buffer.AsMemory(0, rate > 0 ? Math.Clamp(rate / 10, 1, Piece) : Piece), SocketFlags.None, _proxy._stop.Token);
                if (!await _proxy.Pass(_number, Interlocked.Increment(ref _pieces), read))
                {
                    Reset();
                    return;
                }

                var passes = (int)Math.Min(read, Math.Max(0, Interlocked.Add(ref _proxy._truncateAfter, -read) + read));
                await to.SendAsync(buffer.AsMemory(0, passes), SocketFlags.None, _proxy._stop.Token);
                if (passes < read)
                {
                    _client.Shutdown(SocketShutdown.Both);
                    _server.Shutdown(SocketShutdown.Both);
                    return;
                }

                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }
            }
        }
    }
}
