using System.Text.Json;
using Orleans;

namespace Crm.Cluster;

/// <summary>The one place in the cluster where a record is decided. Its key is the record's <see cref="Address"/>.</summary>
[Alias("crm.record")]
public interface IRecordGrain : IGrainWithStringKey
{
    /// <summary>Runs commands in this order; each has an answer of its own, in the same order.</summary>
    [Alias("run")]
    Task<Answers> Run(Commands commands);

    /// <inheritdoc cref="IRecords.Read"/>
    [Alias("read")]
    Task<RecordView?> Read(Caller caller, CancellationToken cancel);

    /// <inheritdoc cref="IRecords.Since"/>
    [Alias("since")]
    Task<CatchUp?> Since(Caller caller, long version, int limit, CancellationToken cancel);

    /// <inheritdoc cref="IRecords.History"/>
    [Alias("history")]
    Task<Changes?> History(Caller caller, long after, int limit, CancellationToken cancel);
}

/// <summary>What one user wants of a record.</summary>
/// <param name="Verb">Null for an edit.</param>
/// <param name="BaseVersion">Of an edit; 0 creates.</param>
/// <param name="Body">The patch or the verb's arguments, as they were sent: a repetition is known by its text. Null for none.</param>
public sealed record Command(Guid Id, Caller Caller, string? Verb, long BaseVersion, JsonElement? Body);

/// <summary>In the order in which they came.</summary>
public sealed record Commands(IReadOnlyList<Command> Items);

/// <summary>How a command ended: exactly one of the three is set.</summary>
/// <param name="Again">A fault that passes: the same command may be sent again. Says what happened.</param>
/// <param name="Broken">A fault that stays. Says what happened, without values.</param>
/// <param name="IsLate">Of <paramref name="Again"/>: it has been waited for, so whoever asked is told before it is sent again.</param>
public sealed record Answer(Outcome? Outcome, string? Again = null, string? Broken = null, bool IsLate = false);

/// <summary>In the order of the commands.</summary>
public sealed record Answers(IReadOnlyList<Answer> Items);

/// <summary>Oldest first.</summary>
public sealed record Changes(IReadOnlyList<Change> Items);
