namespace Crm.Load;

/// <summary>The usual summary of a series.</summary>
public static class Percentiles
{
    /// <summary>p50, p95, p99 and max, in the unit of the values; nearest rank.</summary>
    public static Dictionary<string, double> Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        double At(double share) => sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
        return new() { ["p50"] = At(0.50), ["p95"] = At(0.95), ["p99"] = At(0.99), ["max"] = At(1) };
    }
}
