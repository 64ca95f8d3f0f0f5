using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;

namespace Crm.Web.Tests.Live;

/// <summary>Slow readers, dead sockets, and those who want too much: they harm nobody but themselves.</summary>
public sealed class PressureTests
{
    [Fact]
    public async Task A_slow_reader_is_cut_short_and_told_and_delays_nobody()
    {
        await using var host = await LiveHost.Start(options => options.TransportBytes = 16 * 1024);
        host.Records.Put(Samples.Ada, ("notes", ""));
        var quick = await host.Connect();
        await quick.Invoke("Watch", "contacts/ada", null);
        using var slow = await RawSocket.Open(host.Url, "acme.bo");
        await slow.Send("""{"type":1,"invocationId":"w","target":"Watch","arguments":["contacts/ada",null]}""");
        await LiveHost.Until(() => host.Connections.Known.Sum(connection => connection.Watches.Count) == 2, "both watches");

        var big = new string('x', 30_000);
        for (var i = 2; i <= 800; i++)
        {
            host.Records.Put(Samples.Ada, ("notes", $"{i}{big}"));
            if (i % 10 == 0)
            {
                await LiveHost.Until(() => quick.Versions("contacts/ada") is [.., var last] && last == i, $"version {i}");
            }
        }

        host.Connections.Known.ShouldAllBe(connection => connection.Outbox.Bytes <= 1024 * 1024);
        var heard = await slow.ReadUntil("\"Resync\"");
        heard.ShouldContain("""{"type":1,"target":"Resync","arguments":[{"refs":["contacts/ada"]}]}""");
        quick.Versions("contacts/ada").ShouldBe(Enumerable.Range(2, 799).Select(version => (long)version));
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_at_all_is_cut_off()
    {
        await using var host = await LiveHost.Start(options =>
            (options.QueueBytes, options.TransportBytes, options.DrainWithin) = (64 * 1024, 16 * 1024, TimeSpan.FromSeconds(1)));
        host.Records.Put(Samples.Ada, ("notes", ""));
        using var stuck = await RawSocket.Open(host.Url, "acme.bo");
        await stuck.Send("""{"type":1,"invocationId":"w","target":"Watch","arguments":["contacts/ada",null]}""");
        await LiveHost.Until(() => host.Connections.Known.Sum(connection => connection.Watches.Count) == 1, "the watch");
        var big = new string('x', 30_000);

        for (var i = 2; i <= 600; i++)
        {
            host.Records.Put(Samples.Ada, ("notes", $"{i}{big}"));
        }

        await LiveHost.Until(() => !host.Connections.Known.Any(), "the end of the connection");
    }

    [Fact]
    public async Task A_socket_that_answers_no_ping_is_cut_off_although_it_sends_nothing_wrong()
    {
        await using var host = await LiveHost.Start(options => (options.SocketPing, options.SocketPong) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400)));
        var alive = await host.Connect();
        using var dead = await RawSocket.Open(host.Url, "acme.bo");
        host.Connections.Known.Count().ShouldBe(2);

        await LiveHost.Until(() => host.Connections.Known.Count() == 1, "the end of the dead one");

        alive.Closed.ShouldBeFalse();
    }

    [Fact]
    public async Task Too_many_calls_are_refused_with_the_time_to_wait()
    {
        await using var host = await LiveHost.Start(options => (options.CallBurst, options.CallsPerSecond) = (20, 0.5));
        host.Records.Put(Samples.Ada, ("title", "t"));
        var client = await host.Connect();

        var calls = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => client.Invoke("Unwatch", "contacts/ada").ContinueWith(call => call.Exception?.InnerException?.Message, TaskScheduler.Default)));

        calls.Count(fault => fault is null).ShouldBe(20);
        calls.OfType<string>().ShouldAllBe(fault => fault.Contains("throttled: Too many calls. Try again in "));
        (await (await host.Connect("acme.bo")).Invoke("Watch", "contacts/ada", null)).GetProperty("version").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task Edits_count_for_their_user_and_watching_again_for_nobody()
    {
        await using var host = await LiveHost.Start(limits: new() { User = new(1, 3), Tenant = new(1, 5), Admission = Crm.Web.Admission.AdmissionOptions.Off });
        host.Records.Put(Samples.Ada, ("title", "t"));
        var (here, there, other) = (await host.Connect(), await host.Connect(), await host.Connect("acme.bo"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => here.Invoke("Watch", "contacts/ada", null)));
        var edits = await Task.WhenAll(new[] { here, there, here, there, other, other, other }.Select(client =>
            client.Invoke("Edit", "contacts/ada", 1_000, new { title = "u" }, Guid.NewGuid()).ContinueWith(call => call.Exception?.InnerException?.Message, TaskScheduler.Default)));

        edits.Count(fault => fault is null).ShouldBe(5);
        edits.OfType<string>().ShouldAllBe(fault => fault.Contains("throttled: Too many calls. Try again in "));
        edits[4].ShouldBeNull();
    }

    [Fact]
    public async Task Watches_lists_and_connections_have_a_limit()
    {
        await using var host = await LiveHost.Start(options => (options.WatchesPerConnection, options.ListsPerConnection, options.ConnectionsPerUser) = (3, 2, 2));
        var client = await host.Connect();
        foreach (var id in (string[])["a", "b", "c", "d"])
        {
            host.Records.Put(Samples.At(id), ("name", id));
        }

        await Task.WhenAll("abc".Select(id => client.Invoke("Watch", $"contacts/{id}", null)));
        (await Should.ThrowAsync<HubFault>(client.Invoke("Watch", "contacts/d", null))).Message.ShouldContain("watches.limit");
        await client.Invoke("Watch", "contacts/a", 1);
        await client.Invoke("Unwatch", "contacts/a");
        await client.Invoke("Watch", "contacts/d", null);
        await client.Invoke("WatchList", "contacts", new { });
        await client.Invoke("WatchList", "contacts", new { });
        (await Should.ThrowAsync<HubFault>(client.Invoke("WatchList", "contacts", new { }))).Message.ShouldContain("lists.limit");
        await host.Connect();
        (await host.Refused("acme.ana")).ShouldContain("connections.limit");
        await client.DisposeAsync();
        await LiveHost.Until(() => host.Connections.Known.Count() == 1, "the end of the first");
        await host.Connect();
    }

    [Fact]
    public async Task A_limit_that_makes_no_sense_stops_the_start_and_is_named() =>
        (await Should.ThrowAsync<OptionsValidationException>(LiveHost.Start(options => (options.QueueBytes, options.KeepAlive) = (0, TimeSpan.FromSeconds(-1)))))
            .Failures.ShouldBe(["Live:QueueBytes is '0': it must be above zero.", "Live:KeepAlive is '-00:00:01': it must be above zero."], ignoreOrder: true);

    /// <summary>A WebSocket in the flesh, that reads only when told to and never answers a ping.</summary>
    private sealed class RawSocket : IDisposable
    {
        private readonly TcpClient _tcp = new() { ReceiveBufferSize = 4_096 };

        public static async Task<RawSocket> Open(Uri url, string user)
        {
            var socket = new RawSocket();
            await socket._tcp.ConnectAsync(url.Host, url.Port);
            await socket._tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"GET /hub?access_token={user} HTTP/1.1\r\nHost: {url.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
            await socket.ReadUntil("\r\n\r\n");
            await socket.Send("""{"protocol":"json","version":1}""");
            await socket.ReadUntil("{}\x1e");
            return socket;
        }

        public async Task Send(string message)
        {
            var payload = Encoding.UTF8.GetBytes(message + '\x1e');
            byte[] head = payload.Length < 126 ? [0x81, (byte)(0x80 | payload.Length)] : [0x81, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length];
            await _tcp.GetStream().WriteAsync((byte[])[.. head, 0, 0, 0, 0, .. payload]); // Masked with zeros.
        }

        public async Task<string> ReadUntil(string mark)
        {
            var (text, buffer) = (new StringBuilder(), new byte[65_536]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            do
            {
                var read = await _tcp.GetStream().ReadAsync(buffer, limit.Token);
                read.ShouldBeGreaterThan(0, "the socket was closed");
                var overlap = Math.Max(0, text.Length - 200);
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                if (text.ToString(overlap, text.Length - overlap).Contains(mark, StringComparison.Ordinal))
                {
                    return text.ToString(overlap, text.Length - overlap);
                }
            }
            while (true);
        }

        public void Dispose() => _tcp.Dispose();
    }
}
