using System.Globalization;
using System.Text;

namespace Crm.Web.Operators;

/// <summary>Prometheus' text format 0.0.4, which every scraper reads.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly Dictionary<string, string> Units = new()
    {
        ["s"] = "seconds", ["ms"] = "milliseconds", ["us"] = "microseconds", ["ns"] = "nanoseconds", ["By"] = "bytes", ["%"] = "percent", ["1"] = "ratio",
    };

    /// <summary>The name of a family: dots become underscores, the unit and <c>_total</c> stand at the end.</summary>
    public static string Name(string name, string? unit, FamilyType type)
    {
        var text = new StringBuilder(Sane(name, colons: true));
        var isCounter = type is FamilyType.Counter or FamilyType.ObservedCounter;
        if (unit is not null && Units.TryGetValue(unit, out var word) && !(unit == "1" && isCounter) && !text.ToString().EndsWith($"_{word}", StringComparison.Ordinal))
        {
            text.Append('_').Append(word);
        }

        return isCounter && !text.ToString().EndsWith("_total", StringComparison.Ordinal) ? text.Append("_total").ToString() : text.ToString();
    }

    /// <summary>Labels as they stand between the braces.</summary>
    public static string Labels(IEnumerable<KeyValuePair<string, object?>> tags) => string.Join(',', tags.Select(tag => $"{Sane(tag.Key, colons: false)}=\"{Value(tag.Value)}\""));

    /// <summary>Writes one family.</summary>
    public static void Write(StringBuilder to, MetricFamily family, IEnumerable<(string Labels, MetricSeries Series)> all)
    {
        var series = all.ToList();
        if (series.Count == 0)
        {
            return;
        }

        var type = family.Type switch
        {
            FamilyType.Counter or FamilyType.ObservedCounter => "counter",
            FamilyType.Histogram => "histogram",
            _ => "gauge",
        };
        to.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)).Append('\n');
        to.Append("# TYPE ").Append(family.Name).Append(' ').Append(type).Append('\n');
        foreach (var (labels, each) in series)
        {
            if (family.Bounds is { } bounds)
            {
                Histogram(to, family.Name, labels, bounds, each);
            }
            else
            {
                Sample(to, family.Name, labels, each.Value);
            }
        }
    }

    /// <summary>One line.</summary>
    public static void Sample(StringBuilder to, string name, string labels, double value)
    {
        to.Append(name);
        if (labels.Length > 0)
        {
            to.Append('{').Append(labels).Append('}');
        }

        to.Append(' ').Append(Number(value)).Append('\n');
    }

    // Each bucket holds all below its bound, so that a scraper can leave some out.
    private static void Histogram(StringBuilder to, string name, string labels, IReadOnlyList<double> bounds, MetricSeries series)
    {
        var buckets = series.Buckets();
        var comma = labels.Length > 0 ? "," : "";
        var count = 0L;
        for (var bucket = 0; bucket < buckets.Length; bucket++)
        {
            count += buckets[bucket];
            var bound = bucket < bounds.Count ? Number(bounds[bucket]) : "+Inf";
            Sample(to, $"{name}_bucket", $"{labels}{comma}le=\"{bound}\"", count);
        }

        Sample(to, $"{name}_sum", labels, series.Value);
        Sample(to, $"{name}_count", labels, count);
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Value(object? value) => (value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    }).Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    private static string Sane(string name, bool colons)
    {
        var text = new StringBuilder(name.Length + 1);
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || (colons && c == ':') ? c : '_');
        }

        return text.Length > 0 && char.IsAsciiDigit(text[0]) ? text.Insert(0, '_').ToString() : text.ToString();
    }
}
