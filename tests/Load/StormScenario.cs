using System.Diagnostics;

namespace Crm.Load;

/// <summary>Many connections lose their line at once and come back at once. Counts until each is current again: connected, signed in, watching, with what it missed.</summary>
/// <remarks>The floor has nothing to catch up with: there it ends with the answer to the watch.</remarks>
public sealed class StormScenario(int connections, int group = 10)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Records that it needs.</summary>
    public int Records => connections / group;

    /// <summary>Seconds until 99 of 100, and until all, are current; and how often a connection was refused meanwhile.</summary>
    public async Task<Dictionary<string, double>> Run(Target target)
    {
        using var stop = new CancellationTokenSource();
        var seats = Enumerable.Range(0, connections).Select(i => new Seat(target, target.Records[i / group])).ToList();
        foreach (var batch in seats.Chunk(100))
        {
            await Task.WhenAll(batch.Select(seat => seat.Return(stop.Token)));
        }

        seats.ForEach(static seat => seat.Cut());
        var start = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(seats.Select(async seat =>
        {
            await seat.Return(stop.Token).WaitAsync(Limit);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }));
        foreach (var seat in seats)
        {
            await seat.DisposeAsync();
        }

        return new() { ["99 of 100"] = Percentiles.Of(times)["p99"], ["all"] = times.Max(), ["refused"] = seats.Sum(static seat => seat.Refused) };
    }

    /// <summary>A client that comes back.</summary>
    private sealed class Seat(Target target, string record) : IAsyncDisposable
    {
        private HubSocket? _socket;
        private TaskCompletionSource _current = new();
        private bool _before;

        public int Refused { get; private set; }

        public async Task Return(CancellationToken cancel)
        {
            _current = new(TaskCreationOptions.RunContinuationsAsynchronously);
            while (true)
            {
                _socket = new(target.Url, target.Token, message =>
                {
                    if (message.Span.IndexOf("\"invocationId\":\"w\""u8) >= 0)
                    {
                        _current.TrySetResult();
                    }
                });
                try
                {
                    await _socket.Connect(cancel);
                    await _socket.Send($$"""{"type":1,"invocationId":"w","target":"Watch","arguments":["{{record}}",{{(_before ? "1" : "null")}}]}""", cancel);
                    break;
                }
                catch (Exception refused) when (refused is IOException or System.Net.Sockets.SocketException)
                {
                    Refused++;
                    await _socket.DisposeAsync();
                    await Task.Delay(Random.Shared.Next(50, 250), cancel);
                }
            }

            await _current.Task.WaitAsync(cancel);
            _before = true;
        }

        public void Cut() => _socket!.Cut();

        public ValueTask DisposeAsync() => _socket!.DisposeAsync();
    }
}
