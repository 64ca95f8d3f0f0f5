using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Load;

/// <summary>Two silos and two front ends on this machine: an edit to a screen on the other front end, edits a second, and what the death of a silo costs.</summary>
public sealed class ClusterScenario(int contacts = 24, int kills = 5)
{
    private static readonly TimeSpan Measure = TimeSpan.FromSeconds(10);
    private static readonly (string, string)[] Unlimited = [("Live__CallsPerSecond", "1000000"), ("Live__CallBurst", "1000000")];

    /// <summary>Starts everything, measures, and gives the figures: times in milliseconds.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run()
    {
        var folder = Directory.CreateTempSubdirectory("crm-cluster-").FullName;
        try
        {
            await using var database = await EmbeddedPostgres.StartAsync(folder, NullLogger.Instance, CancellationToken.None);
            await using var nodes = new Nodes(database.ConnectionString, Convert.ToBase64String(new byte[32]));
            var silos = new List<Node> { await nodes.Start("silo"), await nodes.Start("silo") };
            var webs = await Task.WhenAll(nodes.Start("web", Unlimited), nodes.Start("web", Unlimited));
            var (client, token) = await webs[0].SignIn("ana@acme.test");
            using var _ = client;
            var refs = await Make(client);
            await using var near = await Screen.Open(webs[0], token);
            await using var far = await Screen.Open(webs[1], token);
            foreach (var reference in refs)
            {
                await near.Watch(reference);
                await far.Watch(reference);
            }

            await Steady(near, far, refs, Measure / 2); // What is compiled on the way would be measured too.
            var figures = await Steady(near, far, refs, Measure);
            figures["edits, all that two cores give"] = await Flat([near, far], refs, silos);
            figures["killed silo: until its records are written again"] = await Failover(nodes, near, refs, silos);
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same load on one process, for comparison.</summary>
    public async Task<Dictionary<string, double>> Alone(string engine)
    {
        var folder = Directory.CreateTempSubdirectory("crm-alone-").FullName;
        try
        {
            await using var database = await EmbeddedPostgres.StartAsync(folder, NullLogger.Instance, CancellationToken.None);
            await using var nodes = new Nodes(database.ConnectionString, Convert.ToBase64String(new byte[32]));
            var node = await nodes.Start("up", [("CRM_ENGINE", engine), ("CRM_CLUSTERING", "localhost"), .. Unlimited]);
            var (client, token) = await node.SignIn("ana@acme.test");
            using var _ = client;
            var refs = await Make(client);
            await using var screen = await Screen.Open(node, token);
            foreach (var reference in refs)
            {
                await screen.Watch(reference);
            }

            await Flat([screen], refs, [node]);
            return await Flat([screen], refs, [node]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<List<string>> Make(HttpClient client)
    {
        var refs = new List<string>();
        for (var i = 0; i < contacts; i++)
        {
            using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name = $"Cluster {i}" });
            made.EnsureSuccessStatusCode();
            refs.Add($"contacts/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}");
        }

        return refs;
    }

    // 50 edits a second; the way from the editor's own answer to the other screen is what the feed takes.
    private static async Task<Dictionary<string, Dictionary<string, double>>> Steady(Screen near, Screen far, List<string> refs, TimeSpan time)
    {
        var (sent, seen) = (new ConcurrentBag<double>(), new ConcurrentBag<double>());
        var versions = refs.ToDictionary(reference => reference, near.Version);
        var clock = Stopwatch.StartNew();
        for (var i = 0; clock.Elapsed < time; i++)
        {
            var reference = refs[i % refs.Count];
            var (began, version) = (Stopwatch.GetTimestamp(), versions[reference]);
            var arrived = far.When(reference, version + 1);
            versions[reference] = (await near.Call("Edit", reference, version, new { notes = $"steady {began}" }, Guid.NewGuid())).GetProperty("version").GetInt64();
            var answered = Stopwatch.GetTimestamp();
            var at = await arrived.WaitAsync(TimeSpan.FromSeconds(10));
            sent.Add(Stopwatch.GetElapsedTime(began, at).TotalMilliseconds);
            seen.Add(Math.Max(Stopwatch.GetElapsedTime(answered, at).TotalMilliseconds, 0));
            await Task.Delay(20);
        }

        return new()
        {
            ["edit to the other front end's screen"] = Percentiles.Of(sent),
            ["its answer to the other front end's screen"] = Percentiles.Of(seen),
        };
    }

    // As many edits as go, each record by one worker.
    private static async Task<Dictionary<string, double>> Flat(Screen[] screens, List<string> refs, List<Node> hosts)
    {
        var (done, processor) = (0, hosts.Sum(host => host.ProcessorSeconds));
        using var stop = new CancellationTokenSource(Measure);
        await Task.WhenAll(refs.Select(async (reference, place) =>
        {
            var screen = screens[place % screens.Length];
            for (var version = screen.Version(reference); !stop.IsCancellationRequested;)
            {
                var answer = await screen.Call("Edit", reference, version, new { notes = $"flat {done}" }, Guid.NewGuid());
                version = answer.GetProperty("version").GetInt64();
                Interlocked.Increment(ref done);
            }
        }));
        return new()
        {
            ["edits/s"] = done / Measure.TotalSeconds,
            ["edits per second of a host's processor"] = done / (hosts.Sum(host => host.ProcessorSeconds) - processor),
        };
    }

    private async Task<Dictionary<string, double>> Failover(Nodes nodes, Screen screen, List<string> refs, List<Node> silos)
    {
        var outages = new ConcurrentBag<double>();
        for (var kill = 0; kill < kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            var working = Task.WhenAll(refs.Select(reference => Outages(screen, reference, outages, stop.Token)));
            await Task.Delay(1_000, CancellationToken.None);
            await silos[0].Kill();
            await Task.Delay(8_000, CancellationToken.None);
            await stop.CancelAsync();
            await working;
            silos.RemoveAt(0);
            silos.Add(await nodes.Start("silo"));
        }

        return new(Percentiles.Of(outages)) { ["records that waited"] = outages.Count };
    }

    // An edit that takes more than half a second waited for the dead silo.
    private static async Task Outages(Screen screen, string reference, ConcurrentBag<double> outages, CancellationToken stop)
    {
        for (var version = screen.Version(reference); !stop.IsCancellationRequested;)
        {
            var (id, began) = (Guid.NewGuid(), Stopwatch.GetTimestamp());
            for (var done = false; !done;)
            {
                try
                {
                    version = (await screen.Call("Edit", reference, version, new { notes = $"until {id}" }, id)).GetProperty("version").GetInt64();
                    done = true;
                }
                catch (InvalidOperationException)
                {
                    await Task.Delay(50, CancellationToken.None); // "unavailable": the same command again.
                }
            }

            if (Stopwatch.GetElapsedTime(began) is { TotalMilliseconds: > 500 and var took })
            {
                outages.Add(took);
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }
}
