using System.Diagnostics;

namespace Crm.Tests;

/// <summary>Programs that are on some machines and not on others.</summary>
internal static class Tool
{
    /// <summary>Where it is; null when it is not.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(["/usr/sbin", .. Directory.Exists(Debian) ? Directory.EnumerateDirectories(Debian).Order(StringComparer.Ordinal).Reverse().Select(version => Path.Combine(version, "bin")) : []])
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs it to its end and gives both its outputs.</summary>
    public static Task<(int Code, string Output)> Run(string program, params string[] arguments) => Run(program, arguments, []);

    /// <summary>The same with variables.</summary>
    public static async Task<(int Code, string Output)> Run(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Find(program) ?? program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private const string Debian = "/usr/lib/postgresql";
}

/// <summary>A test that needs a program; where it is missing the test is reported as skipped, with the reason.</summary>
internal sealed class RunsWhereAttribute : FactAttribute
{
    public RunsWhereAttribute(params string[] programs)
    {
        if (programs.FirstOrDefault(program => Tool.Find(program) is null) is { } missing)
        {
            Skip = $"{missing} is not installed here.";
        }
    }
}
