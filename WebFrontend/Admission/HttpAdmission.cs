using System.Threading.RateLimiting;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Crm.Web.Admission;

/// <summary>Leads requests through the gate: as the global one of the framework's rate limits, so routes can leave it out as they leave out those.</summary>
internal sealed class HttpAdmission(AdmissionGate gate) : PartitionedRateLimiter<HttpContext>
{
    private const string Busy = "busy";

    /// <summary>Registers the gate. Backlogs that it watches are registered by whoever has them.</summary>
    public static void Add(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new WebOptions());
        services.TryAddSingleton<Pressure>();
        services.TryAddSingleton<AdmissionGate>();
    }

    /// <summary>Puts it before all routes, and says what those are told who are refused.</summary>
    public static void AddToRequests(IServiceCollection services)
    {
        services.AddRateLimiter(static limiter => limiter.OnRejected = static async (context, _) =>
        {
            await context.HttpContext.RequestServices.GetRequiredService<AdmissionGate>().Hold();
            await Answer(context.Lease).ExecuteAsync(context.HttpContext);
        });
        services.AddSingleton<IConfigureOptions<RateLimiterOptions>>(static provider => new ConfigureOptions<RateLimiterOptions>(
            limiter => limiter.GlobalLimiter = new HttpAdmission(provider.GetRequiredService<AdmissionGate>())));
    }

    /// <inheritdoc />
    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    /// <inheritdoc />
    protected override RateLimitLease AttemptAcquireCore(HttpContext resource, int permitCount) => new Lease(
        resource.Features.Get<Caller>() is { } caller ? gate.Enter(caller, PriorityOf(resource.Request)) : gate.Enter(RemoteAddress.Of(resource)));

    /// <inheritdoc />
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(HttpContext context, int permitCount, CancellationToken cancellationToken) =>
        new(AttemptAcquireCore(context, permitCount)); // Nobody waits here: whoever is refused once is refused.

    private static ProblemAnswer Answer(RateLimitLease lease) => ProblemAnswer.Of(
        lease.TryGetMetadata(Busy, out _) ? "server.unavailable" : "rate.exceeded",
        retryAfter: lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1));

    private static Priority PriorityOf(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) ? Priority.Read : Priority.Edit;

    private sealed class Lease(Pass pass) : RateLimitLease
    {
        private Pass _pass = pass;

        public override bool IsAcquired => _pass.Refused is null;

        public override IEnumerable<string> MetadataNames => _pass.Refused is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = _pass.Refused?.Wait;
            return _pass.Refused is { } refused && (metadataName == MetadataName.RetryAfter.Name || (metadataName == Busy && refused.IsBusy));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _pass.Dispose();
                _pass = default; // Disposed twice, it ends once.
            }

            base.Dispose(disposing);
        }
    }
}
