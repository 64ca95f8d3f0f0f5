using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Crm.Tests;

/// <summary>A mail server on the loopback that keeps what it takes: as much of RFC 5321 as a sender sees. It can be told to misbehave.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _running;

    private MailServer()
    {
        _listener.Start();
        _running = Run();
    }

    public static MailServer Start() => new();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whole messages, as they came between DATA and the last dot.</summary>
    public ConcurrentQueue<string> Taken { get; } = [];

    public int Connections { get; private set; }

    /// <summary>What a command is answered with in place of what a well server says: its first word, upper case, or <c>.</c> for the end of the data.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

    /// <summary>Takes the next message, and closes before it says so.</summary>
    public bool ClosesAfterData { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task Run()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_ending.Token);
            Connections++;
            _ = Task.Run(async () =>
            {
                using (client)
                {
                    await Talk(client.GetStream()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            });
        }
    }

    private async Task Talk(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        await using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\r\n" };
        await writer.WriteLineAsync("220 mail.test ESMTP");
        while (await reader.ReadLineAsync(_ending.Token) is { } line)
        {
            var word = line.Split(' ', ':')[0].ToUpperInvariant();
            if (Answers.TryGetValue(word, out var said))
            {
                await writer.WriteLineAsync(said);
                continue;
            }

            switch (word)
            {
                case "EHLO":
                    await writer.WriteLineAsync("250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8");
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    Taken.Enqueue(await Data(reader));
                    if (ClosesAfterData)
                    {
                        ClosesAfterData = false;
                        return;
                    }

                    await writer.WriteLineAsync(Answers.GetValueOrDefault(".", "250 taken"));
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("250 ok");
                    break;
            }
        }
    }

    private async Task<string> Data(StreamReader reader)
    {
        var message = new StringBuilder();
        while (await reader.ReadLineAsync(_ending.Token) is { } line && line != ".")
        {
            message.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return message.ToString();
    }
}
