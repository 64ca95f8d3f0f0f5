namespace Crm.Load;

/// <summary>The floor and the product in turn, on the same machine in the same minutes: the figure to keep is the ratio.</summary>
internal static class Rounds
{
    /// <summary>Runs each of the two so often, and gives every round, the medians and their ratio.</summary>
    /// <param name="variants">Of the product: each a variable and its value, <c>NAME=VALUE</c>, or several with spaces between them.</param>
    /// <param name="records">That the target is to have.</param>
    public static async Task<Dictionary<string, Dictionary<string, double>>> Run(int times, IReadOnlyList<string> variants, int records, Func<Target, Task<Dictionary<string, double>>> run)
    {
        await Cores.KeepToMine();
        var all = new Dictionary<string, Dictionary<string, double>>();
        for (var round = 1; round <= times; round++)
        {
            foreach (var (name, start) in Targets(variants))
            {
                all[$"{name} {round}"] = await One(start(records), run);
                await Console.Error.WriteLineAsync($"{name} {round}: {string.Join(", ", all[$"{name} {round}"].Select(figure => $"{figure.Key} {figure.Value:0.##}"))}");
            }
        }

        foreach (var (name, _) in Targets(variants))
        {
            all[name] = Median(all, name);
        }

        var floor = all["floor"];
        foreach (var (name, _) in Targets(variants).Skip(1))
        {
            all[$"{name} / floor"] = all[name].Where(figure => floor.ContainsKey(figure.Key)).ToDictionary(figure => figure.Key, figure => figure.Value / floor[figure.Key]);
        }

        return all;
    }

    private static IEnumerable<(string Name, Func<int, Task<Target>> Start)> Targets(IReadOnlyList<string> variants) =>
    [
        ("floor", Target.Floor), ("product", records => Target.Product(records)),
        .. variants.Select(variant => ($"with {variant}", (Func<int, Task<Target>>)(records => Target.Product(records, variant)))),
    ];

    private static async Task<Dictionary<string, double>> One(Task<Target> starting, Func<Target, Task<Dictionary<string, double>>> run)
    {
        await using var target = await starting;
        return await run(target);
    }

    private static Dictionary<string, double> Median(Dictionary<string, Dictionary<string, double>> all, string name)
    {
        var rounds = all.Where(round => IsRound(round.Key, name)).Select(round => round.Value).ToList();
        return rounds.SelectMany(round => round.Keys).Distinct().ToDictionary(figure => figure, figure => Middle([.. rounds.Where(round => round.ContainsKey(figure)).Select(round => round[figure]).Order()]));
    }

    private static bool IsRound(string key, string name) => key.StartsWith($"{name} ", StringComparison.Ordinal) && int.TryParse(key.AsSpan(name.Length + 1), out _);

    private static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
