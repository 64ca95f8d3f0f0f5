using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Load;

/// <summary>Many people at one record: how soon others see what one of them does, what it costs when nobody moves, and what each is told when all do.</summary>
/// <param name="people">At one record, each with an account and a connection of his own.</param>
/// <param name="few">At another record, as many as usually meet.</param>
internal sealed class PresenceScenario(int people = 500, int few = 10)
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Measure = TimeSpan.FromSeconds(15);
    private static readonly string Key = Convert.ToBase64String(new byte[32]);

    /// <summary>On one process, or on two silos with two front ends: times in milliseconds, costs in percent of one processor.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run(bool cluster)
    {
        var folder = Directory.CreateTempSubdirectory("crm-presence-").FullName;
        try
        {
            await using var database = await EmbeddedPostgres.StartAsync(
                new EmbeddedPostgresOptions(folder) { Durable = false, Settings = new Dictionary<string, string> { ["max_connections"] = "200" } }, NullLogger.Instance);
            await using var nodes = new Nodes(database.ConnectionString, Key);
            var (hosts, webs) = await Start(nodes, cluster);
            var (client, _) = await webs[0].SignIn("ana@acme.test");
            using var __ = client;
            var (large, small) = (await Make(client, "Many"), await Make(client, "Few"));
            var tokens = await Crew.SignIn(database.ConnectionString, Key, people);
            var found = new Dictionary<string, Dictionary<string, double>>
            {
                [$"{few} people, one moves at a time"] = await Moves(webs, tokens.Take(few), small, pause: TimeSpan.FromMilliseconds(200)),
            };
            foreach (var (name, figures) in await Crowded(webs, hosts, tokens, large))
            {
                found[name] = figures;
            }

            return found;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(List<Node> Hosts, Node[] Webs)> Start(Nodes nodes, bool cluster)
    {
        if (!cluster)
        {
            var one = await nodes.Start("up", ("CRM_ENGINE", "embedded"));
            return ([one], [one]);
        }

        var silos = new[] { await nodes.Start("silo"), await nodes.Start("silo") };
        var webs = await Task.WhenAll(nodes.Start("web"), nodes.Start("web"));
        return ([.. silos, .. webs], webs);
    }

    private static async Task<string> Make(HttpClient client, string name)
    {
        using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name });
        made.EnsureSuccessStatusCode();
        return $"contacts/{(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()}";
    }

    // One moves, all others wait for it; then the next one.
    private static async Task<Dictionary<string, double>> Moves(Node[] webs, IEnumerable<string> tokens, string reference, TimeSpan pause)
    {
        await using var room = new Onlookers(reference);
        await room.Enter(webs, [.. tokens]);
        await room.Come();
        await Task.Delay(Rest);
        await room.MoveInTurn(Rest, pause);
        room.Seen.Clear();
        await room.MoveInTurn(Measure, pause);
        return new(Percentiles.Of(room.Seen)) { ["seen"] = room.Seen.Count };
    }

    private async Task<Dictionary<string, Dictionary<string, double>>> Crowded(Node[] webs, List<Node> hosts, IReadOnlyList<string> tokens, string reference)
    {
        await using var room = new Onlookers(reference);
        await room.Enter(webs, tokens);
        await Task.Delay(Rest);
        var watching = await Cost(hosts, () => Task.Delay(Measure));
        await room.Come();
        await Task.Delay(Rest * 2);
        var still = await Cost(hosts, () => Task.Delay(Measure));
        var before = room.Told;
        var moving = await Cost(hosts, () => room.MoveAll(Measure));
        return new()
        {
            [$"{people} people, nobody moves: percent of a processor"] = new() { ["only watching"] = watching, ["present"] = still, ["presence alone"] = still - watching },
            [$"{people} people, all move every second"] = new() { ["percent of a processor"] = moving, ["messages to each a second"] = (room.Told - before) / Measure.TotalSeconds / people },
        };
    }

    private static async Task<double> Cost(List<Node> hosts, Func<Task> what)
    {
        var (clock, before) = (Stopwatch.StartNew(), hosts.Sum(host => host.ProcessorSeconds));
        await what();
        return (hosts.Sum(host => host.ProcessorSeconds) - before) / clock.Elapsed.TotalSeconds * 100;
    }

    /// <summary>Connections at one record. Whoever moves puts the number of his move where his cursor stands.</summary>
    private sealed class Onlookers(string reference) : IAsyncDisposable
    {
        private static readonly byte[] Cursor = "\"cursor\":"u8.ToArray();
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentDictionary<int, long> _moves = new();
        private readonly List<HubSocket> _sockets = [];
        private int[] _seen = [];
        private int _number;
        private int _open;
        private long _told;

        /// <summary>From a move to each screen of the others, in milliseconds.</summary>
        public ConcurrentBag<double> Seen { get; } = [];

        /// <summary>Messages about who is there, to all.</summary>
        public long Told => Volatile.Read(ref _told);

        /// <summary>Each connects to one of the front ends in turn, and watches the record.</summary>
        public async Task Enter(Node[] webs, IReadOnlyList<string> tokens)
        {
            var urls = await Task.WhenAll(webs.Select(web => web.Ready));
            _seen = new int[tokens.Count];
            _sockets.AddRange(tokens.Select((token, place) => new HubSocket(urls[place % urls.Length], token, message => Heard(place, message.Span))));
            foreach (var batch in _sockets.Chunk(20))
            {
                await Task.WhenAll(batch.Select(socket => socket.Connect(_stop.Token)));
                await Task.WhenAll(batch.Select(socket => socket.Send($$"""{"type":1,"invocationId":"w","target":"Watch","arguments":["{{reference}}",null]}""", _stop.Token)));
            }

            if (!await Crowd.Until(() => Volatile.Read(ref _open) == tokens.Count, TimeSpan.FromSeconds(60)))
            {
                throw new TimeoutException($"Of {tokens.Count} watches {_open} were answered.");
            }
        }

        /// <summary>All say that they are there.</summary>
        public Task Come() => Task.WhenAll(_sockets.Select(socket => Say(socket, "\"activity\":\"viewing\"")));

        /// <summary>One after the other moves, each when all others have seen the last one.</summary>
        public async Task MoveInTurn(TimeSpan time, TimeSpan pause)
        {
            var clock = Stopwatch.StartNew();
            for (var mover = 0; clock.Elapsed < time; mover = (mover + 1) % _sockets.Count)
            {
                var number = ++_number;
                _moves[number] = Stopwatch.GetTimestamp();
                Volatile.Write(ref _seen[mover], number);
                await Say(_sockets[mover], $"\"activity\":\"viewing\",\"cursor\":{number}");
                if (!await Crowd.Until(() => Array.TrueForAll(_seen, seen => seen >= number), TimeSpan.FromSeconds(5)))
                {
                    throw new TimeoutException("A move was not seen by all.");
                }

                await Task.Delay(pause);
            }
        }

        /// <summary>All move once a second, spread over it.</summary>
        public async Task MoveAll(TimeSpan time)
        {
            var clock = Stopwatch.StartNew();
            for (var second = 0; clock.Elapsed < time; second++)
            {
                for (var place = 0; place < _sockets.Count; place++)
                {
                    if (TimeSpan.FromSeconds(second + ((double)place / _sockets.Count)) - clock.Elapsed is { TotalMilliseconds: > 1 } early)
                    {
                        await Task.Delay(early);
                    }

                    await Say(_sockets[place], $"\"activity\":\"viewing\",\"cursor\":{second}");
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            foreach (var socket in _sockets)
            {
                await socket.DisposeAsync();
            }

            _stop.Dispose();
        }

        private Task Say(HubSocket socket, string what) =>
            socket.Send($$$"""{"type":1,"target":"Present","arguments":["{{{reference}}}",{{{{what}}}}]}""", _stop.Token);

        private void Heard(int place, ReadOnlySpan<byte> message)
        {
            var now = Stopwatch.GetTimestamp();
            if (message.IndexOf("\"invocationId\":\"w\""u8) >= 0)
            {
                Interlocked.Increment(ref _open);
            }

            if (message.IndexOf("\"target\":\"Presence\""u8) < 0)
            {
                return;
            }

            Interlocked.Increment(ref _told);
            var newest = 0;
            while (message.IndexOf(Cursor) is >= 0 and var at)
            {
                message = message[(at + Cursor.Length)..];
                newest = Utf8Parser.TryParse(message, out int number, out _) ? Math.Max(newest, number) : newest;
            }

            if (newest > Volatile.Read(ref _seen[place]) && _moves.TryGetValue(newest, out var moved))
            {
                Seen.Add(Stopwatch.GetElapsedTime(moved, now).TotalMilliseconds);
                Volatile.Write(ref _seen[place], newest);
            }
        }
    }
}
