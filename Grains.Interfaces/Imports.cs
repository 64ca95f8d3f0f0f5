using System.Text.Json;

namespace Crm;

/// <summary>What to do with an uploaded file.</summary>
/// <param name="CommandId">Kept across retries: the same file under the same id is one import.</param>
/// <param name="FileName">As people know it; null when it came without a name.</param>
/// <param name="OnDuplicate"><c>merge</c>, <c>skip</c> or <c>create</c>.</param>
/// <param name="Mapping">Column → field, null for columns to leave out; undefined to guess from the header.</param>
public sealed record ImportOrder(Guid CommandId, string? FileName, bool DryRun, string OnDuplicate, JsonElement Mapping);

/// <summary>The job that an upload became, or why it became none.</summary>
/// <param name="Job">The record, of the kind <c>imports</c>; null when refused.</param>
public sealed record ImportAnswer(RecordView? Job, IReadOnlyList<Problem> Problems);

/// <summary>Files of contacts on their way in. The jobs themselves are records: read, watch, cancel and revert them as such.</summary>
public interface IImports
{
    /// <summary>Longest file, in bytes; a longer one is refused as <c>body.large</c>.</summary>
    long MaxBytes { get; }

    /// <summary>Takes a file in, reads its header and starts the import.</summary>
    /// <param name="file">Read once, from front to back.</param>
    Task<ImportAnswer> Begin(Caller caller, ImportOrder order, Stream file, CancellationToken cancel = default);

    /// <summary>The rows that failed, with the reasons, as CSV in UTF-8; null when the caller may not see the job or it failed none.</summary>
    Task<Stream?> Failures(Caller caller, string job, CancellationToken cancel = default);
}
