namespace Crm.Web.Live;

/// <summary>What somebody is to be told of who is there. What it comes to is decided when it is its turn to be sent: so it coalesces by itself, holds no bytes, and can be shed.</summary>
internal abstract class Glance
{
    private int _queued;

    /// <summary>There was no room for it: it is offered again with the next beat.</summary>
    public bool Shed { get; set; }

    /// <summary>Whether it has to be queued; false while it waits already.</summary>
    public bool Enter() => Interlocked.Exchange(ref _queued, 1) == 0;

    /// <summary>It waits no more.</summary>
    public void Leave() => Volatile.Write(ref _queued, 0);

    /// <summary>The messages that say what is new, none when nothing is. Called by one pump at a time.</summary>
    public IReadOnlyList<byte[]> Take()
    {
        Leave();
        return News();
    }

    /// <inheritdoc cref="Take"/>
    protected abstract IReadOnlyList<byte[]> News();
}

/// <summary>One connection's look at who is at a record that it watches.</summary>
/// <param name="before">The look at an earlier seat at the same place; its watcher knows what that one told.</param>
internal sealed class RoomGlance(Watch watch, Seat seat, RoomGlance? before = null) : Glance
{
    private readonly Dictionary<(string User, string Field), DateTimeOffset> _told = before?._told ?? [];
    private byte[]? _roster = before?._roster;

    /// <summary>What it looks at.</summary>
    public Seat Seat => seat;

    /// <inheritdoc />
    protected override IReadOnlyList<byte[]> News()
    {
        if (watch.Ended || watch.Connection.Profile is not { } me)
        {
            return [];
        }

        var shown = seat.Now.For(watch.Class, watch.Redaction, me.Team);
        var news = new List<byte[]>();
        if (_roster is null || !_roster.AsSpan().SequenceEqual(shown.Roster))
        {
            news.Add(_roster = shown.Roster);
        }

        foreach (var draft in shown.Drafts.Where(draft => draft.Of.User != me.User && (!_told.TryGetValue(draft.Of, out var at) || at != draft.At)))
        {
            _told[draft.Of] = draft.At;
            news.Add(draft.Frame);
        }

        foreach (var gone in _told.Keys.Except(shown.Drafts.Select(draft => draft.Of)).ToList())
        {
            _told.Remove(gone);
            news.Add(PresenceFrames.Withdrawn(watch.At.Ref, gone.User, gone.Field));
        }

        return news;
    }
}

/// <summary>One connection's look at who is signed in.</summary>
internal sealed class HallGlance(LiveConnection connection, Seat hall, ICatalog catalog) : Glance
{
    private readonly Dictionary<string, byte[]> _told = [];

    /// <summary>Whose look it is.</summary>
    public LiveConnection Connection => connection;

    /// <inheritdoc />
    protected override IReadOnlyList<byte[]> News()
    {
        if (connection.RightsOrNull is not { } rights || connection.Profile is not { } me)
        {
            return [];
        }

        var now = hall.Now.People.Where(person => person.IsShownTo(me.Team))
            .ToDictionary(person => person.Who.User, person => PresenceFrames.OfHall(person, Module(person, rights), person.Refs.Where(reference => MaySee(reference, rights))));
        var changed = now.Where(person => !_told.TryGetValue(person.Key, out var told) || !told.AsSpan().SequenceEqual(person.Value)).ToList();
        var gone = _told.Keys.Where(user => !now.ContainsKey(user)).ToList();
        foreach (var (user, told) in changed)
        {
            _told[user] = told;
        }

        gone.ForEach(user => _told.Remove(user));
        return changed.Count + gone.Count == 0 ? [] : [PresenceFrames.People(changed.Select(person => person.Value), gone)];
    }

    private string? Module(Person person, Rights rights) =>
        person.Module is { } module && catalog.Find(module) is { } kind && !rights.Of(kind).SeesKind ? null : person.Module;

    // Who sees only his own records is told of those that he has open himself: whether another one is his would have to be read.
    private bool MaySee(string reference, Rights rights) =>
        Address.FromRef(rights.Caller.Tenant, reference) is { } at && catalog.Find(at.Kind) is { } kind && rights.Of(kind) is { SeesKind: true } redaction
        && (redaction.OnlyOwn is null || connection.Watches.ContainsKey(at));
}
