using System.Threading.RateLimiting;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;

namespace Crm.Web.Rest;

/// <summary>Stops floods: a bucket for each user, and one for each tenant above them; a bucket for each address that shows no valid token.</summary>
internal static class Limits
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    public static void Apply(RateLimiterOptions limiter, WebOptions options)
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = async (context, _) => await ProblemAnswer.Of(
            "rate.exceeded",
            retryAfter: context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1)).ExecuteAsync(context.HttpContext);
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, string>(http => Caller(http) is { } caller
                ? Bucket($"user {caller.Tenant} {caller.User}", options.User)
                : Bucket($"address {http.Connection.RemoteIpAddress}", options.Anonymous)),
            PartitionedRateLimiter.Create<HttpContext, string>(http => Caller(http) is { } caller
                ? Bucket($"tenant {caller.Tenant}", options.Tenant)
                : RateLimitPartition.GetNoLimiter("")));
    }

    private static Caller? Caller(HttpContext http) => http.Features.Get<Caller>();

    private static RateLimitPartition<string> Bucket(string key, RequestRate rate) => RateLimitPartition.GetTokenBucketLimiter(key, _ => new()
    {
        TokenLimit = rate.Burst,
        TokensPerPeriod = Math.Max(1, (int)(rate.PerSecond * Period.TotalSeconds)),
        ReplenishmentPeriod = rate.PerSecond * Period.TotalSeconds >= 1 ? Period : TimeSpan.FromSeconds(1.0 / rate.PerSecond),
        QueueLimit = 0,
        AutoReplenishment = true,
    });
}
