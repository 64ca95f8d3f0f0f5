namespace Crm.Engine;

/// <summary>Who writes in which field of one place: at most one user in each, for as long as he writes.</summary>
internal sealed class ClaimBook(TimeProvider time)
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private long _number;

    /// <summary>All claims, by field.</summary>
    public IReadOnlyList<Claim> All => [.. _entries.Values.Select(entry => entry.Claim)];

    /// <summary>The user writes in a field: it becomes his where it is free, and stays his where it is.</summary>
    /// <returns>Whether a claim has changed hands.</returns>
    public bool Write(string user, string field)
    {
        if (!_entries.TryGetValue(field, out var entry))
        {
            Grant(user, field);
            _entries[field].Wrote = true;
            return true;
        }

        if (entry.Claim.User == user)
        {
            (entry.WrittenAt, entry.Wrote) = (time.GetTimestamp(), true);
        }

        return false;
    }

    /// <summary>What a wish comes to: the claim after it, null when the field is free.</summary>
    public (Claim? Claim, bool Changed) Answer(ClaimAsk ask)
    {
        var entry = _entries.GetValueOrDefault(ask.Field);
        var mine = entry?.Claim.User == ask.User;
        switch (ask.How)
        {
            case ClaimHow.Release when mine:
                return (Pass(entry!), true);
            case ClaimHow.Release when entry?.Claim.Asked == ask.User:
                entry.Claim = entry.Claim with { Asked = null };
                return (entry.Claim, true);
            case ClaimHow.Release:
                return (entry?.Claim, false);
            case ClaimHow.Ask when entry is not null && !mine:
                entry.Claim = entry.Claim with { Asked = ask.User }; // Who asks last is told first: he is the one who waits now.
                entry.AskedAt = time.GetTimestamp();
                return (entry.Claim, true);
            case ClaimHow.Take when !mine:
            case ClaimHow.Ask when entry is null:
                return (Grant(ask.User, ask.Field), true);
            default:
                entry!.WrittenAt = time.GetTimestamp();
                return (entry.Claim, false);
        }
    }

    /// <summary>A front end knows of a claim that this place has forgotten: the later one holds.</summary>
    public bool Recall(Claim claim)
    {
        if (_entries.TryGetValue(claim.Field, out var entry) && entry.Claim.Number >= claim.Number)
        {
            return false;
        }

        _number = Math.Max(_number, claim.Number);
        _entries[claim.Field] = new(claim, time.GetTimestamp());
        return true;
    }

    /// <summary>Lets claims go whose time has run out, and those of users who are not there or write elsewhere.</summary>
    /// <param name="writes">Whether a user is there, with this field open.</param>
    public bool Sweep(Func<string, string, bool> writes, Func<string, bool> isThere)
    {
        var changed = false;
        foreach (var entry in _entries.Values.ToList())
        {
            if (entry.Claim.Asked is { } asked && !isThere(asked))
            {
                entry.Claim = entry.Claim with { Asked = null };
                changed = true;
            }

            // Who was given it has not begun yet: he need only be there.
            var holds = entry.Wrote ? writes(entry.Claim.User, entry.Claim.Field) : isThere(entry.Claim.User);
            if (!holds || HasRunOut(entry))
            {
                Pass(entry);
                changed = true;
            }
        }

        return changed;
    }

    private bool HasRunOut(Entry entry) => entry.Claim.Asked is null
        ? time.GetElapsedTime(entry.WrittenAt) >= PresenceTimes.Claim
        : time.GetElapsedTime(Math.Max(entry.WrittenAt, entry.AskedAt)) >= PresenceTimes.AskedClaim;

    private Claim? Pass(Entry entry)
    {
        _entries.Remove(entry.Claim.Field);
        return entry.Claim.Asked is { } next ? Grant(next, entry.Claim.Field) : null;
    }

    private Claim Grant(string user, string field)
    {
        var claim = new Claim(field, user, ++_number);
        _entries[field] = new(claim, time.GetTimestamp()) { AskedAt = time.GetTimestamp() };
        return claim;
    }

    private sealed class Entry(Claim claim, long writtenAt)
    {
        public Claim Claim { get; set; } = claim;

        public long WrittenAt { get; set; } = writtenAt;

        public long AskedAt { get; set; }

        public bool Wrote { get; set; }
    }
}
