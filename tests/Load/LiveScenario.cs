using System.Buffers.Text;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>
/// Edit to the other screens: 1,000 connections in groups of 10, each group looking at one contact, edits at a steady rate.
/// Latency counts from the moment the edit was due, not from when it left, so that a stall is not forgotten.
/// </summary>
public sealed class LiveScenario(int connections = 1_000, int group = 10, int rate = 500)
{
    private static readonly byte[] Mark = "due:"u8.ToArray();
    private readonly List<double> _latencies = [];
    private readonly Lock _gate = new();
    private long[] _versions = [];
    private bool _measuring;
    private int _watching;
    private int _deliveries;

    /// <summary>Records that are looked at.</summary>
    public int Groups => connections / group;

    /// <summary>Runs against the product: makes the contacts and signs in.</summary>
    public async Task<Dictionary<string, double>> Run(Product product, TimeSpan warmUp, TimeSpan measure)
    {
        var (client, token) = await product.SignIn("ana@acme.test");
        var refs = new List<string>();
        for (var i = 0; i < Groups; i++)
        {
            using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name = $"Live {i}" });
            made.EnsureSuccessStatusCode();
            refs.Add($"contacts/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}");
        }

        client.Dispose();
        return await Run(product.Url, token, refs, warmUp, measure);
    }

    /// <summary>Warms up, measures, and gives the figures in milliseconds.</summary>
    public async Task<Dictionary<string, double>> Run(Uri url, string token, List<string> contacts, TimeSpan warmUp, TimeSpan measure)
    {
        using var stop = new CancellationTokenSource();
        var sockets = Enumerable.Range(0, connections)
            .Select(i => new HubSocket(url, token, message => Heard(i / group, message))).ToList();
        _versions = new long[contacts.Count];
        foreach (var batch in sockets.Select((socket, i) => (socket, i)).Chunk(50))
        {
            await Task.WhenAll(batch.Select(async item =>
            {
                await item.socket.Connect(stop.Token);
                await item.socket.Send($$"""{"type":1,"invocationId":"w","target":"Watch","arguments":["{{contacts[item.i / group]}}",null]}""", stop.Token);
            }));
        }

        await Until(() => Volatile.Read(ref _watching) == connections, TimeSpan.FromSeconds(60));
        await Edits(sockets, contacts, warmUp, stop.Token);
        var before = _deliveries;
        _measuring = true;
        var sent = await Edits(sockets, contacts, measure, stop.Token);
        await Until(() => _deliveries - before >= sent * group, TimeSpan.FromSeconds(10));
        _measuring = false;
        var delivered = _deliveries - before;
        await stop.CancelAsync();
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }

        return new(Percentiles.Of(_latencies)) { ["edits"] = sent, ["deliveries"] = delivered, ["expected"] = sent * group };
    }

    private static async Task Until(Func<bool> done, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (!done() && clock.Elapsed < limit)
        {
            await Task.Delay(20);
        }
    }

    private async Task<int> Edits(List<HubSocket> sockets, List<string> contacts, TimeSpan time, CancellationToken cancel)
    {
        var start = Stopwatch.GetTimestamp();
        var count = (int)(rate * time.TotalSeconds);
        var filler = new string('x', 100);
        for (var i = 0; i < count; i++)
        {
            var due = start + (long)(i * (double)Stopwatch.Frequency / rate);
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is { TotalMilliseconds: > 1 } early)
            {
                await Task.Delay(early, cancel);
            }

            var place = i % contacts.Count;
            var writer = sockets[(place * group) + (i / contacts.Count % group)];
            _ = writer.Send(
                $$"""{"type":1,"target":"Edit","arguments":["{{contacts[place]}}",{{Volatile.Read(ref _versions[place])}},{"notes":"due:{{due}} {{filler}}"},"{{Guid.NewGuid()}}"]}""", cancel);
        }

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

        var to = span.IndexOf("\"to\""u8);
        for (var at = to < 0 ? -1 : span[to..].IndexOf(Mark) is >= 0 and var first ? to + first : -1; at >= 0;)
        {
            if (Utf8Parser.TryParse(span[(at + Mark.Length)..], out long due, out _))
            {
                Count(Stopwatch.GetElapsedTime(due, now).TotalMilliseconds);
            }

            var next = span[(at + 1)..].IndexOf("\"to\""u8);
            var mark = next < 0 ? -1 : span[(at + 1 + next)..].IndexOf(Mark);
            at = mark < 0 ? -1 : at + 1 + next + mark;
        }
    }

    private void Count(double latency)
    {
        lock (_gate)
        {
            _deliveries++;
            if (_measuring)
            {
                _latencies.Add(latency);
            }
        }
    }
}
