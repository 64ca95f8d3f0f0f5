namespace Crm.Web.Live;

/// <summary>One record that connections of this front end watch: puts nudges in order and fans them out.</summary>
/// <remarks>A nudge may be lost, late or doubled. Only the version after the last one is passed on; whoever finds a gap has the journal read.</remarks>
internal sealed class Topic(Address at, LiveOptions options)
{
    private const string DeletedField = "deleted";
    private const int MostAhead = 256;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Watch>> _audiences = [];
    private readonly SortedDictionary<long, Nudge> _ahead = [];
    private long _seen;
    private long _begun;

    public Address At => at;

    /// <summary>Counts the topics of a node: their order, and what spreads their comparisons.</summary>
    public long Number { get; init; }

    /// <summary>The last version that was passed on; 0 while none is known.</summary>
    public long Version { get; private set; }

    /// <summary>Nobody watches any more: it has left the relay.</summary>
    public bool Retired { get; private set; }

    /// <summary>When its head is to be compared with the journal.</summary>
    public long CompareAt { get; set; }

    /// <summary>A reader knows of a version that no nudge has brought yet.</summary>
    public bool Behind => Version < Volatile.Read(ref _seen);

    /// <summary>Some watchers see this record only while they own it.</summary>
    public bool NeedsOwner
    {
        get
        {
            lock (_gate)
            {
                return _audiences.Values.Any(audience => audience.Exists(watch => watch.Redaction.OnlyOwn is not null));
            }
        }
    }

    /// <summary>Takes a watcher in; false when the topic has retired.</summary>
    public bool Join(Watch watch)
    {
        lock (_gate)
        {
            if (Retired)
            {
                return false;
            }

            (watch.Topic, watch.JoinedAt) = (this, Version);
            if (!_audiences.TryGetValue(watch.Class, out var audience))
            {
                _audiences[watch.Class] = audience = [];
            }

            audience.Add(watch);
            return true;
        }
    }

    /// <summary>Lets ended watchers go; true when none is left and the topic has retired.</summary>
    public bool Sweep()
    {
        lock (_gate)
        {
            foreach (var (name, audience) in _audiences)
            {
                audience.RemoveAll(static watch => watch.Ended);
                if (audience.Count == 0)
                {
                    _audiences.Remove(name);
                }
            }

            return Retired = _audiences.Count == 0;
        }
    }

    /// <summary>The record was read for a watcher. False when that was an older state than this topic has passed on: read again.</summary>
    public bool Answer(Watch watch, long version, long now)
    {
        lock (_gate)
        {
            // What came before this topic knew a version was passed on to nobody, also not to watchers who had joined by then.
            if (version < Math.Max(watch.JoinedAt, _begun))
            {
                return false;
            }

            watch.Answer(version, now);
            if (Version == 0)
            {
                Version = _begun = version;
                CatchUp();
            }

            _seen = Math.Max(_seen, version);
            return true;
        }
    }

    /// <summary>The answer to a watcher is being written.</summary>
    public void Written(Watch watch)
    {
        lock (_gate)
        {
            watch.Written();
        }
    }

    /// <summary>A watcher's rights have changed.</summary>
    public bool Suspend(Watch watch)
    {
        lock (_gate)
        {
            return watch.Suspend();
        }
    }

    /// <summary>Hears a nudge; true when it left a gap that must be read from the journal.</summary>
    public bool Hear(Nudge nudge)
    {
        lock (_gate)
        {
            if (Version > 0 && nudge.Change.Version == Version + 1)
            {
                Pass(nudge);
                CatchUp();
                return _ahead.Count > 0;
            }

            if (nudge.Change.Version <= Version)
            {
                return false;
            }

            _ahead[nudge.Change.Version] = nudge;
            if (_ahead.Count > MostAhead)
            {
                _ahead.Remove(_ahead.Keys.First()); // The journal has it.
            }

            return Version > 0;
        }
    }

    /// <summary>Passes on changes that were read from the journal.</summary>
    /// <param name="after">The record after the last of them, where it is known.</param>
    public void Fill(IEnumerable<Change> changes, RecordView? after)
    {
        lock (_gate)
        {
            foreach (var change in changes)
            {
                if (change.Version == Version + 1)
                {
                    // When it was decided is near enough to its commit: what comes this way is late by much more.
                    Pass(change, after, LiveSignals.Begin(at.Kind, change.At, null));
                }
            }

            CatchUp();
        }
    }

    /// <summary>Too much was missed: every watcher is told to watch again.</summary>
    public void CutAll()
    {
        lock (_gate)
        {
            foreach (var watch in _audiences.Values.SelectMany(static audience => audience))
            {
                if (watch.Suspend())
                {
                    watch.Connection.Outbox.Resync(at.Ref);
                    watch.Connection.Touch();
                }
            }
        }
    }

    /// <summary>The record has gone without a change that says so.</summary>
    public void Gone(long version, string by)
    {
        lock (_gate)
        {
            var frame = Frames.Removed(at.Ref, version, by);
            foreach (var watch in _audiences.Values.SelectMany(static audience => audience))
            {
                watch.Deliver(long.MaxValue, frame, last: true, options);
            }
        }
    }

    /// <summary>Has every watcher told who is here.</summary>
    public void Look(Seat seat) => Each(watch => watch.Look(seat));

    /// <summary>Offers again what watchers had no room for.</summary>
    public void OfferShed() => Each(static watch => watch.OfferShed());

    /// <summary>Watches whose answer was never written, because the client asked for none.</summary>
    public void Abandon(Func<long, bool> longAgo)
    {
        lock (_gate)
        {
            foreach (var watch in _audiences.Values.SelectMany(static audience => audience))
            {
                if (watch.Answering && longAgo(watch.AnsweredAt))
                {
                    watch.End();
                }
            }
        }
    }

    private void Each(Action<Watch> action)
    {
        lock (_gate)
        {
            foreach (var watch in _audiences.Values.SelectMany(static audience => audience))
            {
                action(watch);
            }
        }
    }

    private void CatchUp()
    {
        while (_ahead.Count > 0 && _ahead.First() is var (version, nudge) && version <= Version + 1)
        {
            _ahead.Remove(version);
            if (version == Version + 1)
            {
                Pass(nudge);
            }
        }
    }

    private void Pass(Nudge nudge) => Pass(nudge.Change, nudge.After, LiveSignals.Begin(at.Kind, nudge.Committed, nudge.Trace));

    private void Pass(Change change, RecordView? after, LiveSignals.Origin? origin)
    {
        Version = change.Version;
        var deleted = after is { Deleted: true } || (change.Fields.TryGetValue(DeletedField, out var mark) && mark.To.ValueKind == System.Text.Json.JsonValueKind.True);
        foreach (var audience in _audiences.Values)
        {
            byte[]? changed = null;
            foreach (var watch in audience)
            {
                // The class tells what is shown of a record. Whether it is shown at all is the same for all of a class, too.
                changed ??= deleted || (after is not null && !watch.Redaction.Sees(after))
                    ? []
                    : Frames.Changed(at.Ref, watch.Redaction.Show(change));
                watch.Deliver(change.Version, changed.Length == 0 ? Frames.Removed(at.Ref, change.Version, change.By) : changed, changed.Length == 0, options, origin);
            }
        }
    }
}
