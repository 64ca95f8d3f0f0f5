using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Cluster.Tests;

/// <summary>Contacts that are edited without a break, each by one worker; what was acknowledged is remembered.</summary>
public sealed class Load(IReadOnlyList<HttpClient> clients)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<long, string>> _acknowledged = new();
    private int _putOff;

    /// <summary>Answers that were neither success nor a request to try again.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>Answers that asked to try again.</summary>
    public int PutOff => _putOff;

    /// <summary>The longest time from the first try of an edit to its acknowledgement.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Edits that hold.</summary>
    public int Done => _acknowledged.Values.Sum(record => record.Count);

    /// <summary>The records.</summary>
    public IEnumerable<string> Refs => _acknowledged.Keys.Select(id => $"contacts/{id}");

    /// <summary>Makes as many contacts.</summary>
    public async Task Make(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var made = await clients[i % clients.Count].PostAsJsonAsync("/api/v1/contacts", new { name = $"Load {i}" });
            made.EnsureSuccessStatusCode();
            _acknowledged[(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!] = new();
        }
    }

    /// <summary>Edits all of them, each through its front end or the next one, until told to stop.</summary>
    public Task Run(CancellationToken stop) => Task.WhenAll(_acknowledged.Keys.Select((id, place) => Edit(id, place, stop)));

    /// <summary>Every acknowledged edit is in the history at its version, and the history has no gap.</summary>
    public async Task ShouldBeKept(HttpClient client)
    {
        foreach (var (id, edits) in _acknowledged)
        {
            var history = new List<JsonElement>();
            for (var page = default(JsonElement); history.Count == 0 || page.GetProperty("items").GetArrayLength() > 0;)
            {
                page = await client.GetFromJsonAsync<JsonElement>($"/api/v1/contacts/{id}/history?after={history.Count}&limit=200");
                history.AddRange(page.GetProperty("items").EnumerateArray());
            }

            history.Select(change => change.GetProperty("version").GetInt64()).ShouldBe(Enumerable.Range(1, history.Count).Select(version => (long)version));
            foreach (var (version, notes) in edits)
            {
                history[(int)version - 1].GetProperty("changes").GetProperty("notes").GetProperty("to").GetString().ShouldBe(notes);
            }
        }
    }

    private async Task Edit(string id, int place, CancellationToken stop)
    {
        var version = 1L;
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var (notes, key, began) = ($"edit {number} of {id}", Guid.NewGuid().ToString(), TimeProvider.System.GetTimestamp());
            for (var tries = 0; !stop.IsCancellationRequested; tries++)
            {
                if (await Try(clients[(place + tries) % clients.Count], id, version, notes, key) is { } done)
                {
                    _acknowledged[id][version = done] = notes;
                    var took = TimeProvider.System.GetElapsedTime(began);
                    Longest = took > Longest ? took : Longest;
                    break;
                }

                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    // Null: try again.
    private async Task<long?> Try(HttpClient client, string id, long version, string notes, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/contacts/{id}")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { notes }), new MediaTypeHeaderValue("application/merge-patch+json")),
        };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        try
        {
            using var answer = await client.SendAsync(request, CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                return long.Parse(answer.Headers.ETag!.Tag.Trim('"'));
            }

            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Interlocked.Increment(ref _putOff);
            }
            else
            {
                Errors.Enqueue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
        {
            // That front end is gone: the next one is asked, with the same key.
        }

        return null;
    }
}
