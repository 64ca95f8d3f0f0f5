using System.Globalization;

namespace Crm.Load;

/// <summary>A process and all its children, as /proc tells.</summary>
public sealed class Family(int pid)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux.
    private const string Database = "postgres";

    /// <summary>Memory that they do not share with others, in bytes: the sum of their Pss.</summary>
    public long Memory() => Members(pid).Sum(Memory);

    /// <summary>The same of the server alone, without its database.</summary>
    public long ServerMemory() => Members(pid).Where(member => !Name(member).StartsWith(Database, StringComparison.Ordinal)).Sum(Memory);

    /// <summary>Seconds of processor since the start: the server's, and those of its database that still runs.</summary>
    public (double Server, double Database) Spent()
    {
        var (server, database) = (0.0, 0.0);
        foreach (var member in Members(pid))
        {
            if (Stat(member) is { } stat)
            {
                var spent = (double.Parse(stat[11], CultureInfo.InvariantCulture) + double.Parse(stat[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
                (server, database) = Name(member).StartsWith(Database, StringComparison.Ordinal) ? (server, database + spent) : (server + spent, database);
            }
        }

        return (server, database);
    }

    private static IEnumerable<int> Members(int pid)
    {
        yield return pid;
        foreach (var child in Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(static name => int.TryParse(name, out _)))
        {
            var number = int.Parse(child!, CultureInfo.InvariantCulture);
            if (Stat(number) is { } stat && int.Parse(stat[1], CultureInfo.InvariantCulture) == pid)
            {
                foreach (var member in Members(number))
                {
                    yield return member;
                }
            }
        }
    }

    private static long Memory(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(static line => line.StartsWith("Pss:", StringComparison.Ordinal));
            return long.Parse(line[4..^2].Trim(), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0; // It ended while we looked.
        }
    }

    private static string Name(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm");
        }
        catch (IOException)
        {
            return "";
        }
    }

    // The fields after the name, which may hold anything: 0 is the state, 1 the parent, 11 and 12 are the ticks of user and system.
    private static string[]? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
