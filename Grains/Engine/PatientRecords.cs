using System.Text.Json;

namespace Crm.Engine;

/// <summary>
/// Waits for records no longer than somebody waits for an answer. What takes longer goes on by itself: whoever sends the same command again learns what became of it.
/// </summary>
public sealed class PatientRecords(IRecords records, TimeSpan patience, TimeProvider time) : IRecords
{
    /// <inheritdoc />
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) =>
        records.Do(at, caller, commandId, verb, args).Within(patience, time);

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        records.Edit(at, caller, commandId, baseVersion, patch).Within(patience, time);

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => records.Read(at, caller, cancel).Within(patience, time, cancel);

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) =>
        records.Since(at, caller, version, limit, cancel).Within(patience, time, cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) =>
        records.History(at, caller, after, limit, cancel).Within(patience, time, cancel);
}
