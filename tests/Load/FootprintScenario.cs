namespace Crm.Load;

/// <summary>Memory of the process and its database with contacts stored and connections open, each watching one.</summary>
public sealed class FootprintScenario(int contacts = 10_000, int connections = 200)
{
    /// <summary>Megabytes (Pss, so what both share counts once).</summary>
    public async Task<Dictionary<string, double>> Run(Product product)
    {
        await new ImportScenario(contacts).Run(product);
        var scenario = new LiveScenario(connections, rate: 100);
        var live = await scenario.Run(await Target.Of(product, scenario.Records));
        return new() { ["megabytes"] = new Family(product.Pid).Memory() / 1e6, ["secondsToReady"] = product.ReadyAfter.TotalSeconds, ["liveP99"] = live["p99"] };
    }
}
