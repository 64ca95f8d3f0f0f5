namespace Crm.Silo.Cluster;

/// <summary>A front end waits for the first silo for as long as it takes.</summary>
public sealed class KeepTrying(TimeProvider time, ILogger<KeepTrying> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private TimeSpan _wait = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc />
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        log.LogWarning("No silo can be reached ({Fault}); it is tried again in {Wait} s. Check that a silo of the same CRM_CLUSTER_ID runs and that its gateway's port is open.", exception.Message, _wait.TotalSeconds);
        await Task.Delay(_wait, time, cancellationToken);
        _wait = _wait * 2 < Longest ? _wait * 2 : Longest;
        return true;
    }
}
