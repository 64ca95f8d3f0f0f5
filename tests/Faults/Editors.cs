using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Crm.Faults;

/// <summary>Contacts that are edited without a break, each by one editor who tries the same command until it is answered. What was acknowledged is remembered.</summary>
public sealed class Editors(HttpClient client)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<long, string>> _acknowledged = new();
    private int _broken;
    private long _lastDone = Stopwatch.GetTimestamp();

    /// <summary>Answers that were neither success nor a request to try again.</summary>
    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>How long each answer took that asked to try again, in milliseconds.</summary>
    public ConcurrentQueue<double> Refusals { get; } = new();

    /// <summary>How long each success took, in milliseconds.</summary>
    public ConcurrentQueue<double> Successes { get; } = new();

    /// <summary>Tries that ended without an answer.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>Edits that hold.</summary>
    public int Done => _acknowledged.Values.Sum(record => record.Count);

    /// <summary>The longest time in which nothing was acknowledged.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>The ids of the contacts.</summary>
    public IEnumerable<string> Ids => _acknowledged.Keys;

    /// <summary>Makes as many contacts.</summary>
    public async Task Make(int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var made = await client.PostAsJsonAsync("/api/v1/contacts", new { name = $"Fault {i}" });
            made.EnsureSuccessStatusCode();
            _acknowledged[(await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!] = new();
        }
    }

    /// <summary>Edits all of them until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        Volatile.Write(ref _lastDone, Stopwatch.GetTimestamp());
        await Task.WhenAll(_acknowledged.Keys.Select(id => Edit(id, stop)));
    }

    /// <summary>Runs them while something happens, and until they have done so much after it.</summary>
    /// <returns>From the end of what happened to the first acknowledgement after it.</returns>
    public async Task<TimeSpan> During(Func<Task> what, int before = 50, int after = 100)
    {
        using var stop = new CancellationTokenSource();
        var running = Run(stop.Token);
        var done = Done;
        await Site.Until(() => Done >= done + before, "edits before the fault");
        try
        {
            await what();
            done = Done;
            var recovered = await Site.Until(() => Done > done, "the first edit after the fault", 30);
            await Site.Until(() => Done >= done + after, "edits after the fault", 30);
            return recovered;
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(30), CancellationToken.None));
        }
    }

    /// <summary>Every acknowledged edit is in the history at its version, once, and the history has no gap.</summary>
    public async Task ShouldBeKept()
    {
        Errors.ShouldBeEmpty();
        foreach (var (id, edits) in _acknowledged)
        {
            var history = new List<JsonElement>();
            for (var page = default(JsonElement); history.Count == 0 || page.GetProperty("items").GetArrayLength() > 0;)
            {
                page = await client.GetFromJsonAsync<JsonElement>($"/api/v1/contacts/{id}/history?after={history.Count}&limit=200");
                history.AddRange(page.GetProperty("items").EnumerateArray());
            }

            history.Select(change => change.GetProperty("version").GetInt64()).ShouldBe(Enumerable.Range(1, history.Count).Select(version => (long)version));
            var notes = history.Skip(1).Select(change => change.GetProperty("changes").GetProperty("notes").GetProperty("to").GetString()).ToList();
            notes.ShouldBeUnique();
            edits.ShouldAllBe(edit => notes[(int)edit.Key - 2] == edit.Value);
        }
    }

    /// <summary>Edits a contact once; null when there was no success.</summary>
    /// <param name="key">The same for every try.</param>
    public async Task<long?> Try(string id, long version, string notes, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/contacts/{id}")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { notes }), new MediaTypeHeaderValue("application/merge-patch+json")),
        };
        request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        var clock = Stopwatch.StartNew();
        try
        {
            using var answer = await client.SendAsync(request, CancellationToken.None);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Successes.Enqueue(clock.Elapsed.TotalMilliseconds);
                return long.Parse(answer.Headers.ETag!.Tag.Trim('"'));
            }

            await Refused(answer, clock.Elapsed);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or TaskCanceledException)
        {
            Interlocked.Increment(ref _broken);
        }

        return null;
    }

    private async Task Refused(HttpResponseMessage answer, TimeSpan took)
    {
        if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests && answer.Headers.RetryAfter is not null)
        {
            Refusals.Enqueue(took.TotalMilliseconds);
        }
        else
        {
            Errors.Enqueue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private async Task Edit(string id, CancellationToken stop)
    {
        var edits = _acknowledged[id];
        var version = edits.IsEmpty ? 1 : edits.Keys.Max();
        for (var number = edits.Count; !stop.IsCancellationRequested; number++)
        {
            var (notes, key) = ($"edit {number} of {id}", Guid.NewGuid().ToString());
            while (true)
            {
                if (await Try(id, version, notes, key) is { } done)
                {
                    edits[version = done] = notes;
                    Note();
                    break;
                }

                // An edit is answered before its editor stops: else the next one would not know which version it made.
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private void Note()
    {
        var now = Stopwatch.GetTimestamp();
        var gap = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _lastDone, now), now);
        LongestGap = gap > LongestGap ? gap : LongestGap;
    }
}
