using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Load;

/// <summary>Create, read, update and list over REST by a few callers at once, each waiting for its answer.</summary>
public sealed class RestScenario(int callers = 8, int rounds = 500)
{
    private readonly Dictionary<string, List<double>> _times = new() { ["create"] = [], ["read"] = [], ["update"] = [], ["list"] = [] };

    /// <summary>Milliseconds by action, after a warm-up that does not count.</summary>
    public async Task<Dictionary<string, Dictionary<string, double>>> Run(Product product)
    {
        var (client, _) = await product.SignIn("ana@acme.test");
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Caller(client, caller, rounds / 2)));
        foreach (var times in _times.Values)
        {
            times.Clear();
        }

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Caller(client, caller, rounds)));
        client.Dispose();
        return _times.ToDictionary(times => times.Key, times => Percentiles.Of(times.Value));
    }

    private async Task Caller(HttpClient client, int caller, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var made = await Timed("create", () => client.PostAsJsonAsync(
                "/api/v1/contacts", new { name = $"Rest {caller} {i}", emails = new[] { $"rest{caller}.{i}@example.test" }, company = "Example" }));
            var id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            await Timed("read", () => client.GetAsync($"/api/v1/contacts/{id}"));
            await Timed("update", () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/contacts/{id}") { Content = JsonContent.Create(new { title = $"Title {i}" }) };
                request.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
                return client.SendAsync(request);
            });
            if (i % 5 == 0)
            {
                await Timed("list", () => client.GetAsync("/api/v1/contacts?limit=50&sort=-updatedAt"));
            }
        }
    }

    private async Task<HttpResponseMessage> Timed(string action, Func<Task<HttpResponseMessage>> send)
    {
        var start = Stopwatch.GetTimestamp();
        var answer = await send();
        await answer.Content.LoadIntoBufferAsync();
        var took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        answer.EnsureSuccessStatusCode();
        lock (_times)
        {
            _times[action].Add(took);
        }

        return answer;
    }
}
