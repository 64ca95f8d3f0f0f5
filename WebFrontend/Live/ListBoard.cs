using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crm.Web.Live;

/// <summary>Lists are the same when question, size and visible fields are.</summary>
internal sealed record ListKey(string Tenant, string Kind, int Limit, string Fingerprint);

/// <summary>Every list that is watched on this front end.</summary>
internal sealed class ListBoard(
    ILists lists, ICatalog catalog, Flusher flusher, LiveOptions options, TimeProvider time, ILogger<ListBoard> log)
{
    private const int ChecksAtOnce = 4;
    private const int Remembered = 4_096;
    private long _numbers;
    private readonly ConcurrentDictionary<ListKey, ListGroup> _groups = new();
    private readonly ConcurrentDictionary<(string Tenant, string Kind), Shelf> _shelves = new();

    /// <summary>Joins the list first, then reads it: what happens between the two is sent after the answer.</summary>
    public async Task<ListAnswer> Watch(LiveConnection connection, KindInfo kind, ListQuery query, CancellationToken cancel = default)
    {
        if (connection.Lists.Count >= options.ListsPerConnection)
        {
            throw Fault.Of("lists.limit", $"One connection may watch {options.ListsPerConnection} lists. Unwatch some first.");
        }

        var subscription = new ListSubscription(connection, connection.NextList(), kind, query);
        connection.Lists[subscription.Id] = subscription;
        var answered = false;
        try
        {
            while (true)
            {
                var rights = connection.Rights;
                var group = await Join(subscription, rights);
                var opened = await group.Open(rights.Caller).WaitAsync(cancel);
                subscription.Answer(group, opened.Snapshot);
                if (ReferenceEquals(rights, connection.Rights))
                {
                    answered = true;
                    return new(subscription.Id, opened.Snapshot.Rows, opened.Next, () => Written(subscription));
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

    /// <summary>The rights of the connection have changed: the list is read anew with them, and what differs is sent.</summary>
    public async Task Refilter(ListSubscription subscription, Rights rights)
    {
        subscription.Suspend();
        try
        {
            if (!rights.Of(subscription.Kind).SeesKind)
            {
                subscription.Withdraw();
                return;
            }

            var group = await Join(subscription, rights);
            try
            {
                await group.Open(rights.Caller);
            }
            catch (Exception fault) when (fault is not Microsoft.AspNetCore.SignalR.HubException)
            {
                log.LogWarning(fault, "The list {List} cannot be read under new rights now; its next turn comes.", group.Key);
            }

            subscription.Move(group);
        }
        catch (Microsoft.AspNetCore.SignalR.HubException)
        {
            subscription.Withdraw(); // It asks for fields that are hidden now.
        }
    }

    /// <summary>Whether any list of this kind is watched.</summary>
    public bool Hears(Address at) => _shelves.TryGetValue((at.Tenant, at.Kind), out var shelf) && !shelf.Groups.IsEmpty;

    /// <summary>Takes a nudge.</summary>
    public void Hear(Nudge nudge)
    {
        if (!_shelves.TryGetValue((nudge.At.Tenant, nudge.At.Kind), out var shelf) || !shelf.IsNews(nudge))
        {
            return;
        }

        foreach (var group in shelf.Groups.Keys)
        {
            group.Hear(nudge);
        }
    }

    /// <summary>Reads lists again whose turn it is, or that have room for rows that are not known.</summary>
    public async Task Check()
    {
        foreach (var group in _groups.Values.Where(group => group.Sweep()))
        {
            Remove(group);
        }

        var every = TimeSpan.FromSeconds(Math.Max(options.ListsEvery.TotalSeconds, _groups.Count / options.ListChecksPerSecond));
        await Parallel.ForEachAsync(
            _groups.Values.Where(group => group.Due(every)).OrderBy(group => group.Number),
            new ParallelOptions { MaxDegreeOfParallelism = ChecksAtOnce, TaskScheduler = TaskScheduler.Current },
            async (group, _) => await Check(group));
        flusher.Flush();
    }

    private async Task Check(ListGroup group)
    {
        try
        {
            await group.Check();
        }
        catch (Exception fault)
        {
            log.LogWarning(fault, "The list {List} could not be read again; its next turn comes.", group.Key);
        }
    }

    private async ValueTask<ListGroup> Join(ListSubscription subscription, Rights rights)
    {
        var (kind, query) = (subscription.Kind, subscription.Query);
        if (!rights.Of(kind).SeesKind)
        {
            throw Fault.Of("access.denied", $"You may not read {kind.Name}.");
        }

        var own = kind.HasCustom ? await catalog.Custom(rights.Caller.Tenant, kind.Name) : [];
        var (spec, refusal) = ListSpec.Read(rights.Caller, kind, own, query.Q, query.Filter, query.Sort);
        if (spec is null)
        {
            throw Fault.Of(refusal!);
        }

        var key = new ListKey(rights.Caller.Tenant, kind.Name, query.Limit, spec.Fingerprint);
        while (true)
        {
            var group = _groups.GetOrAdd(key, key => new(key, spec, query, lists, time, Interlocked.Increment(ref _numbers)));
            if (group.Join(subscription))
            {
                _shelves.GetOrAdd((key.Tenant, key.Kind), _ => new()).Groups[group] = true;
                return group;
            }

            Remove(group);
        }
    }

    private void Remove(ListGroup group)
    {
        _groups.TryRemove(new(group.Key, group));
        if (_shelves.TryGetValue((group.Key.Tenant, group.Key.Kind), out var shelf))
        {
            shelf.Groups.TryRemove(group, out _);
        }
    }

    private void Written(ListSubscription subscription)
    {
        subscription.Written();
        flusher.FlushLater();
    }

    /// <summary>The lists of one kind, and which versions were heard last: a nudge that is late must not bring an old row back.</summary>
    private sealed class Shelf
    {
        private readonly Dictionary<string, long> _versions = [];
        private readonly Queue<string> _order = new();

        public ConcurrentDictionary<ListGroup, bool> Groups { get; } = [];

        // Called by one strand only.
        public bool IsNews(Nudge nudge)
        {
            var known = _versions.TryGetValue(nudge.At.Id, out var version);
            if (known && version >= nudge.Change.Version)
            {
                return false;
            }

            _versions[nudge.At.Id] = nudge.Change.Version;
            if (!known)
            {
                _order.Enqueue(nudge.At.Id);
                if (_order.Count > Remembered)
                {
                    _versions.Remove(_order.Dequeue());
                }
            }

            return true;
        }
    }
}
