using System.Reflection;
using Crm.Cluster;
using Orleans.Runtime;

namespace Crm.Cluster.Tests;

/// <summary>What nodes say to each other while versions are mixed. A changed line breaks a rolling update: add a method under a new alias instead.</summary>
public sealed class ContractListTests
{
    [Fact]
    public void The_contracts_between_nodes_are_those_that_are_written_down() =>
        Contracts().ShouldBe(File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "contracts.txt")));

    private static IEnumerable<string> Contracts()
    {
        foreach (var contract in typeof(IRecordGrain).Assembly.GetTypes().Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)).OrderBy(AliasOf, StringComparer.Ordinal))
        {
            yield return $"{AliasOf(contract)}: {contract.FullName}";
            foreach (var method in contract.GetMethods().OrderBy(AliasOf, StringComparer.Ordinal))
            {
                yield return $"  {AliasOf(method)}({string.Join(", ", method.GetParameters().Select(parameter => Name(parameter.ParameterType)))}) -> {Name(method.ReturnType)}";
            }
        }

        foreach (var grain in typeof(RecordGrain).Assembly.GetTypes().Where(type => typeof(Grain).IsAssignableFrom(type)).OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            yield return $"{grain.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!)}: {grain.FullName}";
        }

        var seen = new HashSet<Type>();
        foreach (var (name, type) in Wire.Types.OrderBy(type => type.Key, StringComparer.Ordinal))
        {
            yield return $"{name}: {Members(type)}";
            seen.Add(type);
        }

        foreach (var type in Wire.Types.Values.Append(typeof(Nudge)).SelectMany(Parts).Append(typeof(Nudge)).Distinct().Where(type => !seen.Contains(type)).OrderBy(type => type.Name, StringComparer.Ordinal))
        {
            yield return $"{type.Name}: {Members(type)}";
        }
    }

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()?.Alias
        ?? throw new InvalidOperationException($"{member.DeclaringType?.Name}.{member.Name} has no alias.");

    private static string Members(Type type) => type.IsEnum
        ? string.Join(", ", Enum.GetNames(type).Order(StringComparer.Ordinal))
        : string.Join(", ", type.GetConstructors().Single(made => made.GetParameters().Length > 0).GetParameters().Select(parameter => $"{parameter.Name} {Name(parameter.ParameterType)}").Order(StringComparer.Ordinal));

    private static IEnumerable<Type> Parts(Type type)
    {
        foreach (var part in type.GetProperties().Select(property => property.PropertyType).SelectMany(Unwrapped).Where(part => part.Namespace?.StartsWith("Crm", StringComparison.Ordinal) is true && part != type && part != typeof(Address)))
        {
            yield return part;
            foreach (var inner in Parts(part))
            {
                yield return inner;
            }
        }
    }

    private static IEnumerable<Type> Unwrapped(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Unwrapped) : [type];

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
