using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;

namespace Crm.Faults;

/// <summary>What is too big, too deep, without an end or no text at all: refused by name, and never a fault of ours.</summary>
public sealed class PayloadTests(DatabaseTests.Running running) : IClassFixture<DatabaseTests.Running>
{
    private readonly Site _site = running.Site;
    private readonly HttpClient _client = running.Client;

    [Theory]
    [InlineData("a text of 33 KB", 400)]
    [InlineData("10 MB", 413)]
    [InlineData("10 MB in pieces", 413)]
    [InlineData("10,000 levels", 400)]
    [InlineData("NaN", 400)]
    [InlineData("half a pair", 400)]
    [InlineData("NUL", 400)]
    [InlineData("broken UTF-8", 400)]
    public async Task A_request_with_it_is_refused(string what, int status)
    {
        foreach (var path in (string[])["/api/v1/contacts", "/api/v1/contacts/nobody/merge", "/api/v1/auth/token"])
        {
            using var content = new ByteArrayContent(Body(what));
            content.Headers.ContentType = new("application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
            request.Headers.TransferEncodingChunked = what.EndsWith("in pieces", StringComparison.Ordinal);
            using var answer = await _client.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            ((int)answer.StatusCode).ShouldBeOneOf(path.EndsWith("merge", StringComparison.Ordinal) ? [status, 404] : [status]);
            answer.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("application/problem+json"), text);
        }

        await ShouldServe();
    }

    [Theory]
    [InlineData("a message of 100 KB")]
    [InlineData("10 MB")]
    [InlineData("fragments without an end")]
    [InlineData("10,000 levels")]
    [InlineData("NaN")]
    [InlineData("broken UTF-8")]
    public async Task A_message_with_it_ends_its_own_connection_with_a_reason(string what)
    {
        using var socket = await Connect();
        var heard = Heard(socket, "\"type\":7");
        var endless = what == "fragments without an end";
        await Send(socket, Message(what), endless);
        var text = await heard.WaitAsync(TimeSpan.FromSeconds(20));
        (text.Contains("\"type\":7", StringComparison.Ordinal) || socket.CloseStatus is not null and not WebSocketCloseStatus.NormalClosure).ShouldBeTrue($"{socket.CloseStatus} {text}");
        text.ShouldNotContain("   at ");
        await ShouldServe();
    }

    [Theory]
    [InlineData("""["contacts/ID","merge",{"other":"\u0000"},"KEY"]""", "Do")]
    [InlineData("""["contacts/ID","merge",{"other":"\ud800"},"KEY"]""", "Do")]
    [InlineData("""["contacts/ID","merge",{"\ud800":1},"KEY"]""", "Do")]
    [InlineData("""["contacts/ID",1,{"name":"\u0000"},"KEY"]""", "Edit")]
    [InlineData("""["contacts/ID",1,{"\udc00":"x"},"KEY"]""", "Edit")]
    [InlineData("""["contacts/ID",1,{"custom":{"\u0000":"x"}},"KEY"]""", "Edit")]
    public async Task A_call_with_what_is_no_text_is_refused_by_name(string arguments, string method)
    {
        var editors = new Editors(_client);
        await editors.Make(1);
        using var socket = await Connect();
        var call = $$"""{"type":1,"invocationId":"1","target":"{{method}}","arguments":{{arguments.Replace("ID", editors.Ids.Single()).Replace("KEY", Guid.NewGuid().ToString())}}}""";
        var heard = Heard(socket, "\"invocationId\":\"1\"");
        await Send(socket, Encoding.UTF8.GetBytes(call + '\x1e'));
        (await heard.WaitAsync(TimeSpan.FromSeconds(20))).ShouldContain("\"code\":\"text.unreadable\"");
        await ShouldServe();
    }

    private static byte[] Body(string what) => what switch
    {
        "a text of 33 KB" => Encoding.UTF8.GetBytes($$"""{"name":"{{new string('x', 33 * 1_024)}}","email":"{{new string('x', 33 * 1_024)}}"}"""),
        "10 MB" or "10 MB in pieces" => Encoding.UTF8.GetBytes($$"""{"name":"{{new string('x', 10 << 20)}}"}"""),
        "10,000 levels" => Encoding.UTF8.GetBytes($$"""{"name":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}"""),
        "NaN" => """{"name":NaN}"""u8.ToArray(),
        "half a pair" => """{"name":"\ud800"}"""u8.ToArray(),
        "NUL" => """{"name":"\u0000"}"""u8.ToArray(),
        _ => [.. "{\"name\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
    };

    private static byte[] Message(string what) => what switch
    {
        "a message of 100 KB" => Call(new string('x', 100_000)),
        "10 MB" or "fragments without an end" => Call(new string('x', 10 << 20)),
        "10,000 levels" => Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"Edit","arguments":["contacts/a",1,{{new string('[', 10_000)}}{{new string(']', 10_000)}},"x"]}""" + '\x1e'),
        "NaN" => Encoding.UTF8.GetBytes("""{"type":1,"invocationId":"1","target":"Watch","arguments":["contacts/a",NaN]}""" + '\x1e'),
        _ => [.. "{\"type\":1,\"target\":\""u8, 0xFF, 0xFE, .. "\"}\x1e"u8],
    };

    private static byte[] Call(string text) => Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"1","target":"Edit","arguments":["contacts/a",1,{"name":"{{text}}"},"{{Guid.NewGuid()}}"]}""" + '\x1e');

    private async Task<ClientWebSocket> Connect()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(_site.Url) { Scheme = "ws", Path = "/hub", Query = $"access_token={running.Token}" }.Uri, CancellationToken.None);
        await Send(socket, Encoding.UTF8.GetBytes("{\"protocol\":\"json\",\"version\":1}\x1e"));
        return socket;
    }

    // In pieces of 1 KB; without an end none of them is the last.
    private static async Task Send(ClientWebSocket socket, byte[] bytes, bool endless = false)
    {
        try
        {
            for (var at = 0; at < bytes.Length; at += 1_024)
            {
                var piece = bytes.AsMemory(at, Math.Min(1_024, bytes.Length - at));
                await socket.SendAsync(piece, WebSocketMessageType.Text, !endless && at + 1_024 >= bytes.Length, CancellationToken.None);
            }
        }
        catch (WebSocketException)
        {
            // The server has heard enough.
        }
    }

    // All that comes until the end, or until a mark.
    private static async Task<string> Heard(ClientWebSocket socket, string? mark = null)
    {
        var (text, buffer) = (new StringBuilder(), new byte[16 * 1_024]);
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent && (mark is null || !text.ToString().Contains(mark, StringComparison.Ordinal)))
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            }
        }
        catch (WebSocketException)
        {
            // Cut off.
        }

        return text.ToString();
    }

    private async Task ShouldServe()
    {
        using var answer = await _client.GetAsync(new Uri("/api/v1/contacts?limit=1", UriKind.Relative));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        _site.Node.Output.ShouldNotContain(" failed System.");
        _site.Node.Output.ShouldNotContain("incident");
    }
}
