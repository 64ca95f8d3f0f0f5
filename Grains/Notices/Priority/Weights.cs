using System.Collections.Immutable;

namespace Crm.Notices.Priority;

/// <summary>What became of a notice.</summary>
public enum Response
{
    /// <summary>He opened it, or what it is about.</summary>
    Opened,

    /// <summary>He did what it asks for.</summary>
    Acted,

    /// <summary>He put it away without opening it.</summary>
    Dismissed,

    /// <summary>He never opened it: it was marked read among many others, or grew old.</summary>
    Ignored,
}

/// <summary>
/// Logistic regression, one answer at a time: stochastic gradient descent with steps that shorten and never vanish, so that what somebody does now
/// counts more than what he did last year, and weights that fade and are bounded, so that no run of answers buries a sort of notice for good.
/// </summary>
internal static class Weights
{
    /// <summary>No user's weight is further from 0.</summary>
    public const double Bound = 3;

    /// <summary>Nor a tenant's: what colleagues do counts less than what he does himself.</summary>
    public const double TenantBound = 2;

    private const double FirstStep = 0.3;
    private const double LeastStep = 0.06; // What is never learned less from: people change.
    private const double Settling = 25; // Answers after which steps begin to shorten.
    private const double Fading = 0.002; // The share of a weight that one answer takes away: half of it is gone after some 350 answers about other things.
    private const double Corrected = 1.2; // The event of a notice that he asks more or less of.
    private const double Touched = 0.15; // What else holds of it: he may have meant that.
    private const double Blending = 0.1;
    private const int Most = 200; // Features; far more than there are. Whoever sends others cannot make the record grow.
    private const int Digits = 4;

    /// <summary>No weights.</summary>
    public static ImmutableSortedDictionary<string, double> None { get; } = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);

    /// <summary>The weights after one answer. Only the user's move.</summary>
    /// <param name="colleagues">The points that the tenant's weights gave: they count in what was expected.</param>
    /// <param name="answers">How many came before.</param>
    public static ImmutableSortedDictionary<string, double> Learn(
        IReadOnlyDictionary<string, double> user, double colleagues, IReadOnlyList<string> features, Response response, long answers)
    {
        var (wanted, counts) = response switch
        {
            Response.Acted => (1.0, 1.5),
            Response.Opened => (1.0, 1.0),
            Response.Dismissed => (0.0, 1.5),
            _ => (0.0, 0.4), // Its text may have been all that he wanted.
        };
        var expected = Likely(Rules.Start + colleagues + features.Distinct().Sum(feature => Rules.Of(feature) + user.GetValueOrDefault(feature)));
        var step = Math.Max(LeastStep, FirstStep / Math.Sqrt(1 + (answers / Settling)));
        var learned = features.Where(Rules.Learns).Distinct().ToHashSet();
        return Sum(user.Select(weight => (weight.Key, weight.Value * (1 - Fading))).Concat(learned.Select(feature => (feature, step * counts * (wanted - expected)))), Bound);
    }

    /// <summary>The weights after somebody asked for more notices like this one, or for less.</summary>
    public static ImmutableSortedDictionary<string, double> Correct(IReadOnlyDictionary<string, double> user, IReadOnlyList<string> features, bool more) => Sum(
        user.Select(weight => (weight.Key, weight.Value)).Concat(features.Where(Rules.Learns).Distinct().Select(feature =>
            (feature, (more ? 1 : -1) * (feature.StartsWith(NoticeFacts.EventPrefix, StringComparison.Ordinal) ? Corrected : Touched)))), Bound);

    /// <summary>The tenant's weights, moved a little by what one of its users has on top of them. Nobody moves one by more than 0.3.</summary>
    public static ImmutableSortedDictionary<string, double> Blend(IReadOnlyDictionary<string, double> tenant, IReadOnlyDictionary<string, double> user) => Sum(
        tenant.Select(weight => (weight.Key, weight.Value)).Concat(user.Where(weight => Rules.Learns(weight.Key))
            .Select(weight => (weight.Key, Blending * Math.Clamp(weight.Value, -Bound, Bound)))), TenantBound);

    /// <summary>Log-odds as a likelihood.</summary>
    public static double Likely(double odds) => 1 / (1 + Math.Exp(-odds));

    // Rounded, so that the last bits of one processor's arithmetic are not what another one stores.
    private static ImmutableSortedDictionary<string, double> Sum(IEnumerable<(string Feature, double Weight)> parts, double bound) => parts
        .GroupBy(part => part.Feature, part => part.Weight, StringComparer.Ordinal)
        .Select(feature => KeyValuePair.Create(feature.Key, Math.Clamp(Math.Round(feature.Sum(), Digits), -bound, bound)))
        .Where(feature => feature.Value is > 0 or < 0)
        .OrderByDescending(feature => Math.Abs(feature.Value)).ThenBy(feature => feature.Key, StringComparer.Ordinal).Take(Most)
        .ToImmutableSortedDictionary(StringComparer.Ordinal);
}
