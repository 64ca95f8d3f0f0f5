using System.Text.Json;

namespace Crm;

/// <summary>To whom a person's presence is shown. The stricter of the user's own choice and the tenant's policy holds.</summary>
public enum Sharing
{
    /// <summary>To everybody of the tenant who may see the record.</summary>
    Visible,

    /// <summary>To those with the same, not empty, team.</summary>
    Team,

    /// <summary>To nobody.</summary>
    Hidden,
}

/// <summary>What somebody does, from the least to the most: of several connections of one user the most holds.</summary>
public enum Doing
{
    /// <summary>Signed in, and has done nothing for a while.</summary>
    Away,

    /// <summary>Signed in and there.</summary>
    Online,

    /// <summary>Looks at the record.</summary>
    Viewing,

    /// <summary>Writes in it.</summary>
    Editing,
}

/// <summary>A value that is being written and not saved.</summary>
/// <param name="At">When it was written; two values of one field and user are told apart by it.</param>
public sealed record Unsaved(string Field, JsonElement Value, DateTimeOffset At);

/// <summary>Who one connection belongs to, as others may see him.</summary>
/// <param name="Team">Null for none.</param>
public sealed record Profile(string User, string Name, string? Team, Sharing Sharing);

/// <summary>One connection at one place: the lease that its front end holds there.</summary>
/// <param name="Connection">Unique among all front ends.</param>
/// <param name="Field">The field that is written in; null for none.</param>
/// <param name="Cursor">Where in it: the client's own small JSON; undefined for nothing.</param>
/// <param name="Unsaved">Whether something is written and not saved.</param>
/// <param name="Module">In a tenant's hall: the part of the product that is open, a kind's name where there is one.</param>
/// <param name="Refs">In a tenant's hall: the records that are open.</param>
/// <param name="Since">When this connection came.</param>
/// <param name="At">When it last said something.</param>
public sealed record Stay(
    string Connection, Profile Who, Doing Activity, string? Field, JsonElement Cursor, bool Unsaved, string? Module,
    IReadOnlyList<string> Refs, DateTimeOffset Since, DateTimeOffset At, IReadOnlyList<Unsaved> Drafts);

/// <summary>One user at one place, whatever number of connections he has there.</summary>
/// <param name="Since">When the first of them came.</param>
public sealed record Person(
    Profile Who, Doing Activity, string? Field, JsonElement Cursor, bool Unsaved, string? Module, IReadOnlyList<string> Refs,
    DateTimeOffset Since, IReadOnlyList<Unsaved> Drafts)
{
    /// <summary>The most records that are told of one person.</summary>
    public const int MostRefs = 8;

    /// <summary>Merges the connections of one user: the one that does most, and of those the one that spoke last, says what he does.</summary>
    /// <param name="stays">At least one, all of one user.</param>
    public static Person Of(IReadOnlyCollection<Stay> stays)
    {
        var first = stays.OrderByDescending(stay => stay.Activity).ThenByDescending(stay => stay.At).ThenBy(stay => stay.Connection, StringComparer.Ordinal).First();
        return new(
            first.Who, first.Activity, first.Field, first.Cursor, stays.Any(stay => stay.Unsaved), first.Module,
            [.. stays.OrderByDescending(stay => stay.At).SelectMany(stay => stay.Refs).Distinct().Take(MostRefs)],
            stays.Min(stay => stay.Since),
            [.. stays.SelectMany(stay => stay.Drafts).GroupBy(draft => draft.Field).Select(field => field.MaxBy(draft => draft.At)!).OrderBy(draft => draft.Field, StringComparer.Ordinal)]);
    }

    /// <summary>Whether an onlooker of a team may know of this person.</summary>
    public bool IsShownTo(string? team) => Who.Sharing switch
    {
        Sharing.Visible => true,
        Sharing.Team => team is not null && team == Who.Team,
        _ => false,
    };
}

/// <summary>That one user writes in a field, so that others wait or ask. It binds nobody's edits.</summary>
/// <param name="Number">Goes up with each new holder of any field of the place: the higher one is the later one.</param>
/// <param name="Asked">Who waits for it; null for nobody.</param>
public sealed record Claim(string Field, string User, long Number, string? Asked = null);

/// <summary>What somebody wants of a claim.</summary>
public enum ClaimHow
{
    /// <summary>To have it: at once where it is free, else its holder is told, and it comes when he lets go or writes no more.</summary>
    Ask,

    /// <summary>To have it at once.</summary>
    Take,

    /// <summary>To let it go, to whoever asked.</summary>
    Release,
}

/// <summary>One wish about one field.</summary>
public sealed record ClaimAsk(string User, string Field, ClaimHow How);

/// <summary>What a front end says to a place: who of its connections is there. It is a lease on all of them.</summary>
/// <param name="Front">The front end's process.</param>
/// <param name="Number">Goes up with each of its beats at this place: one that was overtaken is void.</param>
/// <param name="Epoch">Of the place as this front end knows it; 0 for not at all.</param>
/// <param name="Known">The version of it that it knows.</param>
/// <param name="Whole">Whether <paramref name="Stays"/> are all there are; else those that changed.</param>
/// <param name="Left">Connections that left since the last beat.</param>
/// <param name="Held">Claims of its users as it knows them, for a place that lost its memory; only with a whole beat.</param>
/// <param name="Bye">It has nobody there and wants to hear no more.</param>
public sealed record Beat(
    string Front, long Number, long Epoch, long Known, bool Whole, IReadOnlyList<Stay> Stays, IReadOnlyList<string> Left,
    IReadOnlyList<ClaimAsk> Asks, IReadOnlyList<Claim> Held, bool Bye = false);

/// <summary>What a front end does not know yet of a place.</summary>
/// <param name="Epoch">Another one than the front end knew: the place has lost its memory, and this is all of it.</param>
/// <param name="Version">Goes up with every change within an epoch.</param>
/// <param name="Again">The place does not know this front end (any more): a whole beat is needed.</param>
/// <param name="All">Whether <paramref name="Changed"/> are all who are there; else those who came or do something else since.</param>
/// <param name="Gone">Users who left since.</param>
/// <param name="Claims">All there are now.</param>
/// <param name="Answers">For each ask in order: the claim as it stands after it, null when the field is free.</param>
public sealed record RoomNews(
    long Epoch, long Version, bool Again, bool All, IReadOnlyList<Person> Changed, IReadOnlyList<string> Gone, IReadOnlyList<Claim> Claims,
    IReadOnlyList<Claim?> Answers);

/// <summary>
/// Who is where. Each record has one place that knows who is there, and each tenant one (its hall) that knows who is signed in and what he has open.
/// Nothing of it is stored: front ends hold leases and say everything again to a place that has lost its memory.
/// </summary>
public interface IPresence
{
    /// <summary>Renews a front end's lease at a place, says what changed, and answers what it does not know yet.</summary>
    /// <exception cref="UnavailableException">The place cannot be reached now. The next beat must be whole.</exception>
    Task<RoomNews> Beat(Address at, Beat beat);

    /// <summary>Says that a place where this front end sits has moved: time for a beat. May be lost or doubled.</summary>
    /// <param name="front">The same name as in the beats.</param>
    /// <param name="moved">Must not block and must not throw.</param>
    IDisposable Hear(string front, Action<Address> moved);
}

/// <summary>The times that places, front ends and their tests agree upon.</summary>
public static class PresenceTimes
{
    /// <summary>How often a front end renews its leases.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    /// <summary>A front end that is not heard for this long has left with all its people: a stall of four seconds is survived, a death is noticed within ten.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(7);

    /// <summary>How often a place looks for leases that have run out.</summary>
    public static readonly TimeSpan Sweep = TimeSpan.FromSeconds(0.5);

    /// <summary>A claim runs out when its holder has written nothing for this long.</summary>
    public static readonly TimeSpan Claim = TimeSpan.FromSeconds(15);

    /// <summary>The same while somebody asks for it.</summary>
    public static readonly TimeSpan AskedClaim = TimeSpan.FromSeconds(5);
}

/// <summary>The place of a tenant where everybody is who is signed in, with what he has open.</summary>
public static class Hall
{
    private const string Kind = "-"; // No kind of record can have this name.

    /// <summary>Of this tenant.</summary>
    public static Address Of(string tenant) => new(tenant, Kind, "hall");

    /// <summary>Whether a place is one, and not a record's.</summary>
    public static bool Is(Address at) => at.Kind == Kind;
}
