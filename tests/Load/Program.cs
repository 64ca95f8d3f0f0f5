using System.Diagnostics;
using System.Text.Json;
using Crm.Load;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

if (args is [Floor.Command])
{
    return await Floor.Serve();
}

// dotnet run -c Release --project tests/Load -- [--rounds N] [--with NAME=VALUE]… SCENARIO…; what each found is printed and written to .data/bench/SCENARIO.json.
// --with measures the product once more with that variable set, beside the product as it is.
var rounds = 3;
List<string> variants = [];
while (args is [var name, var value, ..])
{
    if (name == "--rounds" && int.TryParse(value, out var asked) && asked > 0)
    {
        rounds = asked;
    }
    else if (name == "--with" && value.Contains('=', StringComparison.Ordinal))
    {
        variants.Add(value);
    }
    else
    {
        break;
    }

    args = args[2..];
}

Dictionary<string, Func<Task<object>>> scenarios = new()
{
    ["search"] = async () => await new SearchScenario().Run(),
    ["feed"] = async () => await new FeedScenario().Run(),
    ["live"] = () => Beside(new LiveScenario().Records, new LiveScenario().Run),
    ["broadcast"] = () => Beside(1, new LiveScenario(group: 1_000, rate: 20).Run),
    ["knee"] = () => Beside(new KneeScenario().Records, new KneeScenario().Run),
    ["one-record"] = () => Beside(1, new DurableScenario(20, 1).Run),
    ["durable"] = () => Beside(1_000, new DurableScenario(200, 1_000).Run),
    ["idle"] = () => Beside(100, new IdleScenario().Run),
    ["storm"] = () => Beside(new StormScenario(5_000).Records, new StormScenario(5_000).Run),
    ["storm-10000"] = () => Beside(new StormScenario(10_000).Records, new StormScenario(10_000).Run),
    ["rest"] = () => With(async product => await new RestScenario().Run(product)),
    ["notices"] = () => With(async product => await new NoticeScenario().Run(product)),
    ["import"] = () => With(async product => await new ImportScenario().Run(product)),
    ["cluster"] = Cluster,
    ["presence"] = Presence,
    ["flood"] = Flood,
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

// Limits as they are by default, but for those of users and tenants: what is measured is what the machine's own limit does.
static async Task<object> Flood()
{
    var folder = Directory.CreateTempSubdirectory("crm-flood-").FullName;
    try
    {
        await using var database = await EmbeddedPostgres.StartAsync(folder, NullLogger.Instance, CancellationToken.None);
        await using var nodes = new Nodes(database.ConnectionString, Convert.ToBase64String(new byte[32]));
        var node = await nodes.Start("up", [("CRM_ENGINE", "embedded"), ("CRM_LIMITS", "on"), .. FloodScenario.NoRates]);
        return await new FloodScenario(TimeSpan.FromSeconds(20)).Run(node, () => Process.GetProcessById(node.Pid).WorkingSet64);
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
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

// On one process, and on two silos with two front ends where this build has them.
static async Task<object> Presence()
{
    var found = await new PresenceScenario().Run(cluster: false);
    if (typeof(Crm.Silo.Hosting.Engines).Assembly.GetType("Crm.Silo.Cluster.SiloHosting") is not null)
    {
        foreach (var (name, figures) in await new PresenceScenario().Run(cluster: true))
        {
            found[$"cluster: {name}"] = figures;
        }
    }

    return found;
}

async Task<object> Beside(int records, Func<Target, Task<Dictionary<string, double>>> run) => await Rounds.Run(rounds, variants, records, run);

static async Task<object> With<T>(Func<Product, Task<T>> run)
{
    await using var product = await Product.Start();
    return (await run(product))!;
}
