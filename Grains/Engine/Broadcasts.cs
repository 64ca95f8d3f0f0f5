using System.Text.Json;
using System.Text.RegularExpressions;

namespace Crm.Engine;

/// <summary>Sends broadcasts along the feed, as nudges of a kind that has no records: so they reach every front end of both hosts, and a tenant's reach no other's.</summary>
/// <param name="tenants">All tenants, for what everyone is told.</param>
public sealed partial class Broadcasts(INudges nudges, Func<Task<IReadOnlyList<string>>> tenants, TimeProvider time) : IBroadcasts, IDisposable
{
    /// <summary>The kind that stands in the feed.</summary>
    public const string KindName = "broadcasts";

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Audience, string Type), Waiting> _waiting = [];
    private long _number;

    /// <inheritdoc />
    public void Publish(Audience to, string type, JsonElement data)
    {
        if (!TypeForm().IsMatch(type))
        {
            throw new ArgumentException($"A type is a name such as polls.tick, not {type}.", nameof(type));
        }

        if (data.ValueKind != JsonValueKind.Object || data.GetRawText().Length > IBroadcasts.LongestData)
        {
            throw new ArgumentException($"The data is an object of at most {IBroadcasts.LongestData} characters.", nameof(data));
        }

        lock (_gate)
        {
            if (!_waiting.TryGetValue((to.Name, type), out var waiting))
            {
                _waiting[(to.Name, type)] = waiting = new(to, type);
                waiting.Timer = time.CreateTimer(_ => Flush(waiting), null, IBroadcasts.Together, Timeout.InfiniteTimeSpan);
            }

            waiting.Add(data.Clone());
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var waiting in _waiting.Values)
            {
                waiting.Timer?.Dispose();
            }

            _waiting.Clear();
        }
    }

    private void Flush(Waiting waiting)
    {
        lock (_gate)
        {
            _waiting.Remove((waiting.To.Name, waiting.Type));
            waiting.Timer?.Dispose();
        }

        _ = Send(waiting);
    }

    private async Task Send(Waiting waiting)
    {
        try
        {
            foreach (var tenant in waiting.To is Audience.Everyone ? await tenants() : [waiting.To.Name.Split('/')[0]])
            {
                nudges.Nudge(Nudge(tenant, waiting));
            }
        }
        catch (UnavailableException)
        {
            // Who there is cannot be asked now. A message that must arrive is a change of a record.
        }
    }

    private Nudge Nudge(string tenant, Waiting waiting)
    {
        var at = new Address(tenant, KindName, Interlocked.Increment(ref _number).ToString());
        var now = time.GetUtcNow();
        var fields = new Dictionary<string, JsonElement>
        {
            ["to"] = Json.Element(waiting.To.Name), ["type"] = Json.Element(waiting.Type), ["items"] = Json.Element(waiting.Items), ["dropped"] = Json.Element(waiting.Dropped),
        };
        return new(at, new(1, now, Caller.SystemUser, $"{KindName}.publish", new Dictionary<string, FromTo>()), new(KindName, at.Id, 1, now, now, Caller.SystemUser, false, fields));
    }

    [GeneratedRegex(@"^[a-z][a-zA-Z0-9.]{1,59}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TypeForm();

    private sealed class Waiting(Audience to, string type)
    {
        public Audience To => to;

        public string Type => type;

        public Queue<JsonElement> Items { get; } = [];

        public long Dropped { get; private set; }

        public ITimer? Timer { get; set; }

        public void Add(JsonElement data)
        {
            if (Items.Count == IBroadcasts.MostWaiting)
            {
                Items.Dequeue();
                Dropped++;
            }

            Items.Enqueue(data);
        }
    }
}
