namespace Crm.Silo.Postgres;

/// <summary>Where a record's chain of changes breaks.</summary>
/// <param name="Version">The first version that is not what was written.</param>
/// <param name="Reason">For an auditor.</param>
public sealed record ChainFault(long Version, string Reason);

/// <summary>Walks a record's changes from the first one on.</summary>
/// <remarks>Needs no key: the chain is over what is stored, so it holds after an erasure too.</remarks>
internal sealed class ChainCheck(Address at)
{
    public const int PageSize = 1_000;
    private byte[] _hash = ChangeCodec.Root(at);

    /// <summary>The last version that was found right.</summary>
    public long Version { get; private set; }

    /// <summary>The first thing that is wrong.</summary>
    public ChainFault? Fault { get; private set; }

    /// <summary>Takes the next changes in the order of their versions.</summary>
    public void Walk(IEnumerable<StoredChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Version != Version + 1)
            {
                Fault = new(Version + 1, $"The change is missing; version {change.Version} follows {Version}.");
                return;
            }

            if (!ChangeCodec.Hash(_hash, change).AsSpan().SequenceEqual(change.Hash))
            {
                Fault = new(change.Version, "The change is not the one that was written.");
                return;
            }

            (_hash, Version) = (change.Hash, change.Version);
        }
    }

    /// <summary>Compares the end of the chain with the record's head.</summary>
    public ChainFault? Close(long version, byte[] hash) => Fault ?? (
        version > Version ? new(Version + 1, $"The changes end at version {Version}; the record is at {version}.")
        : version < Version ? new(version + 1, $"The record is at version {version}; its changes go on to {Version}.")
        : !hash.AsSpan().SequenceEqual(_hash) ? new(Version, "The record's head is of another chain.")
        : null);
}
