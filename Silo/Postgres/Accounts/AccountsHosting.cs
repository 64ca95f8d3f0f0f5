using Crm.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Crm.Silo.Postgres.Accounts;

/// <summary>Puts sign-in together.</summary>
public static class AccountsHosting
{
    /// <summary>
    /// Adds <see cref="IAccounts"/>, <see cref="IOwnSessions"/>, the guarded verbs of users, <see cref="TenantSetup"/> and <see cref="DemoSeed"/>. Needs <see cref="Database"/>,
    /// <see cref="MasterKey"/>, <see cref="Tenants"/> and an <see cref="NpgsqlDataSource"/> of the application's role.
    /// </summary>
    /// <param name="host">The records themselves, not the door that refuses inner verbs.</param>
    public static IServiceCollection AddAccounts(this IServiceCollection services, Func<IServiceProvider, IRecords> host)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new AccountOptions());
        services.AddSingleton(provider => new People(host(provider)));
        services.AddSingleton<Logins>().AddSingleton<Passwords>().AddSingleton<Tries>().AddSingleton<Sessions>().AddSingleton<SessionReader>();
        services.AddSingleton<KeyRing>().AddSingleton<AccessTokens>().AddSingleton<ApiTokens>().AddSingleton<UserGuard>().AddSingleton<PostgresAccounts>();
        services.AddSingleton<IOwnSessions>(provider => provider.GetRequiredService<ApiTokens>());
        services.AddSingleton<IAccounts>(provider => provider.GetRequiredService<PostgresAccounts>());
        services.AddSingleton(provider => new TenantSetup(
            provider.GetRequiredService<Tenants>(), host(provider), provider.GetRequiredService<PostgresAccounts>()));
        services.AddSingleton<DemoSeed>();
        services.AddSingleton(provider => new StandardGrants(provider.GetRequiredService<Tenants>(), host(provider), provider.GetRequiredService<ILogger<StandardGrants>>()));
        foreach (var verb in GuardedVerb.Names)
        {
            services.AddSingleton<ICompoundVerb>(provider => new GuardedVerb(verb, provider.GetRequiredService<UserGuard>()));
        }

        return services.AddHostedService<Pruning>();
    }

    /// <summary>Lets go of what has expired, once an hour.</summary>
    private sealed class Pruning(Tries tries, Sessions sessions, Tenants tenants, TimeProvider time, ILogger<Pruning> log) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await tries.Prune(stoppingToken);
                    await sessions.Prune(await tenants.All(stoppingToken), stoppingToken);
                }
                catch (UnavailableException fault)
                {
                    log.LogWarning(fault, "Expired sessions could not be removed; it is tried again in an hour.");
                }
            }
        }
    }
}
