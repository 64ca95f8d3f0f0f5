namespace Crm.Load;

/// <summary>What a connection costs that does nothing: memory of the server, without its database, for each of many.</summary>
public sealed class IdleScenario(int connections = 10_000)
{
    private const int First = 500;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>Kilobytes for each connection: connected only, and watching a record besides.</summary>
    public async Task<Dictionary<string, double>> Run(Target target)
    {
        // The first ones bring code and pools that every server has.
        await using (var first = new Crowd(target, First, 10))
        {
            await first.Gather();
        }

        await Task.Delay(Rest);
        using var stop = new CancellationTokenSource();
        var before = target.Family.ServerMemory();
        var answered = 0;
        var sockets = Enumerable.Range(0, connections)
            .Select(_ => new HubSocket(target.Url, target.Token, message => Interlocked.Add(ref answered, message.Span.IndexOf("\"invocationId\":\"w\""u8) >= 0 ? 1 : 0))).ToList();
        foreach (var batch in sockets.Chunk(100))
        {
            await Task.WhenAll(batch.Select(socket => socket.Connect(stop.Token)));
        }

        await Task.Delay(Rest);
        var connected = target.Family.ServerMemory() - before;
        foreach (var batch in sockets.Select((socket, i) => (socket, i)).Chunk(100))
        {
            await Task.WhenAll(batch.Select(item => item.socket.Send(
                $$"""{"type":1,"invocationId":"w","target":"Watch","arguments":["{{target.Records[item.i % target.Records.Count]}}",null]}""", stop.Token)));
        }

        await Crowd.Until(() => Volatile.Read(ref answered) == connections, TimeSpan.FromSeconds(60));
        await Task.Delay(Rest);
        var watching = target.Family.ServerMemory() - before;
        await stop.CancelAsync();
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }

        return new() { ["KB"] = connected / 1e3 / connections, ["KB watching"] = watching / 1e3 / connections };
    }
}
