using System.Buffers;

namespace Crm.Web.Live;

/// <summary>What waits for a connection: a change for a watch, the mark that a list has news, or a whole message.</summary>
internal readonly record struct Item(Watch? Watch, ListSubscription? List, byte[] Frame, LiveSignals.Origin? Origin = null);

/// <summary>What is handed to a socket at once.</summary>
/// <remarks>Consecutive changes travel as one message; a single message travels as it was encoded, without a copy.</remarks>
/// <param name="now">For measurements.</param>
internal struct Chunk(DateTimeOffset now)
{
    private readonly List<byte[]> _changes = [];
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
                _changes.Add(item.Frame);
                Length += item.Frame.Length;
                item.Origin?.Sent(now);
            }

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

    private void EndRun()
    {
        if (_changes.Count == 1)
        {
            Append(_changes[0]);
        }
        else if (_changes.Count > 1)
        {
            Frames.ChangedMany(Joined(), _changes);
        }

        _changes.Clear();
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
