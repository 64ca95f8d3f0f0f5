using System.Diagnostics;
using System.Globalization;

namespace Crm.Load;

/// <summary>Gives the server one half of the processors, with its database, and the generator the other: else the generator's own work counts as the server's latency.</summary>
internal static class Cores
{
    private static readonly int Half = Environment.ProcessorCount / 2;

    /// <summary>Asks once, before this process keeps to its own half.</summary>
    public static bool CanPin { get; } = Half > 0 && File.Exists("/usr/bin/taskset");

    /// <summary>Starts a server on the first half; on all processors where there is no <c>taskset</c>.</summary>
    public static Process Start(ProcessStartInfo info)
    {
        if (CanPin)
        {
            string[] before = ["-c", Range(0, Half), info.FileName, .. info.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. info.ArgumentList];
            info.Arguments = "";
            info.FileName = "/usr/bin/taskset";
            info.ArgumentList.Clear();
            foreach (var argument in before)
            {
                info.ArgumentList.Add(argument);
            }
        }

        return Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} did not start.");
    }

    /// <summary>Keeps this process to the second half from now on.</summary>
    public static async Task KeepToMine()
    {
        if (CanPin)
        {
            var info = new ProcessStartInfo("/usr/bin/taskset") { UseShellExecute = false, RedirectStandardOutput = true };
            foreach (var argument in new[] { "-a", "-p", "-c", Range(Half, Environment.ProcessorCount), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) })
            {
                info.ArgumentList.Add(argument);
            }

            using var pin = Process.Start(info)!;
            await pin.StandardOutput.ReadToEndAsync();
            await pin.WaitForExitAsync();
        }
    }

    private static string Range(int from, int to) => to - from == 1 ? from.ToString(CultureInfo.InvariantCulture) : $"{from}-{to - 1}";
}
