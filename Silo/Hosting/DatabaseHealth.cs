using Crm.Silo.Postgres;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Crm.Silo.Hosting;

/// <summary>Ready when the application's role gets an answer and the journal's writers live.</summary>
public sealed class DatabaseHealth(Tenants tenants) : IHealthCheck
{
    /// <inheritdoc />
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await tenants.All(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (UnavailableException fault)
        {
            return HealthCheckResult.Unhealthy(exception: fault);
        }
    }
}
