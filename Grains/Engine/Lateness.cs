namespace Crm.Engine;

/// <summary>Waits for an answer, and not for ever.</summary>
public static class Lateness
{
    /// <summary>The answer, unless it takes longer than somebody waits for it; the work itself goes on.</summary>
    /// <param name="cancel">Whoever waits has gone: he is let go at once.</param>
    /// <exception cref="UnavailableException">It did not come in time.</exception>
    public static async Task<T> Within<T>(this Task<T> answer, TimeSpan patience, TimeProvider time, CancellationToken cancel = default)
    {
        try
        {
            return answer.IsCompleted ? await answer : await answer.WaitAsync(patience, time, cancel);
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException)
        {
            if (answer.IsCompleted)
            {
                return await answer; // It came at the last moment, or the fault is its own.
            }

            _ = answer.ContinueWith(static forgotten => forgotten.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            if (fault is TimeoutException late)
            {
                throw new UnavailableException("The record does not answer in time.", late);
            }

            throw;
        }
    }
}
