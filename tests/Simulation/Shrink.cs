using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Simulation;

/// <summary>Finds the smallest case that still breaks a promise. FsCheck chooses what to try, the simulator runs inside its property.</summary>
public static class Shrink
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>The smallest case found, and what it breaks.</summary>
    public static (Case Case, string Broken) Of(Case failing, Bug bug = Bug.None)
    {
        var (smallest, broken) = (failing, "");
        Prop.ForAll(Arb.From(Gen.Constant(failing), Smaller), tried =>
        {
            if (Simulation.Run(tried, bug).Broken is not { } why)
            {
                return true;
            }

            (smallest, broken) = (tried, why);
            return false;
        }).Check(Config.Quick.WithMaxTest(1).WithRunner(new Silent()).WithParallelRunConfig(null));
        return (smallest, broken);
    }

    /// <summary>A case as a regression file holds it.</summary>
    public static string Write(Case @case) => JsonSerializer.Serialize(@case, Format);

    /// <summary>A case out of such a file.</summary>
    public static Case Read(string json) => JsonSerializer.Deserialize<Case>(json, Format)!;

    // Without ever smaller parts of its steps, then of its faults; then in calmer weather, and with shorter faults.
    private static IEnumerable<Case> Smaller(Case @case)
    {
        foreach (var ops in Without(@case.Ops))
        {
            yield return @case with { Ops = InTime(@case.Ops, ops) };
        }

        foreach (var faults in Without(@case.Faults))
        {
            yield return @case with { Faults = faults };
        }

        var weather = @case.Weather;
        foreach (var calmer in new[]
        {
            weather with { Late = 0 }, weather with { Lost = 0 }, weather with { Double = 0 }, weather with { Unknown = 0 }, weather with { Failed = 0 },
        })
        {
            if (calmer != weather)
            {
                yield return @case with { Weather = calmer };
            }
        }

        for (var i = 0; i < @case.Faults.Count; i++)
        {
            if (@case.Faults[i].ForMs > 100)
            {
                yield return @case with { Faults = [.. @case.Faults.Select((fault, at) => at == i ? fault with { ForMs = fault.ForMs / 2 } : fault)] };
            }
        }
    }

    // The steps that are left are taken when they were: each waits for those of its client that were taken out before it.
    private static List<Op> InTime(IReadOnlyList<Op> all, IReadOnlyList<Op> left)
    {
        var (kept, wait, ops) = (left.Select(op => op.Id).ToHashSet(), new int[Case.Clients], new List<Op>());
        foreach (var op in all)
        {
            if (kept.Contains(op.Id))
            {
                ops.Add(op with { WaitMs = op.WaitMs + wait[op.Client] });
                wait[op.Client] = 0;
            }
            else
            {
                wait[op.Client] += op.WaitMs + op.SleepMs;
            }
        }

        return ops;
    }

    private static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyList<T> all)
    {
        for (var part = all.Count; part > 0; part /= 2)
        {
            for (var from = 0; from < all.Count; from += part)
            {
                yield return [.. all.Take(from), .. all.Skip(from + part)];
            }
        }
    }

    private sealed class Silent : IRunner
    {
        public void OnStartFixture(Type t)
        {
        }

        public void OnArguments(int ntest, Microsoft.FSharp.Collections.FSharpList<object> args, Microsoft.FSharp.Core.FSharpFunc<int, Microsoft.FSharp.Core.FSharpFunc<Microsoft.FSharp.Collections.FSharpList<object>, string>> every)
        {
        }

        public void OnShrink(Microsoft.FSharp.Collections.FSharpList<object> args, Microsoft.FSharp.Core.FSharpFunc<Microsoft.FSharp.Collections.FSharpList<object>, string> everyShrink)
        {
        }

        public void OnFinished(string name, TestResult testResult)
        {
        }
    }
}
