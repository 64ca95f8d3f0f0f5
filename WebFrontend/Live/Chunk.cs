using System.Buffers;

namespace Crm.Web.Live;

/// <summary>What waits for a connection: a change for a watch, the mark that a list or a look at who is there has news, or a whole message.</summary>
internal readonly record struct Item(Watch? Watch, ListSubscription? List, byte[] Frame, LiveSignals.Origin? Origin = null, Glance? Glance = null);

/// <summary>What is handed to a socket at once.</summary>
/// <remarks>Consecutive changes travel as one message; a single message travels as it was encoded, without a copy.</remarks>
/// <param name="now">For measurements.</param>
internal struct Chunk(DateTimeOffset now)
{
    private byte[]? _change;
    private List<byte[]>? _changes;
    private ArrayBufferWriter<byte>? _joined;
    private byte[]? _single;

    /// <summary>Bytes that were added.</summary>
    public int Length { get; private set; }

    /// <summary>Adds what waited; nothing of a watch that has ended meanwhile.</summary>
    public void Add(Item item)
    {
        if (item.Watch is { } watch)
        {
            if (!watch.Ended)
            {
                AddChange(item.Frame);
                Length += item.Frame.Length;
                item.Origin?.Sent(now);
            }

            return;
        }

        foreach (var told in item.Glance?.Take() ?? [])
        {
            EndRun();
            Append(told);
            Length += told.Length;
        }

        if (item.Glance is not null)
        {
            return;
        }

        if ((item.List is { } list ? list.TakeNews() : item.Frame) is { } frame)
        {
            EndRun();
            Append(frame);
            Length += frame.Length;
            item.Origin?.Sent(now);
            if (item.List is { } sent)
            {
                LiveSignals.ListSent(sent.Kind.Name);
            }
        }
    }

    /// <summary>The bytes; null when there is nothing to send.</summary>
    public ReadOnlyMemory<byte>? Close()
    {
        EndRun();
        return _joined?.WrittenMemory ?? (_single is { } single ? (ReadOnlyMemory<byte>?)single : null);
    }

    // Most often there is one.
    private void AddChange(byte[] frame)
    {
        if (_change is null)
        {
            _change = frame;
        }
        else
        {
            (_changes ??= [_change]).Add(frame);
        }
    }

    private void EndRun()
    {
        if (_changes is not null)
        {
            Frames.ChangedMany(Joined(), _changes);
        }
        else if (_change is not null)
        {
            Append(_change);
        }

        (_change, _changes) = (null, null);
    }

    private void Append(byte[] frame)
    {
        if (_single is null && _joined is null)
        {
            _single = frame;
        }
        else
        {
            Joined().Write(frame);
        }
    }

    private ArrayBufferWriter<byte> Joined()
    {
        if (_joined is null)
        {
            _joined = new(Math.Max(1024, Length));
            _joined.Write(_single);
        }

        return _joined;
    }
}
