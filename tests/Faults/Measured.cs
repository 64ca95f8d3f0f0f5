using System.Text.Json;

namespace Crm.Faults;

/// <summary>Keeps what faults measured: a line each in <c>.data/faults.jsonl</c>, which the table in docs/operations.md is written from.</summary>
internal static class Measured
{
    private static readonly Lock Gate = new();

    /// <summary>Notes figures of a fault.</summary>
    public static void Note(string fault, object figures)
    {
        lock (Gate)
        {
            File.AppendAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Root(), ".data")).FullName, "faults.jsonl"), $"{JsonSerializer.Serialize(new { fault, figures })}\n");
        }
    }

    /// <summary>The folder that holds the solution.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Crm.Orleans.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not run from a checkout.");
        }

        return folder.FullName;
    }
}
