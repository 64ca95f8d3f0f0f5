using System.Collections.Concurrent;

namespace Crm.Web.Live;

/// <summary>This front end's seat at one place: which of its connections are there, what the place was told, and what it said.</summary>
/// <remarks>One message to the place is under way at a time; what comes meanwhile goes with the next one, of each connection only the last.</remarks>
/// <param name="beat">Numbers the messages of this front end, also over two seats at one place.</param>
internal sealed class Seat(Address at, string front, long number, Func<long> beat, LiveOptions options, TimeProvider time)
{
    // Of a few people each is told of at once.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(25);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Stay> _stays = [];
    private readonly HashSet<string> _changed = [];
    private readonly HashSet<string> _left = [];
    private readonly Dictionary<string, Person> _people = [];
    private readonly Dictionary<string, Person> _before = [];
    private List<Ask> _asks = [];
    private List<Ask> _asked = [];
    private IReadOnlyList<Claim> _claims = [];
    private long _epoch;
    private long _known;
    private long _epochAt;
    private long _newsAt;
    private int _dozes;
    private long _heardAt = time.GetTimestamp();
    private bool _isWhole = true;
    private bool _isDue = true;
    private bool _isUnderWay;
    private bool _isRetired;
    private bool _isLost;

    public Address At => at;

    /// <summary>Orders the seats of a front end.</summary>
    public long Number => number;

    /// <summary>Who is there.</summary>
    public Gathering Now { get; private set; } = Gathering.Empty(at);

    /// <summary>Connections that follow a hall, by id.</summary>
    public ConcurrentDictionary<string, HallGlance> Onlookers { get; } = new();

    /// <summary>When onlookers were told last, and whether they will be told again soon.</summary>
    public (long At, bool Armed) Telling { get; set; }

    /// <summary>Its next message will be looked for after a while; false when that is so already.</summary>
    public bool Doze() => Interlocked.Exchange(ref _dozes, 1) == 0;

    /// <summary>That while is over.</summary>
    public void Awake() => Volatile.Write(ref _dozes, 0);

    /// <summary>The connections of this front end that are there.</summary>
    public IReadOnlyList<Stay> Stays
    {
        get
        {
            lock (_gate)
            {
                return [.. _stays.Values];
            }
        }
    }

    /// <summary>One of them, or null.</summary>
    public Stay? Find(string connection)
    {
        lock (_gate)
        {
            return _stays.GetValueOrDefault(connection);
        }
    }

    /// <summary>A connection is there, or does something else there. False when this seat has been given up.</summary>
    public bool Set(string connection, Func<Stay?, Stay> change)
    {
        lock (_gate)
        {
            if (_isRetired)
            {
                return false;
            }

            _stays[connection] = change(_stays.GetValueOrDefault(connection));
            _changed.Add(connection);
            _left.Remove(connection);
            return true;
        }
    }

    /// <summary>A connection has left.</summary>
    public bool Remove(string connection)
    {
        lock (_gate)
        {
            _changed.Remove(connection);
            return _stays.Remove(connection) && _left.Add(connection);
        }
    }

    /// <summary>Wishes for a claim with the next message.</summary>
    public Task<Claim?> Wish(ClaimAsk wish)
    {
        var ask = new Ask(wish);
        lock (_gate)
        {
            _asks.Add(ask);
        }

        return ask.Task;
    }

    /// <summary>The next message is to be sent though there may be nothing new to say.</summary>
    public void Due()
    {
        lock (_gate)
        {
            _isDue = true;
        }
    }

    /// <summary>Gives the seat up; what is sent then is the last message.</summary>
    /// <param name="isNeeded">Looked at while nobody can come.</param>
    public bool Retire(Func<bool> isNeeded)
    {
        lock (_gate)
        {
            return !_isRetired && _stays.Count == 0 && _asks.Count == 0 && !isNeeded() && (_isRetired = _isDue = true);
        }
    }

    /// <summary>How long the next message waits for company, counted from the last news in either direction. Neither a wish nor a whole message does, nor the last one.</summary>
    public TimeSpan Rest(TimeSpan pace)
    {
        lock (_gate)
        {
            var mayWait = !_isUnderWay && !_isRetired && !_isWhole && _newsAt != 0 && _asks.Count == 0 && (_isDue || _changed.Count > 0 || _left.Count > 0);
            return mayWait && pace > Least && pace - time.GetElapsedTime(_newsAt) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
        }
    }

    /// <summary>The next message; null when one is under way or there is nothing to say.</summary>
    public Beat? Next()
    {
        lock (_gate)
        {
            if (_isUnderWay || (!_isDue && _changed.Count == 0 && _left.Count == 0 && _asks.Count == 0))
            {
                return null;
            }

            (_isUnderWay, _isDue) = (true, false);
            (_asks, _asked) = ([], _asks);
            var next = new Beat(
                front, beat(), _epoch, _known, _isWhole, [.. _isWhole ? _stays.Values : _changed.Select(connection => _stays[connection])], [.. _left],
                [.. _asked.Select(ask => ask.Wish)], _isWhole ? [.. _claims.Where(claim => _stays.Values.Any(stay => stay.Who.User == claim.User))] : [], _isRetired);
            _newsAt = _changed.Count + _left.Count > 0 ? time.GetTimestamp() : _newsAt;
            _changed.Clear();
            _left.Clear();
            return next;
        }
    }

    /// <summary>The place has answered; whether others are there now, or do something else.</summary>
    public bool Take(RoomNews news)
    {
        lock (_gate)
        {
            (_isUnderWay, _isWhole, _isLost, _heardAt) = (false, news.Again, false, time.GetTimestamp());
            if (news.Again)
            {
                _isDue = true;
                _asks.InsertRange(0, _asked);
                return false;
            }

            for (var i = 0; i < _asked.Count; i++)
            {
                _asked[i].TrySetResult(i < news.Answers.Count ? news.Answers[i] : null);
            }

            var moved = news.Epoch != _epoch || news.Version != _known;
            _newsAt = moved ? time.GetTimestamp() : _newsAt;
            Adopt(news);
            return moved && Gather();
        }
    }

    /// <summary>The place could not be reached: nobody knows what it has heard.</summary>
    public void Failed(Exception fault)
    {
        lock (_gate)
        {
            (_isUnderWay, _isWhole, _isDue) = (false, true, true);
            _asked.ForEach(ask => ask.TrySetException(fault));
        }
    }

    /// <summary>Lets people go of whom nothing was heard for too long; whether that changed who is there.</summary>
    public bool Forget()
    {
        lock (_gate)
        {
            var changed = _before.Count > 0 && time.GetElapsedTime(_epochAt) >= PresenceTimes.Renewal * 1.5 && Clear(_before);
            if (!_isLost && time.GetElapsedTime(_heardAt) >= PresenceTimes.Life)
            {
                (_isLost, _epoch, _known) = (true, 0, 0); // Those at this front end are known all the same.
                changed |= Clear(_people);
            }

            return changed && Gather();
        }
    }

    // A place that lost its memory hears of everybody again within a beat; until then those who were there before stay.
    private void Adopt(RoomNews news)
    {
        if (news.Epoch != _epoch)
        {
            foreach (var (user, person) in _epoch == 0 ? [] : _people)
            {
                _before[user] = person;
            }

            _epochAt = time.GetTimestamp();
        }

        if (news.All)
        {
            _people.Clear();
        }

        foreach (var person in news.Changed)
        {
            _people[person.Who.User] = person;
            _before.Remove(person.Who.User);
        }

        foreach (var user in news.Gone)
        {
            _people.Remove(user);
        }

        (_epoch, _known, _claims) = (news.Epoch, news.Version, news.Claims);
    }

    private bool Gather()
    {
        var people = new Dictionary<string, Person>(_before);
        foreach (var (user, person) in _people)
        {
            people[user] = person;
        }

        if (_isLost)
        {
            foreach (var user in _stays.Values.GroupBy(stay => stay.Who.User))
            {
                people[user.Key] = Person.Of([.. user]);
            }
        }

        Now = new(at, [.. people.OrderBy(person => person.Key, StringComparer.Ordinal).Select(person => person.Value)], _claims, options.PeopleShown);
        return true;
    }

    private static bool Clear(Dictionary<string, Person> people)
    {
        people.Clear();
        return true;
    }

    private sealed class Ask(ClaimAsk wish) : TaskCompletionSource<Claim?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public ClaimAsk Wish => wish;
    }
}
