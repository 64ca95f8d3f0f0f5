using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>Somebody of one tenant edits now and then, while another tenant edits as fast as it can and does not heed what it is told.</summary>
public sealed class FloodScenario(TimeSpan measure, int connections = 16, int parallel = 32)
{
    /// <summary>Variables that lift the rates of users, tenants and addresses, and leave every other limit as it is.</summary>
    public static readonly (string Name, string Value)[] NoRates =
        [.. from who in (string[])["User", "Tenant", "Anonymous", "SignIn"] from rate in (string[])["PerSecond", "Burst"] select ($"Limits__{who}__{rate}", "1000000")];

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);
    private int _taken;
    private int _refused;

    /// <summary>Runs before, during and after the flood; times of the quiet tenant's edits in milliseconds.</summary>
    /// <param name="memory">Bytes that the product uses now.</param>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run(Node node, Func<long> memory)
    {
        var (client, token) = await node.SignIn("ana@acme.test");
        using var quiet = client;
        var (flooder, floodToken) = await node.SignIn("ana@globex.test");
        using var loud = flooder;
        await using var screen = await Screen.Open(node, token);
        var mine = (await Make(client, 1))[0];
        await screen.Watch(mine);
        await Edits(screen, mine, measure / 2); // What is compiled on the way would be measured too.
        var found = new Dictionary<string, Dictionary<string, double>> { ["quiet"] = Percentiles.Of(await Edits(screen, mine, measure)) };
        var theirs = await Make(flooder, connections);
        var before = memory();
        using var stop = new CancellationTokenSource();
        var flood = Task.WhenAll(theirs.Select(reference => Flood(node, floodToken, reference, stop.Token)));
        await Edits(screen, mine, measure / 2);
        (_taken, _refused) = (0, 0);
        var clock = Stopwatch.StartNew();
        found["during the flood"] = Percentiles.Of(await Edits(screen, mine, measure));
        found["the flood, a second"] = new() { ["taken"] = _taken / clock.Elapsed.TotalSeconds, ["refused"] = _refused / clock.Elapsed.TotalSeconds };
        found["memory, MB"] = new() { ["before"] = before >> 20, ["during"] = memory() >> 20 };
        await stop.CancelAsync();
        var recovering = Stopwatch.StartNew();
        await Edits(screen, mine, Beat);
        var first = recovering.Elapsed.TotalMilliseconds;
        await flood;
        found["after the flood"] = new(Percentiles.Of(await Edits(screen, mine, measure))) { ["first"] = first };
        return found;
    }

    private static async Task<List<string>> Make(HttpClient client, int count)
    {
        var refs = new List<string>();
        for (var i = 0; i < count; i++)
        {
            using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name = $"Flood {i}" });
            made.EnsureSuccessStatusCode();
            refs.Add($"contacts/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}");
        }

        return refs;
    }

    // An edit that is refused is none: it is sent again until it holds, and all that time counts.
    private static async Task<ConcurrentBag<double>> Edits(Screen screen, string reference, TimeSpan time)
    {
        var took = new ConcurrentBag<double>();
        var version = screen.Version(reference);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time; await Task.Delay(Beat))
        {
            var (began, id) = (Stopwatch.GetTimestamp(), Guid.NewGuid());
            long? done;
            while ((done = await Edit(screen, reference, version, id)) is null)
            {
                await Task.Delay(5);
            }

            version = done.Value;
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return took;
    }

    private async Task Flood(Node node, string token, string reference, CancellationToken stop)
    {
        await using var screen = await Screen.Open(node, token);
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            for (var version = 1L; !stop.IsCancellationRequested;)
            {
                if (await Edit(screen, reference, version, Guid.NewGuid()) is { } done)
                {
                    version = done;
                    Interlocked.Increment(ref _taken);
                }
                else
                {
                    Interlocked.Increment(ref _refused);
                    await Task.Delay(1, CancellationToken.None);
                }
            }
        }));
    }

    // The version that it made, or that it met somebody else's at; null when it was refused.
    private static async Task<long?> Edit(Screen screen, string reference, long version, Guid id)
    {
        try
        {
            return (await screen.Call("Edit", reference, version, new { notes = $"flood {id}" }, id)).GetProperty("version").GetInt64();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
