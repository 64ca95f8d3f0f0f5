using System.Buffers.Text;
using System.Diagnostics;

namespace Crm.Load;

/// <summary>Connections in groups; each group looks at one record, and its members edit it in turn at a steady rate.</summary>
/// <remarks>Latency counts from the moment an edit was due, not from when it left, so that a stall is not forgotten.</remarks>
public sealed class Crowd(Target target, int connections, int group) : IAsyncDisposable
{
    private static readonly byte[] Mark = "\"to\":"u8.ToArray();
    private readonly CancellationTokenSource _stop = new();
    private readonly Histogram _latencies = new();
    private readonly long[] _versions = new long[connections / group];
    private readonly int[] _edits = new int[connections / group];
    private readonly List<HubSocket> _sockets = [];
    private bool _measuring;
    private int _watching;
    private long _deliveries;
    private long _expected;
    private int _next;

    /// <summary>What one stretch of edits came to.</summary>
    /// <param name="Latencies">Of <see cref="Histogram.Percentiles"/>.</param>
    /// <param name="Delivered">Deliveries, of <paramref name="Expected"/>.</param>
    /// <param name="Server">Seconds of processor for 100,000 deliveries; <paramref name="Database"/> likewise.</param>
    public sealed record Stretch(Dictionary<string, double> Latencies, long Delivered, long Expected, double Server, double Database)
    {
        /// <summary>As a row of a table.</summary>
        public Dictionary<string, double> Row() => new(Latencies)
        {
            ["deliveries"] = Delivered, ["expected"] = Expected, ["cpu"] = Server, ["databaseCpu"] = Database,
        };
    }

    /// <summary>Connects all and waits until each has the answer to its watch.</summary>
    /// <exception cref="TimeoutException">Some have none after a minute.</exception>
    public async Task Gather()
    {
        _sockets.AddRange(Enumerable.Range(0, connections).Select(i => new HubSocket(target.Url, target.Token, message => Heard(i / group, message))));
        foreach (var batch in _sockets.Select((socket, i) => (socket, i)).Chunk(50))
        {
            await Task.WhenAll(batch.Select(async item =>
            {
                await item.socket.Connect(_stop.Token);
                await item.socket.Send($$"""{"type":1,"invocationId":"w","target":"Watch","arguments":["{{target.Records[item.i / group]}}",null]}""", _stop.Token);
            }));
        }

        if (!await Until(() => Volatile.Read(ref _watching) == connections, TimeSpan.FromSeconds(60)))
        {
            throw new TimeoutException($"Of {connections} watches {_watching} were answered.");
        }
    }

    /// <summary>Edits at a rate without measuring, then at the same rate and measures. What is lost within ten seconds counts as lost.</summary>
    public async Task<Stretch> Edit(double rate, TimeSpan warmUp, TimeSpan time)
    {
        await Send(rate, warmUp);
        _latencies.Clear();
        var (before, spent) = (Volatile.Read(ref _deliveries), target.Family.Spent());
        Volatile.Write(ref _measuring, true);
        var sent = (long)await Send(rate, time) * group;
        var (after, spentAfter) = (Volatile.Read(ref _deliveries), target.Family.Spent());
        await Until(() => Volatile.Read(ref _deliveries) >= _expected, TimeSpan.FromSeconds(10));
        Volatile.Write(ref _measuring, false);
        var missing = _expected - Volatile.Read(ref _deliveries);
        _expected -= missing;
        var share = Math.Max(1, after - before) / 100_000.0;
        return new(_latencies.Percentiles(), sent - missing, sent, (spentAfter.Server - spent.Server) / share, (spentAfter.Database - spent.Database) / share);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var socket in _sockets)
        {
            await socket.DisposeAsync();
        }

        _stop.Dispose();
    }

    internal static async Task<bool> Until(Func<bool> done, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (!done() && clock.Elapsed < limit)
        {
            await Task.Delay(20);
        }

        return done();
    }

    private async Task<int> Send(double rate, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var count = (int)(rate * time.TotalSeconds);
        for (var i = 0; i < count; i++)
        {
            var due = start + (long)(i * (double)Stopwatch.Frequency / rate);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 1 } early)
            {
                await Task.Delay(early);
            }

            var place = _next = (_next + 1) % _edits.Length;
            var turn = _edits[place]++;
            _ = _sockets[(place * group) + (turn % group)].Send(
                $$$"""{"type":1,"target":"Edit","arguments":["{{{target.Records[place]}}}",{{{Volatile.Read(ref _versions[place])}}},{"custom":{"load{{{turn % Target.Fields}}}":{{{due}}}}},"{{{Guid.NewGuid()}}}"]}""",
                _stop.Token);
        }

        Volatile.Write(ref _expected, _expected + ((long)count * group));
        return count;
    }

    private void Heard(int place, ReadOnlyMemory<byte> message)
    {
        var now = Stopwatch.GetTimestamp();
        var span = message.Span;
        var version = span.LastIndexOf("\"version\":"u8);
        if (version >= 0 && Utf8Parser.TryParse(span[(version + 10)..], out long number, out _))
        {
            Volatile.Write(ref _versions[place], Math.Max(number, Volatile.Read(ref _versions[place])));
        }

        if (span.IndexOf("\"invocationId\":\"w\""u8) >= 0)
        {
            Interlocked.Increment(ref _watching);
            return;
        }

        // Each change of the message sets one field: to when its edit was due.
        while (span.IndexOf(Mark) is >= 0 and var to)
        {
            span = span[(to + Mark.Length)..];
            if (Utf8Parser.TryParse(span, out long due, out _))
            {
                Interlocked.Increment(ref _deliveries);
                if (Volatile.Read(ref _measuring))
                {
                    _latencies.Add(Stopwatch.GetElapsedTime(due, now).TotalMilliseconds);
                }
            }
        }
    }
}
