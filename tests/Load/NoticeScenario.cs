using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>From the answer to a change, which comes after its commit, to the notice on the screen of whom it concerns; and what waits for somebody who comes back.</summary>
public sealed class NoticeScenario(int warmUp = 50, int measured = 500, int atOnce = 4)
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long>> _told = new();

    /// <summary>Milliseconds, below zero never: a notice that came before the answer counts as zero.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run(Product product)
    {
        var (ana, _) = await product.SignIn("ana@acme.test");
        var (bo, token) = await product.SignIn("bo@acme.test");
        var me = (await bo.GetFromJsonAsync<JsonElement>("/api/v1/me")).GetProperty("userId").GetString()!;
        using var stop = new CancellationTokenSource();
        Dictionary<string, double> live;
        await using (var socket = new HubSocket(product.Url, token, Heard))
        {
            await socket.Connect(stop.Token);
            await socket.Send("""{"type":1,"invocationId":"w","target":"WatchNotices","arguments":[]}""", stop.Token);
            await Rounds(ana, me, warmUp);
            live = Percentiles.Of(await Rounds(ana, me, measured));
        }

        var back = await Back(product, ana, token, me, stop.Token);
        ana.Dispose();
        bo.Dispose();
        return new() { ["notice after the answer, ms"] = live, ["the first one after coming back, ms"] = back };
    }

    private async Task<List<double>> Rounds(HttpClient by, string owner, int count)
    {
        var times = new ConcurrentBag<double>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (_, _) =>
        {
            var key = $"acme-{Guid.NewGuid():N}";
            var (id, answered) = await Made(by, owner, key);
            var told = await _told.GetOrAdd(id, Waiting).Task.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            times.Add(Math.Max(0, Stopwatch.GetElapsedTime(answered, told).TotalMilliseconds));
        });
        return [.. times];
    }

    // Twenty wait for somebody who is away; how long until the first of them is there.
    private static async Task<Dictionary<string, double>> Back(Product product, HttpClient by, string token, string owner, CancellationToken cancel)
    {
        var times = new List<double>();
        for (var round = 0; round < 20; round++)
        {
            for (var each = 0; each < 20; each++)
            {
                await Made(by, owner, $"acme-{Guid.NewGuid():N}");
            }

            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var began = Stopwatch.GetTimestamp();
            await using var socket = new HubSocket(product.Url, token, message =>
            {
                if (message.Span.IndexOf("\"target\":\"Notified\""u8) >= 0)
                {
                    first.TrySetResult();
                }
            });
            await socket.Connect(cancel);
            await socket.Send("""{"type":1,"invocationId":"w","target":"WatchNotices","arguments":[]}""", cancel);
            await first.Task.WaitAsync(TimeSpan.FromSeconds(30), cancel);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        return Percentiles.Of(times);
    }

    private static async Task<(string Id, long Answered)> Made(HttpClient by, string owner, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/contacts") { Content = JsonContent.Create(new { name, priority = "high", owner }) };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var answer = await by.SendAsync(request);
        var answered = Stopwatch.GetTimestamp();
        answer.EnsureSuccessStatusCode();
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        return (id, answered);
    }

    private void Heard(ReadOnlyMemory<byte> message)
    {
        var now = Stopwatch.GetTimestamp();
        if (message.Span.IndexOf("\"target\":\"Notified\""u8) >= 0)
        {
            using var json = JsonDocument.Parse(message);
            var about = json.RootElement.GetProperty("arguments")[0].GetProperty("fields").GetProperty("about").GetString()!;
            _told.GetOrAdd(about.Split('/')[1], Waiting).TrySetResult(now);
        }
    }

    private static TaskCompletionSource<long> Waiting(string id) => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
