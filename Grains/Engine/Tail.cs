using System.Text.Json;

namespace Crm.Engine;

/// <summary>The last changes of a record, in memory: what merging, resuming and undoing read instead of the journal.</summary>
/// <remarks>Holds every change after <see cref="From"/> without a gap, those in flight too.</remarks>
public sealed class Tail(long from)
{
    private const int Keep = 64;
    private const int TrimAt = 256;
    private readonly List<Change> _changes = [];

    /// <summary>Changes after this version are here; those up to it are in the journal alone.</summary>
    public long From { get; private set; } = from;

    /// <summary>The version after which the next change comes.</summary>
    public long Head => From + _changes.Count;

    /// <summary>Takes the next change.</summary>
    public void Add(Change change)
    {
        if (change.Version != Head + 1)
        {
            throw new InvalidOperationException($"Version {change.Version} does not follow {Head}.");
        }

        _changes.Add(change);
    }

    /// <summary>Takes older changes that were read from the journal; they must end where the tail begins.</summary>
    public void Prepend(IReadOnlyList<Change> older)
    {
        if (older.Count > 0 && older[^1].Version == From)
        {
            _changes.InsertRange(0, older);
            From = older[0].Version - 1;
        }
    }

    /// <summary>Lets go of what is unlikely to be asked for, but never of what is not committed.</summary>
    public void Trim(long committed)
    {
        if (_changes.Count >= TrimAt && (int)Math.Min(_changes.Count - Keep, committed - From) is > 0 and var old)
        {
            _changes.RemoveRange(0, old);
            From += old;
        }
    }

    /// <summary>The changes after <paramref name="version"/> and up to <paramref name="through"/>; the version must not be before <see cref="From"/>.</summary>
    public IEnumerable<Change> After(long version, long through = long.MaxValue) =>
        _changes.Skip((int)Math.Min(version - From, _changes.Count)).TakeWhile(change => change.Version <= through);

    /// <summary>What the field was at that version, and the last change that touched it since; null when none did.</summary>
    public (JsonElement Before, Change Last)? Touched(string field, long since)
    {
        JsonElement? before = null;
        Change? last = null;
        foreach (var change in After(since))
        {
            if (change.Fields.TryGetValue(field, out var value))
            {
                before ??= value.From;
                last = change;
            }
        }

        return last is null ? null : (before!.Value, last);
    }
}
