using System.Globalization;
using Crm.Simulation;

// ./crm sim [--seeds N] [--seed S] [--story] [--trace] [--wire] [--case FILE] [--bug NAME]
var options = new Dictionary<string, string>();
for (var i = 0; i < args.Length; i++)
{
    if (args[i] is "--story" or "--trace" or "--wire")
    {
        options[args[i]] = "";
    }
    else if (args[i] is "--seeds" or "--seed" or "--bug" or "--case" && i + 1 < args.Length)
    {
        options[args[i]] = args[++i];
    }
    else
    {
        return Wrong($"'{args[i]}' is not understood: sim [--seeds N] [--seed S] [--story]");
    }
}

var bug = Bug.None;
ulong first = 0, seeds = 0;
if (options.TryGetValue("--seed", out var text) && !ulong.TryParse(text, NumberStyles.None, null, out first))
{
    return Wrong($"the seed '{text}' must be a whole number from 0");
}

if (options.TryGetValue("--seeds", out text) && (!ulong.TryParse(text, NumberStyles.None, null, out seeds) || seeds is 0 or > long.MaxValue))
{
    return Wrong($"the number of seeds '{text}' must be a whole number from 1");
}

if (options.TryGetValue("--bug", out text) && !Enum.TryParse(text, ignoreCase: true, out bug))
{
    return Wrong($"there is no bug '{text}': {string.Join(", ", Enum.GetNames<Bug>())}");
}

if (options.ContainsKey("--wire"))
{
    return options.TryGetValue("--case", out text)
        ? Report.Wire([($"case {Path.GetFileName(text)}", Shrink.Read(File.ReadAllText(text)))])
        : Report.Wire(Enumerable.Range(0, (int)Math.Max(1, seeds)).Select(i => ($"seed {first + (ulong)i}", Plan.Of(first + (ulong)i))));
}

return Report.Run(options, options.ContainsKey("--seed") ? first : Report.NewSeeds(), seeds, bug);

static int Wrong(string what)
{
    Console.Error.WriteLine($"crm: {what}");
    return 2;
}
