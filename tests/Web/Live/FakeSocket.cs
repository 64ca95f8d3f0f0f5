using System.Text;
using System.Text.Json;
using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

/// <summary>A connection whose socket is a list of messages, and may be made to take nothing.</summary>
internal sealed class FakeSocket
{
    private TaskCompletionSource? _full;

    public FakeSocket(Caller caller, TimeProvider time, LiveOptions? options = null, Flusher? flusher = null)
    {
        Options = options ?? new();
        Flusher = flusher ?? new(Options, time, Pool.Threads);
        Connection = new(Guid.NewGuid().ToString("N"), Options, time, Flusher, Write, atOnce => Aborted = atOnce, _ => Aborted = true);
        Connection.Open(new(caller.Tenant, caller.User, "session"), caller, null);
    }

    public LiveOptions Options { get; }

    public Flusher Flusher { get; }

    public LiveConnection Connection { get; }

    /// <summary>Null while it is open; else whether it was torn down at once.</summary>
    public bool? Aborted { get; private set; }

    /// <summary>What was written, a line for each write.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>The messages, in order: the method and its first argument.</summary>
    public IReadOnlyList<(string Target, JsonElement Argument)> Messages =>
        [.. Writes.SelectMany(write => write.Split((char)Frames.Separator, StringSplitOptions.RemoveEmptyEntries))
            .Select(message => JsonDocument.Parse(message).RootElement)
            .Select(message => (message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]))];

    /// <summary>Versions in the order they came, whether alone or together.</summary>
    public IReadOnlyList<long> Versions => [.. Messages.SelectMany(message => message.Target switch
    {
        "Changed" => [message.Argument],
        "ChangedMany" => message.Argument.EnumerateArray(),
        _ => Enumerable.Empty<JsonElement>(),
    }).Select(change => change.GetProperty("version").GetInt64())];

    /// <summary>From now on a write does not complete.</summary>
    public void Fill() => _full = new();

    /// <summary>What was being written is taken, and all that follows.</summary>
    public void Drain()
    {
        var full = _full!;
        _full = null;
        full.SetResult();
    }

    private ValueTask Write(ReadOnlyMemory<byte> bytes)
    {
        Writes.Add(Encoding.UTF8.GetString(bytes.Span));
        return _full is { } full ? new(full.Task) : default;
    }
}
