namespace Crm.Cluster.Tests;

/// <summary>Waits for what must become true.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>Looks again and again until it holds.</summary>
    /// <param name="within">A minute unless told otherwise.</param>
    /// <exception cref="OperationCanceledException">It does not hold in time.</exception>
    public static Task Until(Func<bool> holds, TimeSpan? within = null) => Until(() => Task.FromResult(holds()), within);

    /// <inheritdoc cref="Until(Func{bool}, TimeSpan?)" />
    public static async Task Until(Func<Task<bool>> holds, TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Soon);
        while (!await holds())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
