using System.Text.Json;
using Crm.Engine;

namespace Crm.Simulation;

/// <summary>A row of the outbox.</summary>
public sealed class Row(long seq, Address at, long version, string reaction)
{
    /// <summary>Drawn before the commit, so not in the order of commits.</summary>
    public long Seq => seq;

    /// <summary>The record.</summary>
    public Address At => at;

    /// <summary>Of the change.</summary>
    public long Version => version;

    /// <summary>Who must hear of it.</summary>
    public string Reaction => reaction;

    /// <summary>When it may be claimed, in ticks of the world.</summary>
    public long DueAt { get; set; }

    /// <summary>Tries so far.</summary>
    public int Attempts { get; set; }
}

/// <summary>What a record is in the database.</summary>
public sealed class Shelf
{
    /// <summary>By version, from 1.</summary>
    public List<Change> Changes { get; } = [];

    /// <summary>The record after each of them.</summary>
    public List<RecordView> Views { get; } = [];

    /// <summary>The command behind each of them.</summary>
    public List<(string User, Guid Id)> Commands { get; } = [];

    /// <summary>When each was stored, in ticks of the world.</summary>
    public List<long> Times { get; } = [];

    /// <summary>The read model.</summary>
    public RecordView? Head => Views.Count > 0 ? Views[^1] : null;
}

/// <summary>The database: what survives every crash. It does in one step what a transaction does.</summary>
public sealed class Store(World world, Bug bug)
{
    // Two fewer than the product's, so that a minute of searching meets dead letters.
    private const int Attempts = 3;
    private static readonly long Lease = TimeSpan.FromSeconds(2).Ticks;
    private static readonly long Backoff = TimeSpan.FromMilliseconds(100).Ticks;
    private readonly Dictionary<Address, Shelf> _shelves = [];
    private readonly Dictionary<(Address At, string User, Guid Command), Recorded> _answers = [];
    private long _rows;

    /// <summary>Every record that was ever written.</summary>
    public IReadOnlyDictionary<Address, Shelf> Shelves => _shelves;

    /// <summary>Rows that nobody has finished, dead letters among them.</summary>
    public SortedDictionary<long, Row> Outbox { get; } = [];

    /// <summary>What is to ring, by tenant, bell and key.</summary>
    public Dictionary<(string Tenant, string Bell, string Key), Alarm> Alarms { get; } = [];

    /// <summary>The read model of a record.</summary>
    public RecordView? Head(Address at) => _shelves.GetValueOrDefault(at)?.Head;

    /// <summary>Changes after a version.</summary>
    public IReadOnlyList<Change> Read(Address at, long after, int limit) =>
        _shelves.TryGetValue(at, out var shelf) ? [.. shelf.Changes.Skip((int)Math.Max(after, 0)).Take(limit)] : [];

    /// <summary>One transaction.</summary>
    /// <exception cref="StaleException">Somebody else wrote this version.</exception>
    public Recorded? Commit(Entry entry)
    {
        var key = (entry.At, entry.User, entry.CommandId);
        if (bug != Bug.NoDedupe && _answers.TryGetValue(key, out var earlier))
        {
            world.Saw("command found in the journal");
            return earlier;
        }

        if (entry.Change is { } change)
        {
            if (!_shelves.TryGetValue(entry.At, out var shelf))
            {
                _shelves[entry.At] = shelf = new();
            }

            if (bug != Bug.NoFence && change.Version != shelf.Changes.Count + 1)
            {
                world.Saw("write fenced off");
                throw new StaleException(entry.At, change.Version);
            }

            Append(shelf, entry, change);
            Remember(entry, change);
        }

        else if (bug is not (Bug.NoFence or Bug.UnfencedAnswer) && (Head(entry.At)?.Version ?? 0) != entry.Seen)
        {
            world.Saw("answer fenced off");
            throw new StaleException(entry.At, entry.Seen);
        }

        _answers[key] = new(entry.BodyHash, entry.Answer);
        return null;
    }

    /// <summary>Takes rows that are due; nobody else gets them before the lease ends.</summary>
    public IReadOnlyList<(Row Row, int Attempt)> Claim(int most)
    {
        var due = Outbox.Values.Where(row => row.DueAt <= world.Now && row.Attempts < Attempts).Take(most).ToList();
        foreach (var row in due)
        {
            if (row.Attempts++ > 0)
            {
                world.Saw("reaction tried again");
            }

            row.DueAt = world.Now + Lease;
        }

        return [.. due.Select(row => (row, row.Attempts))];
    }

    /// <summary>It failed: it comes again later, or is a dead letter.</summary>
    public void Retry(Row row, int attempt)
    {
        if (row.Attempts == attempt)
        {
            row.DueAt = world.Now + (Backoff << (2 * (attempt - 1)));
        }
    }

    /// <summary>An operator replays every dead letter.</summary>
    public void Replay()
    {
        foreach (var row in Outbox.Values.Where(row => row.Attempts >= Attempts))
        {
            world.Saw("dead letter replayed");
            (row.Attempts, row.DueAt) = (0, world.Now);
        }
    }

    /// <summary>What a process must hear: the change, and the record as it left it.</summary>
    public Nudge Heard(Row row)
    {
        var shelf = _shelves[row.At];
        return new(row.At, shelf.Changes[(int)row.Version - 1], shelf.Views[(int)row.Version - 1]);
    }

    /// <summary>What a user may do now; null when there is no such user, or he may not sign in.</summary>
    public Caller? Caller(SessionKey session) =>
        Head(new(session.Tenant, "users", session.User)) is { } person && person.Fields.TryGetValue("roles", out var roles) && roles.ValueKind == JsonValueKind.String
            ? Rights.Of(session.Tenant, session.User, roles.GetString()!)
            : null;

    private void Append(Shelf shelf, Entry entry, Change change)
    {
        shelf.Changes.Add(change);
        shelf.Views.Add(entry.After!);
        shelf.Commands.Add((entry.User, entry.CommandId));
        shelf.Times.Add(world.Now);
        world.Note(Keyed.Of(entry.At) ^ (ulong)change.Version);
        if (world.Story is not null)
        {
            world.Log($"stored {entry.At} version {change.Version} {change.Type} by {entry.User}: {string.Join(' ', change.Fields.Select(field => $"{field.Key}={field.Value.To}"))}");
        }
    }

    private void Remember(Entry entry, Change change)
    {
        foreach (var reaction in entry.Reactions)
        {
            var seq = (++_rows * 4) + world.Keyed.Below(8, Site.Tie, Keyed.Of(entry.At), (ulong)change.Version);
            while (Outbox.ContainsKey(seq))
            {
                seq++;
            }

            Outbox.Add(seq, new(seq, entry.At, change.Version, reaction));
        }
    }
}
