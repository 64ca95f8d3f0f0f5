using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Every feed and timeline that is watched on this front end. Hears what the relay hears.</summary>
internal sealed class FeedBoard(
    IActivity activity, IRecords records, Relay relay, Flusher flusher, LiveOptions options, TimeProvider time, Pool pool, ILogger<FeedBoard> log)
{
    private const int MostOfConnection = 10;
    private const int MostMissed = 100;
    private const int MostCompared = 5_000;
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(12);
    private readonly ConcurrentDictionary<string, FeedShelf> _shelves = new();
    private long _numbers;
    private long _comparedAt;

    /// <summary>Hears of changes from now on.</summary>
    public void Listen()
    {
        _comparedAt = time.GetTimestamp();
        relay.Overheard += Overhear;
    }

    /// <summary>Begins to hear, then reads: what happens between the two is sent after the answer.</summary>
    public async Task<FeedAnswer> Watch(LiveConnection connection, ActivityQuery query, CancellationToken cancel)
    {
        if (connection.Feeds.Count >= MostOfConnection)
        {
            throw Fault.Of("feeds.limit", $"One connection may watch {MostOfConnection} feeds. Unwatch some first.");
        }

        var subscription = new FeedSubscription(connection, $"feed-{Interlocked.Increment(ref _numbers)}", query);
        connection.Feeds[subscription.Id] = subscription;
        var answered = false;
        try
        {
            while (true)
            {
                var rights = connection.Rights;
                var (spec, refusal) = await activity.Open(rights.Caller, query, cancel);
                subscription.Begin(spec ?? throw Fault.Of(refusal!), rights);
                Shelf(rights.Caller.Tenant).Feeds[subscription] = true;
                var answer = await activity.Read(rights.Caller, query, cancel);
                var page = answer.Page ?? throw Fault.Of(answer.Refusal!);
                if (ReferenceEquals(rights, connection.Rights))
                {
                    subscription.Answer(page);
                    answered = true;
                    return new(subscription.Id, page, () =>
                    {
                        subscription.Written();
                        flusher.FlushLater();
                    });
                }
            }
        }
        finally
        {
            if (!answered)
            {
                subscription.End();
            }
        }
    }

    /// <summary>Lets go of what has ended, has those asked again whose rights have changed, and looks for what nobody told us.</summary>
    public async Task Check()
    {
        foreach (var shelf in _shelves.Values)
        {
            foreach (var feed in shelf.Feeds.Keys)
            {
                if (feed.IsOutdated)
                {
                    feed.Reset();
                }

                if (feed.Ended || feed.Connection.Closed)
                {
                    shelf.Feeds.TryRemove(feed, out _);
                }
            }
        }

        flusher.Flush();
        if (time.GetElapsedTime(_comparedAt) >= options.HeadsEvery)
        {
            _comparedAt = time.GetTimestamp();
            foreach (var (tenant, shelf) in _shelves.Where(shelf => !shelf.Value.Feeds.IsEmpty))
            {
                await Compare(tenant, shelf);
            }

            flusher.Flush();
        }
    }

    private FeedShelf Shelf(string tenant) => _shelves.GetOrAdd(tenant, _ => new(time.GetUtcNow()));

    private void Overhear(Nudge nudge)
    {
        if (_shelves.TryGetValue(nudge.At.Tenant, out var shelf) && !shelf.Feeds.IsEmpty)
        {
            (shelf.Strand ??= new(options.WaitingNudges, time, pool, heard => Hear(shelf, heard), _ => flusher.Flush())).Post(nudge);
        }
    }

    private void Hear(FeedShelf shelf, Nudge nudge)
    {
        try
        {
            if (!shelf.IsNews(nudge.At, nudge.Change.Version))
            {
                return;
            }

            foreach (var feed in shelf.Feeds.Keys)
            {
                if (feed.Spec is { } spec && Moves(spec, nudge))
                {
                    feed.Reset();
                }

                feed.Hear(nudge);
            }
        }
        catch (Exception fault)
        {
            log.LogError(fault, "Feeds could not take a nudge of {Record}.", nudge.At);
        }
    }

    // Whether what belongs to a feed is something else from now on.
    private static bool Moves(ActivitySpec spec, Nudge nudge) => nudge.At.Kind switch
    {
        "follows" => spec.Query.Scope == ActivityScope.Own
            && nudge.After.Fields.TryGetValue("user", out var user) && user.ValueKind == System.Text.Json.JsonValueKind.String && user.ValueEquals(spec.Caller.User),
        "users" => spec.Query.Scope != ActivityScope.Record && nudge.Change.Fields.ContainsKey("team"),
        "views" => spec.Sources.DependsOn.Contains(nudge.At.Ref),
        _ => false,
    };

    // A nudge may get lost between nodes. What the log has and nobody told us is read from there.
    private async Task Compare(string tenant, FeedShelf shelf)
    {
        var now = time.GetUtcNow();
        var since = now - Late > shelf.Begun ? now - Late : shelf.Begun;
        var missed = (await activity.Since(tenant, since, MostCompared)).Where(change => !shelf.Knows(change.At, change.Version)).ToList();
        if (missed.Count > MostMissed)
        {
            shelf.Feeds.Keys.ToList().ForEach(feed => feed.Reset());
            return;
        }

        foreach (var (at, version) in missed)
        {
            var system = Caller.System(tenant);
            if (await records.History(at, system, version - 1, 1) is [var change] && await records.Read(at, system) is { } head)
            {
                Hear(shelf, new(at, change, head));
            }
        }
    }

    /// <summary>The feeds of one tenant, and which changes were heard lately.</summary>
    private sealed class FeedShelf(DateTimeOffset begun)
    {
        private const int Remembered = 16_384;
        private readonly HashSet<(Address, long)> _heard = [];
        private readonly Queue<(Address, long)> _order = new();

        public DateTimeOffset Begun => begun;

        public ConcurrentDictionary<FeedSubscription, bool> Feeds { get; } = new();

        public Strand? Strand { get; set; }

        public bool Knows(Address at, long version)
        {
            lock (_heard)
            {
                return _heard.Contains((at, version));
            }
        }

        public bool IsNews(Address at, long version)
        {
            lock (_heard)
            {
                if (!_heard.Add((at, version)))
                {
                    return false;
                }

                _order.Enqueue((at, version));
                if (_order.Count > Remembered)
                {
                    _heard.Remove(_order.Dequeue());
                }

                return true;
            }
        }
    }
}
