using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Who watches what on this front end: hears nudges of tenants with open connections and passes them on.</summary>
internal sealed class Relay(
    IRecords records, IFeed feed, ICatalog catalog, ListBoard board, Flusher flusher, LiveOptions options, TimeProvider time, Pool pool,
    ILogger<Relay> log)
    : IDisposable
{
    private const int Readings = 4;
    private static readonly TimeSpan SettleWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Address, Topic> _topics = new();
    private readonly Dictionary<string, Audience> _tenants = [];
    private readonly ConcurrentDictionary<Topic, bool> _mending = new();
    private long _numbers;

    /// <summary>Called with every nudge of a tenant with connections here. Must not block and must not throw.</summary>
    public Action<Nudge>? Overheard { get; set; }

    /// <summary>Called when the answer to a watch is being written. Must not throw.</summary>
    public Action<Watch>? Greeting { get; set; }

    /// <summary>Records that are watched now.</summary>
    public ICollection<Topic> Topics => _topics.Values;

    /// <summary>One of them; null when nobody here watches it.</summary>
    public Topic? Find(Address at) => _topics.GetValueOrDefault(at);

    /// <summary>A connection of this tenant has opened.</summary>
    public void Enter(string tenant)
    {
        lock (_tenants)
        {
            if (!_tenants.TryGetValue(tenant, out var audience))
            {
                var lists = new Strand(options.WaitingNudges, time, pool, HearLists, _ => flusher.Flush());
                var strand = new Strand(options.WaitingNudges, time, pool, Hear, lag =>
                {
                    flusher.Late(lag);
                    flusher.Flush();
                });
                _tenants[tenant] = audience = new(feed.Subscribe(tenant, nudge =>
                {
                    LiveSignals.Heard(nudge.At.Kind);

                    // Whoever joins after this look reads a state that holds the change.
                    if (_topics.ContainsKey(nudge.At))
                    {
                        strand.Post(nudge);
                    }

                    Overheard?.Invoke(nudge);
                    if (board.Hears(nudge.At))
                    {
                        lists.Post(nudge);
                    }
                }));
            }

            audience.Connections++;
        }
    }

    /// <summary>A connection of this tenant has closed. Its nudges are still heard for a while: most come back.</summary>
    public void Leave(string tenant)
    {
        lock (_tenants)
        {
            if (_tenants.TryGetValue(tenant, out var audience) && --audience.Connections == 0)
            {
                audience.EmptySince = time.GetTimestamp();
            }
        }
    }

    /// <summary>Joins the record's audience, then reads it: what happens between the two is sent after the answer.</summary>
    /// <param name="since">The version that the client holds; null for none.</param>
    /// <param name="view">Under which rights it was shown, as the answer then said; null where the client does not say.</param>
    /// <exception cref="Microsoft.AspNetCore.SignalR.HubException">No such record, or too many watches.</exception>
    public async Task<WatchAnswer> Watch(LiveConnection connection, Address at, long? since, string? view = null, CancellationToken cancel = default)
    {
        var kind = catalog.Find(at.Kind) ?? throw Fault.Missing;
        for (var reading = 1; reading <= Readings; reading++)
        {
            var rights = connection.Rights;
            var redaction = rights.Of(kind) is { SeesKind: true } seeing ? seeing : throw Fault.Missing;
            var watch = new Watch(connection, at, redaction);
            var answered = false;
            try
            {
                await Replace(connection, watch);
                var topic = Join(watch);
                var state = await Read(at, rights.Caller, connection.Outdated.ContainsKey(at.Ref) || (view ?? redaction.View) != redaction.View ? null : since, cancel) ?? throw Fault.Missing;
                if (!topic.Answer(watch, state.Version, time.GetTimestamp()))
                {
                    await records.Since(at, rights.Caller, topic.Version, options.ResumeChanges, cancel); // A copy of the record that is behind looks again.
                }
                else if (ReferenceEquals(rights, connection.Rights))
                {
                    connection.Outdated.TryRemove(at.Ref, out _);
                    answered = true;
                    return new(at.Ref, state, redaction.View, () => Written(topic, watch));
                }

                if (watch.Ended)
                {
                    break; // Unwatched, or watched anew, meanwhile: to join again would take the place of that.
                }
            }
            finally
            {
                if (!answered)
                {
                    watch.End();
                }
            }
        }

        throw Fault.Unavailable(TimeSpan.FromMilliseconds(100));
    }

    /// <summary>Nothing of this record is sent to the connection any more.</summary>
    public static void Unwatch(LiveConnection connection, Address at)
    {
        connection.Watches.GetValueOrDefault(at)?.End();
    }

    /// <summary>Reads what a topic missed and passes it on.</summary>
    /// <param name="head">The version that the journal is known to have; 0 for unknown.</param>
    public async Task Mend(Topic topic, long head = 0)
    {
        if (!_mending.TryAdd(topic, true))
        {
            return;
        }

        LiveSignals.Mending(topic.At.Kind);
        try
        {
            var system = Caller.System(topic.At.Tenant);
            var from = topic.Version;
            if (await Missed(topic.At, system, from, head) is not { } missed)
            {
                var last = await records.History(topic.At, system, from, options.ResumeChanges) is [.., var change] ? change : null;
                topic.Gone(last?.Version ?? from, last?.By ?? Caller.SystemUser);
            }
            else if (missed.Changes is { } changes)
            {
                topic.Fill(changes, topic.NeedsOwner ? await records.Read(topic.At, system) : null);
            }
            else
            {
                topic.CutAll();
            }

            flusher.Flush();
        }
        catch (Exception fault)
        {
            log.LogWarning(fault, "Could not read what {Record} missed; the next comparison of heads tries again.", topic.At);
        }
        finally
        {
            _mending.TryRemove(topic, out _);
        }
    }

    /// <summary>Lets go of what nobody needs any more.</summary>
    public void Sweep()
    {
        foreach (var topic in _topics.Values)
        {
            topic.Abandon(answered => time.GetElapsedTime(answered) > AnswerWithin);
            if (topic.Sweep())
            {
                _topics.TryRemove(new(topic.At, topic));
            }
        }

        lock (_tenants)
        {
            foreach (var (tenant, audience) in _tenants)
            {
                if (audience.Connections == 0 && time.GetElapsedTime(audience.EmptySince) > options.LingerFor)
                {
                    audience.Subscription.Dispose();
                    _tenants.Remove(tenant);
                }
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_tenants)
        {
            foreach (var audience in _tenants.Values)
            {
                audience.Subscription.Dispose();
            }

            _tenants.Clear();
        }
    }

    // A copy of the record that another host has written past does not know of it. Asked about the newer version it looks, and is replaced.
    private async Task<CatchUp?> Missed(Address at, Caller system, long from, long head)
    {
        var missed = await records.Since(at, system, from, options.ResumeChanges);
        if (head <= from || missed?.Version >= head)
        {
            return missed;
        }

        await records.Since(at, system, head, options.ResumeChanges);
        return await records.Since(at, system, from, options.ResumeChanges);
    }

    // The client that watches a record again must have the answer to the first call before that to the second.
    private async Task Replace(LiveConnection connection, Watch watch)
    {
        if (connection.Watches.Count >= options.WatchesPerConnection && !connection.Watches.ContainsKey(watch.At))
        {
            throw Fault.Of("watches.limit", $"One connection may watch {options.WatchesPerConnection} records. Unwatch some first.");
        }

        if (connection.Replace(watch) is { } before)
        {
            using (time.CreateTimer(static watch => ((Watch)watch!).Settle(), before, SettleWithin, Timeout.InfiniteTimeSpan))
            {
                await before.Settled;
            }

            before.End();
        }
    }

    private Topic Join(Watch watch)
    {
        while (true)
        {
            var topic = _topics.GetOrAdd(watch.At, at => new(at, options) { Number = Interlocked.Increment(ref _numbers), CompareAt = time.GetTimestamp() + (options.HeadsEvery.Ticks * time.TimestampFrequency / TimeSpan.TicksPerSecond) });
            if (topic.Join(watch))
            {
                return topic;
            }

            _topics.TryRemove(new(watch.At, topic));
        }
    }

    private async Task<CatchUp?> Read(Address at, Caller caller, long? since, CancellationToken cancel) => since is { } version
        ? await records.Since(at, caller, version, options.ResumeChanges, cancel)
        : await records.Read(at, caller, cancel) is { } record ? new(record.Version, record, null) : null;

    private void Written(Topic topic, Watch watch)
    {
        topic.Written(watch);
        Greeting?.Invoke(watch);
        flusher.FlushLater();
    }

    private void Hear(Nudge nudge)
    {
        try
        {
            if (_topics.TryGetValue(nudge.At, out var topic) && topic.Hear(nudge))
            {
                _ = Mend(topic);
            }
        }
        catch (Exception fault)
        {
            log.LogError(fault, "A nudge of {Record} could not be passed on.", nudge.At);
        }
    }

    private void HearLists(Nudge nudge)
    {
        try
        {
            board.Hear(nudge);
        }
        catch (Exception fault)
        {
            log.LogError(fault, "Lists could not take a nudge of {Record}.", nudge.At);
        }
    }

    private sealed record Audience(IDisposable Subscription)
    {
        public int Connections { get; set; }

        public long EmptySince { get; set; }
    }
}
