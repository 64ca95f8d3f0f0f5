using System.Diagnostics;

namespace Crm.Silo.Postgres.Embedded;

/// <summary>Runs the small programs that starting a server takes.</summary>
internal static class Commands
{
    /// <summary>The full path of a program on PATH (and where administrators' tools live); null when there is none.</summary>
    public static string? Locate(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"])
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code and both of its outputs; 127 when it could not be started.</returns>
    public static async Task<(int Code, string Output)> Run(IReadOnlyList<string> command, CancellationToken cancel = default)
    {
        var start = Describe(command);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancel);
            var errors = process.StandardError.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            return (process.ExitCode, await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (127, e.Message);
        }
    }

    /// <summary>As <see cref="Run"/>, and any exit code but 0 is an error.</summary>
    /// <exception cref="EmbeddedPostgresException">The program failed.</exception>
    public static async Task<string> Demand(IReadOnlyList<string> command, CancellationToken cancel = default)
    {
        var (code, output) = await Run(command, cancel);
        return code == 0 ? output : throw new EmbeddedPostgresException($"{Path.GetFileName(command[0])} failed ({code}): {OneLine(output)}");
    }

    /// <summary>The server's environment is its own: no PG* variable and no secret of ours reaches it.</summary>
    public static ProcessStartInfo Describe(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, WorkingDirectory = "/" };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["TZ"] = "UTC";
        return start;
    }

    /// <summary>The last lines of an output, as one.</summary>
    public static string OneLine(string output) => string.Join(
        " | ", output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(4));
}
