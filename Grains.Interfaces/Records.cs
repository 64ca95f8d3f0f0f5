using System.Text.Json;

namespace Crm;

/// <summary>Where a record lives. The tenant comes first everywhere: in keys, tables and indexes.</summary>
/// <param name="Tenant">The tenant's id, from the caller's token and from nowhere else.</param>
/// <param name="Kind">The plural noun that is also the REST path: <c>contacts</c>.</param>
/// <param name="Id">1 to 64 characters of <c>[A-Za-z0-9_-]</c>; unique within tenant and kind.</param>
public readonly record struct Address(string Tenant, string Kind, string Id)
{
    /// <summary>Longest id that is accepted, in characters.</summary>
    public const int MaxIdLength = 64;

    /// <summary>The reference that clients use: <c>kind/id</c>.</summary>
    public string Ref => $"{Kind}/{Id}";

    /// <summary>Reads <c>tenant/kind/id</c>.</summary>
    /// <exception cref="FormatException">The text has another shape.</exception>
    public static Address Parse(string text) => text.Split('/') is [var tenant, var kind, var id]
        ? new(tenant, kind, id)
        : throw new FormatException($"Not tenant/kind/id: {text}");

    /// <summary>Reads a client's <c>kind/id</c>; null when it is not one.</summary>
    public static Address? FromRef(string tenant, string? reference) =>
        reference is { Length: <= 128 } && reference.Split('/') is [{ Length: > 0 } kind, var id] && IsId(id)
            ? new(tenant, kind, id)
            : null;

    /// <summary>Whether this text can be a record's id.</summary>
    public static bool IsId(string? id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary><c>tenant/kind/id</c>, what a grain is keyed by.</summary>
    public override string ToString() => $"{Tenant}/{Kind}/{Id}";
}

/// <summary>What a field was and became. JSON null stands for "had no value".</summary>
public readonly record struct FromTo(JsonElement From, JsonElement To);

/// <summary>One durable fact. State, history, audit, merge, live updates and views all derive from these.</summary>
/// <param name="Version">Of the record once this holds: 1, 2, 3, with no gap.</param>
/// <param name="At">When it was decided. Informative: order is by version, never by this.</param>
/// <param name="By">The id of the user, or <c>system</c>.</param>
/// <param name="Type"><c>kind.verb</c>; the built-in ones are <c>create</c>, <c>edit</c>, <c>delete</c>, <c>restore</c>, <c>undo</c>.</param>
/// <param name="Fields">By flat name: a custom field is <c>custom.name</c>. Only those that changed.</param>
public sealed record Change(
    long Version, DateTimeOffset At, string By, string Type, IReadOnlyDictionary<string, FromTo> Fields);

/// <summary>A record as it stands at one version.</summary>
/// <param name="Version">At least 1.</param>
/// <param name="Deleted">Softly deleted: hidden from reads and lists, kept in history, can be restored.</param>
/// <param name="Fields">By flat name (<c>custom.name</c>); never a field with JSON null. Treat as immutable.</param>
public sealed record RecordView(
    string Kind, string Id, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, string UpdatedBy,
    bool Deleted, IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>Why something was refused.</summary>
/// <param name="Field">The field it is about; empty when it is about the whole request.</param>
/// <param name="Code">Stable, for programs: <c>contact.email</c>.</param>
/// <param name="Text">For people: what is wrong and what to do. Holds no personal data.</param>
public sealed record Problem(string Field, string Code, string Text);

/// <summary>One field that two people changed to different values.</summary>
/// <param name="Base">The value that <paramref name="Yours"/> was made from.</param>
/// <param name="Theirs">The value that is stored now.</param>
/// <param name="Yours">The value that was asked for and not stored.</param>
/// <param name="By">Who wrote <paramref name="Theirs"/>.</param>
/// <param name="At">When they did.</param>
public sealed record Conflict(
    string Field, JsonElement Base, JsonElement Theirs, JsonElement Yours, string By, DateTimeOffset At);

/// <summary>How a command ended.</summary>
public enum Status
{
    /// <summary>It holds, on the very state that the caller had seen (or it changed nothing).</summary>
    Applied,

    /// <summary>It holds, beside changes that others made since the base.</summary>
    Merged,

    /// <summary>Nothing was stored: the same fields were changed by others. See the conflicts.</summary>
    Conflict,

    /// <summary>Nothing was stored: a rule says no. See the errors.</summary>
    Rejected,
}

/// <summary>The answer to a command. A refusal is an answer; exceptions are for faults.</summary>
/// <param name="Version">Of the record after the command; 0 when there is none.</param>
public sealed record Outcome(
    Status Status, long Version, IReadOnlyList<Conflict> Conflicts, IReadOnlyList<Problem> Errors)
{
    /// <summary>It holds.</summary>
    public static Outcome Done(Status status, long version) => new(status, version, [], []);

    /// <summary>A rule says no.</summary>
    public static Outcome Rejected(long version, params Problem[] errors) => new(Status.Rejected, version, [], errors);
}

/// <summary>What a reader gets who had an older version: the tail, or the whole when the tail is too long.</summary>
/// <param name="Version">The version that both forms lead to.</param>
/// <param name="Record">The whole record; null when <paramref name="Changes"/> are given.</param>
/// <param name="Changes">Every change after the asked version, in order and without a gap; null when the record is given.</param>
public sealed record CatchUp(long Version, RecordView? Record, IReadOnlyList<Change>? Changes);

/// <summary>
/// Every record of every kind, wherever it is hosted: the grains of a cluster, or one process.
/// All answers are already reduced to what the caller may see. A record of another tenant, one that
/// the caller may not see and one that does not exist cannot be told apart.
/// </summary>
/// <remarks>Who cancels a read stops waiting for it. A command cannot be cancelled: it is on its way once it was given here, and its id finds its answer later.</remarks>
/// <exception cref="UnavailableException">The record cannot be reached or stored now; the command may be sent again with the same id.</exception>
public interface IRecords
{
    /// <summary>Acts on a record by one of its kind's verbs, or by a built-in one: <c>delete</c>, <c>restore</c>, <c>undo</c>.</summary>
    /// <param name="commandId">Kept across retries: the same id, the same answer, no second effect.</param>
    /// <param name="args">A JSON object; undefined stands for an empty one.</param>
    Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args);

    /// <summary>Sets fields; creates the record when <paramref name="baseVersion"/> is 0 and there is none.</summary>
    /// <param name="baseVersion">The version that the caller saw.</param>
    /// <param name="patch">A JSON merge patch (RFC 7396) of the record's fields.</param>
    Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch);

    /// <summary>The record as the caller may see it; null when there is none for him, or it is deleted.</summary>
    Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default);

    /// <summary>What happened after a version, at most <paramref name="limit"/> changes, else the whole record; null as in <see cref="Read"/>.</summary>
    Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default);

    /// <summary>A page of history after a version, oldest first; null as in <see cref="Read"/>, but deleted records have theirs.</summary>
    Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default);
}

/// <summary>A fault that passes: the journal does not answer, or a write's fate is unknown. Try again with the same command id.</summary>
public sealed class UnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long to wait before trying again.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
