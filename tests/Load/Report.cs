using System.Text.Json;

namespace Crm.Load;

/// <summary>How results are shown.</summary>
internal static class Report
{
    /// <summary>For files that people read.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A line for each series, or one for all.</summary>
    public static void Print(string scenario, JsonElement found)
    {
        Console.WriteLine($"{scenario}:");
        var series = found.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.Object).ToList();
        foreach (var member in series)
        {
            Console.WriteLine($"  {member.Name,-36}{Numbers(member.Value)}");
        }

        if (series.Count == 0)
        {
            Console.WriteLine($"  {Numbers(found)}");
        }
    }

    private static string Numbers(JsonElement values) =>
        string.Join("  ", values.EnumerateObject().Select(value => $"{value.Name} {value.Value.GetDouble(),8:0.0}"));
}
