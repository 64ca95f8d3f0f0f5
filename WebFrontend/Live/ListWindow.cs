namespace Crm.Web.Live;

/// <summary>What a change did to a window.</summary>
[Flags]
internal enum WindowNews
{
    /// <summary>Nothing that its watchers could see.</summary>
    None = 0,

    /// <summary>What it shows has changed.</summary>
    Changed = 1,

    /// <summary>Which rows it should show is not known: read again.</summary>
    Short = 2,
}

/// <summary>The first rows of a list, kept right change by change.</summary>
/// <param name="limit">Rows that are shown.</param>
/// <param name="room">Rows that are kept; those beyond the limit take the place of rows that leave.</param>
internal sealed class ListWindow(ListSpec spec, int limit, int room)
{
    private readonly List<(RecordView View, ListPlace Place)> _rows = [];
    private RecordView[]? _unplaced;
    private bool _complete;

    /// <summary>The rows that are shown, in order.</summary>
    public RecordView[] Shown => [.. (_unplaced ?? _rows.Select(row => row.View)).Take(limit)];

    /// <summary>Takes rows as they were read.</summary>
    /// <param name="complete">There are no others in the list.</param>
    public void Load(IReadOnlyCollection<RecordView> rows, bool complete)
    {
        _complete = complete;
        _rows.Clear();
        foreach (var row in rows)
        {
            // A row may hide just the field that says why it is in the list: then each change has the list read again.
            if (spec.Place(row) is not { } place)
            {
                _unplaced = [.. rows];
                return;
            }

            _rows.Add((row, place));
        }

        _unplaced = null;
    }

    /// <summary>Takes a change.</summary>
    /// <param name="record">As it is now, reduced to what the watchers may see.</param>
    /// <param name="place">Where it stands; null when it does not belong (any more), or is not visible.</param>
    public WindowNews Hear(RecordView record, ListPlace? place)
    {
        if (_unplaced is not null)
        {
            return WindowNews.Short;
        }

        var was = _rows.FindIndex(row => row.View.Id == record.Id);
        if (was >= 0 && _rows[was].View.Version >= record.Version)
        {
            return WindowNews.None;
        }

        var edge = _rows.Count > 0 ? _rows[^1].Place : null;
        if (was >= 0)
        {
            _rows.RemoveAt(was);
        }

        var now = place is not null && Known(place, edge) ? Put(record, place) : int.MaxValue;
        var news = (was >= 0 && was < limit) || now < limit ? WindowNews.Changed : WindowNews.None;
        return !_complete && _rows.Count < limit ? news | WindowNews.Short : news;
    }

    // Behind the last known row there may be others that are not known, so a place there cannot be told.
    private bool Known(ListPlace place, ListPlace? edge) => _complete || (edge is not null && spec.Compare(place, edge) <= 0);

    private int Put(RecordView record, ListPlace place)
    {
        var at = _rows.FindIndex(row => spec.Compare(place, row.Place) < 0);
        at = at < 0 ? _rows.Count : at;
        _rows.Insert(at, (record, place));
        if (_rows.Count > room)
        {
            _rows.RemoveAt(_rows.Count - 1);
            _complete = false;
        }

        return at;
    }
}
