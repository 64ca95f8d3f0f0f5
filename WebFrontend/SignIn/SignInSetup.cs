using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Crm.Web.SignIn;

/// <summary>Puts authentication, and what stands before it, into an application.</summary>
public static class SignInSetup
{
    /// <summary>The rate limit of the routes where passwords and refresh tokens are tried.</summary>
    internal const string Policy = "sign-in";

    /// <summary>Registers authentication and <see cref="ICallers"/>. Needs <see cref="IAccounts"/> and <see cref="IFeed"/>.</summary>
    public static IServiceCollection AddSignIn(this IServiceCollection services, WebOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICallers, CallerLeases>();

        // The framework would tell of every request without a valid token; what matters is logged where it is decided.
        services.AddLogging(logs => logs.AddFilter(typeof(BearerAuthentication).FullName, LogLevel.Warning));
        services.AddAuthentication(BearerAuthentication.Name)
            .AddScheme<AuthenticationSchemeOptions, BearerAuthentication>(BearerAuthentication.Name, null);
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins([.. options.Origins]).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders("ETag", "Location", "Retry-After", "X-Correlation-Id").SetPreflightMaxAge(TimeSpan.FromHours(1))));
        services.Configure<RateLimiterOptions>(limiter => limiter.AddPolicy(Policy, http => RateLimitPartition.GetTokenBucketLimiter(
            RemoteAddress.Of(http), _ => new()
            {
                TokenLimit = options.SignIn.Burst,
                TokensPerPeriod = options.SignIn.PerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                AutoReplenishment = true,
            })));
        return services;
    }

    /// <summary>Adds the checks of where a page is from and who is asking; after routing, before authorization.</summary>
    public static void UseSignIn(this IApplicationBuilder app, WebOptions options)
    {
        if (options.Origins.Count > 0)
        {
            app.UseCors();
        }

        app.UseMiddleware<Origins>();
        app.UseAuthentication();
    }
}
