using System.Text.Json;
using Crm.Load;

if (args is [Floor.Command])
{
    return await Floor.Serve();
}

// dotnet run -c Release --project tests/Load -- SCENARIO…; what each found is printed and written to .data/bench/SCENARIO.json.
Dictionary<string, Func<Task<object>>> scenarios = new()
{
    ["search"] = async () => await new SearchScenario().Run(),
    ["live"] = Live,
    ["rest"] = () => With(async product => await new RestScenario().Run(product)),
    ["import"] = () => With(async product => await new ImportScenario().Run(product)),
    ["cluster"] = Cluster,
    ["footprint"] = () => With(async product => await new FootprintScenario().Run(product)),
};

if (args.FirstOrDefault(name => !scenarios.ContainsKey(name)) is { } unknown || args.Length == 0)
{
    await Console.Error.WriteLineAsync($"Which scenario? {string.Join(", ", scenarios.Keys)}");
    return 2;
}

foreach (var name in args)
{
    var found = JsonSerializer.SerializeToElement(await scenarios[name]());
    var folder = Directory.CreateDirectory(".data/bench").FullName;
    await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.json"), JsonSerializer.Serialize(found, Report.Indented));
    Report.Print(name, found);
}

return 0;

// The floor and the product in turn, on the same machine in the same minutes; the figure to keep is the ratio.
static async Task<object> Live()
{
    var (warmUp, measure) = (TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
    var results = new Dictionary<string, Dictionary<string, double>>();
    await Cores.KeepToMine();
    for (var round = 1; round <= 3; round++)
    {
        results[$"floor {round}"] = await Floor.Run(new LiveScenario(), warmUp, measure);
        await using var product = await Product.Start(pinned: true);
        results[$"product {round}"] = await new LiveScenario().Run(product, warmUp, measure);
    }

    return results;
}

// Two silos and two front ends, and one process of either engine for comparison.
static async Task<object> Cluster()
{
    var scenario = new ClusterScenario();
    var found = await scenario.Run();
    found["one process, embedded engine"] = await scenario.Alone("embedded");
    found["one process, a silo in it"] = await scenario.Alone("cluster");
    return found;
}

static async Task<object> With<T>(Func<Product, Task<T>> run)
{
    await using var product = await Product.Start();
    return (await run(product))!;
}
