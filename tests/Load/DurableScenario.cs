using System.Buffers.Text;
using System.Diagnostics;

namespace Crm.Load;

/// <summary>How many edits a second are committed and answered when each writer sends the next as soon as it has its answer.</summary>
public sealed class DurableScenario(int writers, int records)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    /// <summary>Records that it needs.</summary>
    public int Records => records;

    /// <summary>Edits a second, and the seconds of processor for 100,000 of them.</summary>
    public async Task<Dictionary<string, double>> Run(Target target)
    {
        using var stop = new CancellationTokenSource();
        var all = Enumerable.Range(0, writers).Select(number => new Writer(target, number, records, writers)).ToList();
        await Task.WhenAll(all.Select(writer => writer.Begin(stop.Token)));
        await Task.Delay(WarmUp);
        var (before, spent, start) = (all.Sum(static writer => writer.Done), target.Family.Spent(), Stopwatch.GetTimestamp());
        await Task.Delay(Measured);
        var done = all.Sum(static writer => writer.Done) - before;
        var (seconds, after) = (Stopwatch.GetElapsedTime(start).TotalSeconds, target.Family.Spent());
        await stop.CancelAsync();
        foreach (var writer in all)
        {
            await writer.DisposeAsync();
        }

        if (all.Sum(static writer => writer.Refused) is > 0 and var refused)
        {
            throw new InvalidOperationException($"{refused} edits were refused.");
        }

        return new() { ["edits/s"] = done / seconds, ["cpu"] = (after.Server - spent.Server) * 1e5 / done, ["databaseCpu"] = (after.Database - spent.Database) * 1e5 / done };
    }

    /// <summary>Edits one field of its own, of one record after another.</summary>
    private sealed class Writer : IAsyncDisposable
    {
        private readonly Target _target;
        private readonly int _number;
        private readonly (string Ref, long Version)[] _mine;
        private readonly HubSocket _socket;
        private CancellationToken _cancel;
        private int _done;

        public Writer(Target target, int number, int records, int writers)
        {
            (_target, _number) = (target, number);
            _mine = [.. Enumerable.Range(0, Math.Max(1, records / writers)).Select(i => (target.Records[((i * writers) + number) % records], 1L))];
            _socket = new(target.Url, target.Token, Heard);
        }

        public int Done => Volatile.Read(ref _done);

        public int Refused { get; private set; }

        public async Task Begin(CancellationToken cancel)
        {
            _cancel = cancel;
            await _socket.Connect(cancel);
            _ = Next();
        }

        public ValueTask DisposeAsync() => _socket.DisposeAsync();

        private Task Next()
        {
            var (reference, version) = _mine[_done % _mine.Length];
            return _socket.Send(
                $$$"""{"type":1,"invocationId":"e","target":"Edit","arguments":["{{{reference}}}",{{{version}}},{"custom":{"load{{{_number % Target.Fields}}}":{{{1_000_000_000_000 + _done}}}}},"{{{Guid.NewGuid()}}}"]}""",
                _cancel);
        }

        private void Heard(ReadOnlyMemory<byte> message)
        {
            var span = message.Span;
            if (span.IndexOf("\"invocationId\":\"e\""u8) < 0)
            {
                return;
            }

            var version = span.LastIndexOf("\"version\":"u8);
            if (version < 0 || (span.IndexOf("applied"u8) < 0 && span.IndexOf("merged"u8) < 0) || !Utf8Parser.TryParse(span[(version + 10)..], out long number, out _))
            {
                Refused++;
                return;
            }

            _mine[_done % _mine.Length].Version = number;
            Volatile.Write(ref _done, _done + 1);
            _ = Next();
        }
    }
}
