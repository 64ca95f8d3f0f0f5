using Crm.Cluster;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Silo.Cluster;

/// <summary>Ready while the other silos count this one among them.</summary>
public sealed class SiloHealth(ISiloStatusOracle silos) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(silos.CurrentStatus == SiloStatus.Active ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}

/// <summary>Ready while a silo answers.</summary>
public sealed class ClientHealth(ClusterFeed feed) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(feed.Silos > 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
}
