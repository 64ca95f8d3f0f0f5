using System.Text.Json;

namespace Crm.Engine;

/// <summary>
/// Waits for records no longer than somebody waits for an answer. What takes longer goes on by itself: whoever sends the same command again learns what became of it.
/// </summary>
public sealed class PatientRecords(IRecords records, TimeSpan patience, TimeProvider time) : IRecords
{
    /// <inheritdoc />
    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => Within(records.Do(at, caller, commandId, verb, args));

    /// <inheritdoc />
    public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => Within(records.Edit(at, caller, commandId, baseVersion, patch));

    /// <inheritdoc />
    public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => Within(records.Read(at, caller, cancel));

    /// <inheritdoc />
    public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => Within(records.Since(at, caller, version, limit, cancel));

    /// <inheritdoc />
    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => Within(records.History(at, caller, after, limit, cancel));

    private async Task<T> Within<T>(Task<T> answer)
    {
        try
        {
            return answer.IsCompleted ? await answer : await answer.WaitAsync(patience, time);
        }
        catch (TimeoutException late) when (!answer.IsCompleted)
        {
            _ = answer.ContinueWith(static forgotten => forgotten.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw new UnavailableException("The record does not answer in time.", late);
        }
    }
}
