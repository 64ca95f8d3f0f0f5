namespace Crm.Web.Live;

/// <summary>A page as it was read, and what the list showed with it.</summary>
internal sealed record Opened(ListSnapshot Snapshot, string? Next);

/// <summary>One list, for all its watchers on this front end who may see the same of it.</summary>
internal sealed class ListGroup(ListKey key, ListSpec spec, ListQuery query, ILists lists, TimeProvider time, long number)
{
    private const int Spare = 20;
    private const int MostRows = 200;
    private static readonly TimeSpan RefillEvery = TimeSpan.FromMilliseconds(250);
    private static long _numbers;
    private readonly Lock _gate = new();
    private readonly List<ListSubscription> _subscribers = [];
    private readonly Dictionary<string, Nudge> _heard = [];
    private readonly ListWindow _window = new(spec, query.Limit, Math.Min(MostRows, query.Limit + Spare));
    private Task<Opened>? _reading;
    private Opened? _opened;
    private bool _short;
    private bool _exact;
    private long _readAt;

    public ListKey Key => key;

    /// <summary>Counts the lists of a node: their order.</summary>
    public long Number => number;

    /// <summary>Nobody watches any more: it has left the board.</summary>
    public bool Retired { get; private set; }

    /// <summary>What it shows now; null until it was read.</summary>
    public ListSnapshot? Current { get; private set; }

    /// <summary>Takes a subscriber in; false when the group has retired.</summary>
    public bool Join(ListSubscription subscription)
    {
        lock (_gate)
        {
            if (!Retired)
            {
                _subscribers.Add(subscription);
            }

            return !Retired;
        }
    }

    /// <summary>Lets subscribers go that have ended or moved on; true when none is left.</summary>
    public bool Sweep()
    {
        lock (_gate)
        {
            _subscribers.RemoveAll(subscription => subscription.Ended || (subscription.Group is { } group && group != this));
            return Retired = _subscribers.Count == 0;
        }
    }

    /// <summary>The first page. A page that was read before serves as long as nothing has changed since: its cursor is exact.</summary>
    /// <exception cref="Microsoft.AspNetCore.SignalR.HubException">The question is refused.</exception>
    public async Task<Opened> Open(Caller caller)
    {
        while (true)
        {
            Task<Opened> reading;
            bool exact;
            lock (_gate)
            {
                if (_opened is { } opened && opened.Snapshot == Current)
                {
                    return opened;
                }

                reading = Reading(caller, query.Limit);
                exact = _exact;
            }

            if (exact)
            {
                return await reading;
            }

            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext); // A longer page: its cursor is not that of the first one.
        }
    }

    /// <summary>Takes a nudge of its kind.</summary>
    public void Hear(Nudge nudge)
    {
        lock (_gate)
        {
            if (_reading is not null && (!_heard.TryGetValue(nudge.At.Id, out var earlier) || earlier.Change.Version < nudge.Change.Version))
            {
                _heard[nudge.At.Id] = nudge;
            }

            if (Current is not null)
            {
                Note(Take(nudge));
            }
        }
    }

    /// <summary>Whether it should be read again: rows are missing, or its turn has come.</summary>
    public bool Due(TimeSpan every)
    {
        lock (_gate)
        {
            return _reading is null && time.GetElapsedTime(_readAt) > (_short ? RefillEvery : every);
        }
    }

    /// <summary>Reads it again and passes on what was missed.</summary>
    public async Task Check()
    {
        Task<Opened> reading;
        lock (_gate)
        {
            // Whoever still has the rights that this list is made with; a subscriber whose rights have changed is about to move on.
            if (_subscribers.Where(subscription => !subscription.Ended).Select(subscription => subscription.Connection.RightsOrNull)
                .FirstOrDefault(rights => rights?.Of(spec.Kind).Class == spec.Redaction.Class) is not { } rights)
            {
                return;
            }

            reading = Reading(rights.Caller, Math.Min(MostRows, query.Limit + Spare));
        }

        await reading;
    }

    private Task<Opened> Reading(Caller caller, int limit)
    {
        if (_reading is { } running)
        {
            return running;
        }

        _heard.Clear();
        _readAt = time.GetTimestamp();
        _exact = limit == query.Limit;
        var began = new TaskCompletionSource<Opened>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reading = began.Task;
        _ = Read(caller, limit, began);
        return began.Task;
    }

    private async Task Read(Caller caller, int limit, TaskCompletionSource<Opened> done)
    {
        try
        {
            var answer = await lists.Find(caller, spec.Kind.Name, query with { Limit = limit });
            if (answer.Page is not { } page)
            {
                throw Fault.Of(answer.Refusal!);
            }

            done.SetResult(Load(page));
        }
        catch (Exception fault)
        {
            lock (_gate)
            {
                _reading = null;
            }

            done.SetException(fault);
            _ = done.Task.Exception; // Those who wait for it see it; when nobody does it is no fault of the process.
        }
    }

    private Opened Load(Page page)
    {
        lock (_gate)
        {
            _reading = null;
            _short = false;
            _window.Load(page.Items, page.Next is null);
            var opened = new Opened(Show(), page.Next);
            _opened = _exact ? opened : null;
            var news = _heard.Values.Aggregate(WindowNews.None, (news, nudge) => news | Take(nudge));
            _heard.Clear();
            Note(news);
            _subscribers.ForEach(static subscription => subscription.Notify());
            return opened;
        }
    }

    private WindowNews Take(Nudge nudge) => spec.Place(nudge.After) is { } place
        ? _window.Hear(spec.Redaction.Show(nudge.After)!, place)
        : _window.Hear(nudge.After, null);

    private void Note(WindowNews news)
    {
        _short |= news.HasFlag(WindowNews.Short);
        if (news.HasFlag(WindowNews.Changed))
        {
            Show();
            _subscribers.ForEach(static subscription => subscription.Notify());
        }
    }

    private ListSnapshot Show()
    {
        var rows = _window.Shown;
        return Current is { } current && current.Same(rows) ? current : Current = new(Interlocked.Increment(ref _numbers), rows);
    }
}
