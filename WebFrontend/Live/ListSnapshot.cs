namespace Crm.Web.Live;

/// <summary>What a list showed at one moment. Subscribers keep the one they were sent, and get what the current one differs by.</summary>
internal sealed class ListSnapshot(long number, RecordView[] rows)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, byte[]?> _since = [];

    /// <summary>Unique within the process. Bytes are remembered by it, so that old snapshots can go.</summary>
    public long Number => number;

    public RecordView[] Rows => rows;

    /// <summary>Whether it shows the same as another.</summary>
    public bool Same(RecordView[] others) =>
        rows.Length == others.Length && rows.Zip(others).All(pair => pair.First.Id == pair.Second.Id && pair.First.Version == pair.Second.Version);

    /// <summary>The body of <c>ListChanged</c> that leads from an older snapshot here; null when they show the same. Encoded once.</summary>
    public byte[]? Since(ListSnapshot before)
    {
        lock (_gate)
        {
            if (!_since.TryGetValue(before.Number, out var body))
            {
                _since[before.Number] = body = Difference(before.Rows, all: false, closed: false);
            }

            return body;
        }
    }

    /// <summary>The same for someone whose rights have changed: what he has may be the right version and yet other fields.</summary>
    public byte[]? Anew(ListSnapshot before, bool closed) => Difference(before.Rows, all: true, closed);

    private byte[]? Difference(RecordView[] before, bool all, bool closed)
    {
        if (!all && Same(before))
        {
            return null;
        }

        var had = before.ToDictionary(row => row.Id, row => row.Version);
        var now = rows.Select(row => row.Id).ToHashSet();
        return Frames.ListBody(
            rows.Where(row => all || !had.TryGetValue(row.Id, out var version) || version != row.Version),
            before.Select(row => row.Id).Where(id => !now.Contains(id)),
            rows.Select(row => row.Id), closed);
    }
}
