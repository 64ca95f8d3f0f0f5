using System.Globalization;

namespace Crm.Silo.Hosting;

/// <summary>With <c>CLOCK_FILE</c> the product's clock is ahead by as many seconds as that file says, and behind by a negative number.</summary>
public static partial class EngineHosting
{
    static partial void Replace(ref TimeProvider clock)
    {
        if (Environment.GetEnvironmentVariable("CLOCK_FILE") is { } file)
        {
            clock = new SetClock(file);
        }
    }

    private sealed class SetClock(string file) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddSeconds(double.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
    }
}
