namespace Crm.Web.Live;

/// <summary>One connection's interest in a list.</summary>
internal sealed class ListSubscription(LiveConnection connection, string id, KindInfo kind, ListQuery query)
{
    private readonly Lock _gate = new();
    private readonly byte[] _head = Frames.ListHead(id);
    private ListGroup? _group;
    private ListSnapshot? _sent;
    private bool _live;
    private bool _queued;
    private bool _anew;
    private volatile bool _ended;

    public string Id => id;

    public KindInfo Kind => kind;

    public ListQuery Query => query;

    public LiveConnection Connection => connection;

    public bool Ended => _ended;

    /// <summary>The list that it follows; another one once the rights of its connection have changed.</summary>
    public ListGroup? Group
    {
        get
        {
            lock (_gate)
            {
                return _group;
            }
        }
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        _ended = true;
        connection.Lists.TryRemove(new(id, this));
    }

    /// <summary>This snapshot is the answer; what is newer waits until the answer is written.</summary>
    public void Answer(ListGroup group, ListSnapshot snapshot)
    {
        lock (_gate)
        {
            (_group, _sent) = (group, snapshot);
        }
    }

    /// <summary>The answer is being written.</summary>
    public void Written()
    {
        lock (_gate)
        {
            _live = true;
        }

        Notify();
    }

    /// <summary>The rights of its connection have changed: nothing more is sent until <see cref="Move"/>.</summary>
    public void Suspend()
    {
        lock (_gate)
        {
            _live = false;
        }
    }

    /// <summary>From now on it follows another list, and all it shows is sent again.</summary>
    public void Move(ListGroup group)
    {
        lock (_gate)
        {
            (_group, _anew, _live) = (group, true, true);
        }

        Notify();
    }

    /// <summary>The list has news, or may have.</summary>
    public void Notify()
    {
        lock (_gate)
        {
            if (_ended || !_live || _queued || _sent is null || (!_anew && _group?.Current == _sent))
            {
                return;
            }

            _queued = true;
        }

        connection.Outbox.Push(this);
        connection.Touch();
    }

    /// <summary>The message that brings the client from what it was last sent to what is shown now; null when that is the same.</summary>
    public byte[]? TakeNews()
    {
        lock (_gate)
        {
            _queued = false;
            if (_ended || !_live || _group?.Current is not { } current || _sent is not { } sent)
            {
                return null;
            }

            var body = _anew ? current.Anew(sent, closed: false) : current.Since(sent);
            (_sent, _anew) = (current, false);
            return body is null ? null : [.. _head, .. body];
        }
    }

    /// <summary>Takes every row back and ends: the caller may not see this list any more.</summary>
    public void Withdraw()
    {
        ListSnapshot? sent;
        lock (_gate)
        {
            sent = _sent;
        }

        End();
        if (sent is not null && new ListSnapshot(0, []).Anew(sent, closed: true) is { } body)
        {
            connection.Outbox.Push([.. _head, .. body]);
            connection.Touch();
        }
    }
}
