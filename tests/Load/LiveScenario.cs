namespace Crm.Load;

/// <summary>Edit to the other screens at a steady rate: many small groups, or all connections in one (broadcast).</summary>
public sealed class LiveScenario(int connections = 1_000, int group = 10, double rate = 500)
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(20);

    /// <summary>Records that it needs.</summary>
    public int Records => connections / group;

    /// <summary>Milliseconds, deliveries and processor seconds.</summary>
    public async Task<Dictionary<string, double>> Run(Target target)
    {
        await using var crowd = new Crowd(target, connections, group);
        await crowd.Gather();
        return (await crowd.Edit(rate, WarmUp, Measured)).Row();
    }
}
