using Crm.Engine;

namespace Crm.Simulation;

/// <summary>Where a decision is taken. Numbers are part of what a seed means.</summary>
public enum Site : ulong
{
    /// <summary>Which turn comes next.</summary>
    Turn = 1,

    /// <summary>The order of what is due at one instant.</summary>
    Tie,

    /// <summary>How long a message is under way.</summary>
    Delay,

    /// <summary>Whether a message is late beyond that.</summary>
    Late,

    /// <summary>Whether a nudge is lost.</summary>
    Lost,

    /// <summary>Whether a nudge comes twice.</summary>
    Double,

    /// <summary>What becomes of a commit.</summary>
    Fate,

    /// <summary>Where a record is placed, and which front end a client takes.</summary>
    Place,

    /// <summary>What a case consists of.</summary>
    Plan,
}

/// <summary>Randomness without a stream: each decision is a hash of the seed, its place and what it is about.</summary>
/// <remarks>So taking one operation out of a case leaves the decisions about all others as they were, and a bug survives shrinking.</remarks>
public readonly struct Keyed(ulong seed)
{
    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014).</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    /// <summary>The same in every process, unlike a string's own hash (FNV-1a).</summary>
    public static ulong Of(string text)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var c in text)
        {
            hash = (hash ^ c) * 0x100000001b3;
        }

        return Mix(hash);
    }

    /// <summary>Of a command's id.</summary>
    public static ulong Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        return Mix(BitConverter.ToUInt64(bytes) ^ Mix(BitConverter.ToUInt64(bytes[8..])));
    }

    /// <summary>Of a place.</summary>
    public static ulong Of(Address at) => Mix(Of(at.Tenant) ^ Mix(Of(at.Kind) ^ Mix(Of(at.Id))));

    /// <summary>64 bits.</summary>
    public ulong Hash(Site site, ulong what, ulong which = 0) => Mix(seed ^ Mix((ulong)site ^ Mix(what ^ Mix(which))));

    /// <summary>0 up to 1, 1 excluded.</summary>
    public double Unit(Site site, ulong what, ulong which = 0) => (Hash(site, what, which) >> 11) * (1.0 / (1UL << 53));

    /// <summary>True this often.</summary>
    public bool Chance(double share, Site site, ulong what, ulong which = 0) => share > 0 && Unit(site, what, which) < share;

    /// <summary>0 up to the bound, excluded.</summary>
    public int Below(int bound, Site site, ulong what, ulong which = 0) => (int)(Unit(site, what, which) * bound);

    /// <summary>A time between two times.</summary>
    public long Between(long from, long to, Site site, ulong what, ulong which = 0) => from + (long)(Unit(site, what, which) * (to - from));
}
