using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Crm.Load;

/// <summary>A connection to a front end's hub, and what it has been told of the records that it watches.</summary>
public sealed class Screen : IAsyncDisposable
{
    private readonly HubSocket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<string, long> _versions = new();
    private readonly ConcurrentDictionary<(string Ref, long Version), TaskCompletionSource<long>> _awaited = new();
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _people = new();
    private int _ids;

    private Screen(Uri url, string token) => _socket = new(url, token, Heard);

    /// <summary>Every change in the order in which it came, as (record, version).</summary>
    public ConcurrentQueue<(string Ref, long Version)> Changes { get; } = new();

    /// <summary>Why the server ended the connection, once it has; empty where that was lost with it.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>While set it hears nothing, and the server hears nothing of it.</summary>
    public bool IsStalled
    {
        set => _socket.IsStalled = value;
    }

    /// <summary>Opens one.</summary>
    public static async Task<Screen> Open(Node web, string token) => await Open(await web.Ready, token);

    /// <summary>Opens one at an address.</summary>
    public static async Task<Screen> Open(Uri url, string token)
    {
        var screen = new Screen(url, token);
        await screen._socket.Connect(screen._stop.Token);
        _ = screen._socket.Ended.ContinueWith(_ => screen._ended.TrySetResult(""), TaskScheduler.Default);
        return screen;
    }

    /// <summary>The last version that it was told of; 0 for none.</summary>
    public long Version(string reference) => _versions.GetValueOrDefault(reference);

    /// <summary>The ids of those who are at a record, as it was told last.</summary>
    public IReadOnlyList<string> People(string reference) => _people.GetValueOrDefault(reference, []);

    /// <summary>The timestamp at which it is told of a version. Ask before that.</summary>
    public Task<long> When(string reference, long version) =>
        _awaited.GetOrAdd((reference, version), static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Watches a record from a version on, or from now.</summary>
    public async Task<JsonElement> Watch(string reference, long? since = null)
    {
        var answer = await Call("Watch", reference, since);
        _versions[reference] = answer.GetProperty("version").GetInt64();
        return answer;
    }

    /// <summary>Calls a method of the hub.</summary>
    /// <exception cref="InvalidOperationException">It answered with an error; the text is its.</exception>
    public async Task<JsonElement> Call(string method, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _ids).ToString();
        var call = _calls[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _socket.Send(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }), _stop.Token);
        return await call.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _socket.DisposeAsync();
        _stop.Dispose();
    }

    private void Heard(ReadOnlyMemory<byte> bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        var message = document.RootElement.Clone();
        if (!message.TryGetProperty("type", out var type))
        {
            return;
        }

        if (type.GetInt32() == 3 && _calls.TryRemove(message.GetProperty("invocationId").GetString()!, out var call))
        {
            if (message.TryGetProperty("error", out var error))
            {
                call.SetException(new InvalidOperationException(error.GetString()));
            }
            else
            {
                call.SetResult(message.GetProperty("result"));
            }
        }
        else if (type.GetInt32() == 1)
        {
            Told(message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]);
        }
        else if (type.GetInt32() == 7)
        {
            _ended.TrySetResult(message.TryGetProperty("error", out var why) ? why.GetString()! : "");
        }
    }

    private void Told(string target, JsonElement argument)
    {
        if (target == "Presence")
        {
            _people[argument.GetProperty("ref").GetString()!] = [.. argument.GetProperty("people").EnumerateArray().Select(person => person.GetProperty("userId").GetString()!)];
        }

        foreach (var change in target switch { "Changed" => [argument], "ChangedMany" => argument.EnumerateArray(), _ => (IEnumerable<JsonElement>)[] })
        {
            var (reference, version) = (change.GetProperty("ref").GetString()!, change.GetProperty("version").GetInt64());
            Changes.Enqueue((reference, version));
            _versions[reference] = version;
            if (_awaited.TryRemove((reference, version), out var awaited))
            {
                awaited.SetResult(Stopwatch.GetTimestamp());
            }
        }
    }
}
