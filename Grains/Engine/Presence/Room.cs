namespace Crm.Engine;

/// <summary>One place: which connections are there through which front ends, merged by user, and who writes in which field.</summary>
/// <remarks>Keeps nothing but leases. Not safe for several threads: its host gives it one turn at a time.</remarks>
/// <param name="epoch">Tells this memory from one before it; above zero.</param>
public sealed class Room(long epoch, TimeProvider time)
{
    private const int MostRemembered = 256;
    private readonly Dictionary<string, Sitting> _sittings = [];
    private readonly Dictionary<string, (Person Person, long Version)> _people = [];
    private readonly Queue<(string User, long Version)> _gone = [];
    private readonly ClaimBook _claims = new(time);
    private long _forgotten;

    /// <summary>As it was given.</summary>
    public long Epoch => epoch;

    /// <summary>Goes up with every change.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>No front end is there: the room may be forgotten.</summary>
    public bool IsEmpty => _sittings.Count == 0;

    /// <summary>The front ends that hear of changes.</summary>
    public IReadOnlyCollection<string> Fronts => _sittings.Keys;

    /// <summary>Who is there now, in the order of their ids.</summary>
    public IReadOnlyList<Person> People => [.. _people.OrderBy(person => person.Key, StringComparer.Ordinal).Select(person => person.Value.Person)];

    /// <summary>The claims, in the order of their fields.</summary>
    public IReadOnlyList<Claim> Claims => _claims.All;

    /// <summary>Takes what a front end says, and answers what it does not know.</summary>
    public RoomNews Beat(Beat beat)
    {
        Sweep();
        var known = _sittings.TryGetValue(beat.Front, out var sitting);
        if ((!known || beat.Epoch != epoch) && !beat.Whole)
        {
            return News(beat, again: true, []);
        }

        if (beat.Bye)
        {
            if (sitting is null || beat.Number > sitting.Number)
            {
                Leave(beat.Front);
            }

            return News(beat, again: false, []);
        }

        if (sitting is not null && beat.Number <= sitting.Number)
        {
            return News(beat, again: false, []);
        }

        sitting ??= _sittings[beat.Front] = new();
        (sitting.Number, sitting.RenewedAt) = (beat.Number, time.GetTimestamp());
        Take(sitting, beat);
        return News(beat, again: false, [.. beat.Asks.Select(Answer)]);
    }

    /// <summary>Lets leases and claims go that have run out; whether anything changed.</summary>
    public bool Sweep()
    {
        var before = Version;
        foreach (var front in _sittings.Where(sitting => time.GetElapsedTime(sitting.Value.RenewedAt) >= PresenceTimes.Life).Select(sitting => sitting.Key).ToList())
        {
            Leave(front);
        }

        SweepClaims();
        return Version != before;
    }

    private void Take(Sitting sitting, Beat beat)
    {
        var touched = beat.Left.Where(sitting.Stays.ContainsKey).Select(connection => sitting.Stays[connection].Who.User).ToHashSet();
        foreach (var connection in beat.Left)
        {
            sitting.Stays.Remove(connection);
        }

        if (beat.Whole)
        {
            touched.UnionWith(sitting.Stays.Values.Select(stay => stay.Who.User));
            sitting.Stays.Clear();
        }

        foreach (var stay in beat.Stays)
        {
            sitting.Stays[stay.Connection] = stay;
            touched.Add(stay.Who.User);
        }

        Merge(touched);
        foreach (var claim in beat.Held.Where(claim => Writes(claim.User, claim.Field)))
        {
            Changed(_claims.Recall(claim));
        }

        // A whole beat repeats what was said long ago; only what is new says that somebody writes now.
        foreach (var stay in beat.Stays.Where(stay => stay is { Activity: Doing.Editing, Field: not null, Who.Sharing: not Sharing.Hidden }))
        {
            Changed(_claims.Write(stay.Who.User, stay.Field!));
        }

        SweepClaims();
    }

    private Claim? Answer(ClaimAsk ask)
    {
        if (!_people.TryGetValue(ask.User, out var there) || there.Person.Who.Sharing == Sharing.Hidden)
        {
            return _claims.All.FirstOrDefault(claim => claim.Field == ask.Field);
        }

        var (claim, changed) = _claims.Answer(ask);
        Changed(changed);
        return claim;
    }

    private void Leave(string front)
    {
        if (_sittings.Remove(front, out var sitting))
        {
            Merge(sitting.Stays.Values.Select(stay => stay.Who.User).ToHashSet());
            SweepClaims();
        }
    }

    private void Merge(HashSet<string> users)
    {
        foreach (var user in users.Order(StringComparer.Ordinal))
        {
            var stays = _sittings.Values.SelectMany(sitting => sitting.Stays.Values).Where(stay => stay.Who.User == user).ToList();
            if (stays.Count > 0)
            {
                _people[user] = (Person.Of(stays), ++Version);
            }
            else if (_people.Remove(user))
            {
                _gone.Enqueue((user, ++Version));
                if (_gone.Count > MostRemembered)
                {
                    _forgotten = _gone.Dequeue().Version;
                }
            }
        }
    }

    private void SweepClaims() => Changed(_claims.Sweep(Writes, _people.ContainsKey));

    private bool Writes(string user, string field) => _people.TryGetValue(user, out var there)
        && _sittings.Values.Any(sitting => sitting.Stays.Values.Any(stay => stay.Who.User == user && (stay.Field == field || there.Person.Drafts.Any(draft => draft.Field == field))));

    private void Changed(bool changed)
    {
        if (changed)
        {
            Version++;
        }
    }

    private RoomNews News(Beat beat, bool again, IReadOnlyList<Claim?> answers)
    {
        var all = beat.Epoch != epoch || beat.Known < _forgotten;
        return new(
            epoch, Version, again, all,
            [.. _people.Where(person => all || person.Value.Version > beat.Known).OrderBy(person => person.Key, StringComparer.Ordinal).Select(person => person.Value.Person)],
            all ? [] : [.. _gone.Where(gone => gone.Version > beat.Known && !_people.ContainsKey(gone.User)).Select(gone => gone.User).Distinct()],
            _claims.All, answers);
    }

    private sealed class Sitting
    {
        public Dictionary<string, Stay> Stays { get; } = [];

        public long Number { get; set; }

        public long RenewedAt { get; set; }
    }
}
