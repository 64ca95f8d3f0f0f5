using Crm.Silo.Postgres.Audit;

namespace Crm.Silo.Hosting;

/// <summary>The audit, and the file that its heads leave the database for.</summary>
public static class AuditHosting
{
    /// <summary>Registers <see cref="IAudit"/>, and what anchors the heads once a minute. Needs the engine.</summary>
    /// <param name="path">The file of anchors.</param>
    public static IServiceCollection AddAudit(this IServiceCollection services, string path)
    {
        services.AddSingleton(new AnchorOptions(path)).AddSingleton<AnchorFile>().AddSingleton<IAudit, PostgresAudit>();
        return services.AddSingleton<Anchors>().AddHostedService(of => of.GetRequiredService<Anchors>());
    }
}
