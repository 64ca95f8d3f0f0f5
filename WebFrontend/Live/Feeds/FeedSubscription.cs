using Crm.Web.Feeds;

namespace Crm.Web.Live;

/// <summary>One connection's interest in a feed or a timeline.</summary>
internal sealed class FeedSubscription(LiveConnection connection, string id, ActivityQuery query)
{
    private const int Remembered = 1_024;
    private readonly Lock _gate = new();
    private readonly HashSet<(Address At, long Version)> _known = [];
    private readonly Queue<(Address At, long Version)> _order = new();
    private readonly HashSet<string> _shown = [];
    private List<ActivityEntry>? _buffer = [];
    private Rights? _rights;
    private bool _ended;

    public string Id => id;

    public ActivityQuery Query => query;

    public LiveConnection Connection => connection;

    /// <summary>What it shows; null before it is known.</summary>
    public ActivitySpec? Spec { get; private set; }

    public bool Ended => Volatile.Read(ref _ended);

    /// <summary>Whether the rights that it was opened with hold no more.</summary>
    public bool IsOutdated => _rights is not null && connection.RightsOrNull is { } now && !ReferenceEquals(now, _rights);

    /// <summary>From now on it hears; what it hears waits until the page that answers is written.</summary>
    public void Begin(ActivitySpec spec, Rights rights)
    {
        lock (_gate)
        {
            (Spec, _rights) = (spec, rights);
        }
    }

    /// <summary>These entries are in the answer.</summary>
    public void Answer(ActivityPage page)
    {
        lock (_gate)
        {
            foreach (var entry in page.Items)
            {
                Know(entry);
            }
        }
    }

    /// <summary>The answer is being written: what is newer goes after it.</summary>
    public void Written()
    {
        lock (_gate)
        {
            var waiting = _buffer ?? [];
            _buffer = null;
            foreach (var entry in waiting)
            {
                Send(entry);
            }
        }
    }

    /// <summary>A change has happened.</summary>
    public void Hear(Nudge heard)
    {
        lock (_gate)
        {
            if (_ended || Spec is not { } spec || IsOutdated || !spec.Selects(heard))
            {
                return;
            }

            if (spec.Show(heard.At, heard.Change, heard.After) is { } entry)
            {
                if (_buffer is not null)
                {
                    _buffer.Add(entry);
                }
                else
                {
                    Send(entry);
                }
            }
            else if (!spec.Sees(heard.After) && _shown.Contains(heard.At.Ref))
            {
                _shown.Remove(heard.At.Ref);
                Push(writer => FeedFrames.WriteRemoved(writer, heard.At.Ref));
            }
        }
    }

    /// <summary>Ends it and has the client ask again: what belongs to it, or what its reader may see, is something else now.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            connection.Feeds.TryRemove(new(id, this));
            Push(static writer => writer.WriteBoolean("reset", true));
        }
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            connection.Feeds.TryRemove(new(id, this));
        }
    }

    private void Send(ActivityEntry entry)
    {
        if (!Know(entry))
        {
            return;
        }

        if (connection.Outbox.Bytes > FeedFrames.MostWaiting)
        {
            Reset(); // It reads too slowly: one page is shorter than all that waits.
            return;
        }

        Push(writer => FeedFrames.WriteItem(writer, entry));
    }

    private void Push(Action<System.Text.Json.Utf8JsonWriter> members)
    {
        connection.Outbox.Push(FeedFrames.Changed(id, members));
        connection.Touch();
    }

    // False when it was shown already: a nudge may come twice, or be in the answer.
    private bool Know(ActivityEntry entry)
    {
        var key = (entry.At, entry.Change.Version);
        if (!_known.Add(key))
        {
            return false;
        }

        _shown.Add(entry.At.Ref);
        _order.Enqueue(key);
        if (_order.Count > Remembered)
        {
            _known.Remove(_order.Dequeue());
        }

        return true;
    }
}

/// <summary>What is pushed of feeds: <c>ActivityChanged({subscription, items? | removed? | reset?})</c>.</summary>
internal static class FeedFrames
{
    /// <summary>With more bytes than this waiting, a feed is read again instead of being told.</summary>
    public const int MostWaiting = 256 * 1024;

    public static byte[] Changed(string subscription, Action<System.Text.Json.Utf8JsonWriter> members) => Frames.Call("ActivityChanged", writer =>
    {
        writer.WriteString("subscription", subscription);
        members(writer);
    });

    public static void WriteItem(System.Text.Json.Utf8JsonWriter writer, ActivityEntry entry)
    {
        writer.WriteStartArray("items");
        ActivityJson.Write(writer, entry);
        writer.WriteEndArray();
    }

    public static void WriteRemoved(System.Text.Json.Utf8JsonWriter writer, string reference)
    {
        writer.WriteStartArray("removed");
        writer.WriteStringValue(reference);
        writer.WriteEndArray();
    }
}
