using System.Net;
using Crm.Web.Admission;
using Microsoft.Extensions.Options;

namespace Crm.Web;

/// <summary>What an operator can set about the front end. The defaults are generous: they stop loops and floods, not people.</summary>
public sealed record WebOptions
{
    /// <summary>Longest JSON body, in bytes; a longer one is answered with 413. Routes that take files set their own.</summary>
    public int MaxJsonBytes { get; init; } = 1 << 20;

    /// <summary>For each signed-in user, over all sessions: requests, and edits over the hub.</summary>
    public RequestRate User { get; init; } = new(200, 2_000);

    /// <summary>The same for all users of a tenant together.</summary>
    public RequestRate Tenant { get; init; } = new(4_000, 8_000);

    /// <summary>For each address that requests come from without a valid token, and with that for each proxy that hides addresses.</summary>
    public RequestRate Anonymous { get; init; } = new(100, 400);

    /// <summary>For each address on the routes where passwords and refresh tokens are tried. Wrong ones are counted beside this, by account too.</summary>
    public RequestRate SignIn { get; init; } = new(1, 60);

    /// <summary>When a process that falls behind stops taking what.</summary>
    public AdmissionOptions Admission { get; init; } = new();

    /// <summary>Origins whose pages may use the API and the hub beside our own, as <c>https://app.example</c>.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Where proxies stand that are believed when they say whose request they pass on, and how it came. Empty: nobody is.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>What a health check may take, all its dependencies together.</summary>
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Refuses what cannot be meant.</summary>
    internal void Check()
    {
        (string Name, RequestRate Rate)[] rates = [(nameof(User), User), (nameof(Tenant), Tenant), (nameof(Anonymous), Anonymous), (nameof(SignIn), SignIn)];
        var wrong = rates.Where(each => each.Rate.PerSecond < 1 || each.Rate.Burst < 1)
            .Select(each => $"Limits:{each.Name} is '{each.Rate.PerSecond}' a second and '{each.Rate.Burst}' at once: both must be 1 or more.")
            .Concat(Admission.Wrong()).ToList();
        if (wrong.Count > 0)
        {
            throw new OptionsValidationException("Limits", typeof(WebOptions), wrong);
        }
    }
}

/// <summary>How many requests a bucket gains each second, and how many it holds at most. Both at least 1.</summary>
public sealed record RequestRate(int PerSecond, int Burst);
