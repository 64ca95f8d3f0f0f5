using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Crm.Tests;

/// <summary>What stands in deploy/, parsed.</summary>
internal static class Manifests
{
    /// <summary>Every YAML document, with its file.</summary>
    public static IReadOnlyList<(string Path, YamlMappingNode Document)> All { get; } =
        [.. Repository.Files.Where(path => path.StartsWith("deploy/", StringComparison.Ordinal) && path.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(Read)];

    /// <summary>What is sent to Kubernetes.</summary>
    public static IReadOnlyList<(string Path, YamlMappingNode Document)> Objects { get; } =
        [.. All.Where(entry => entry.Path != "deploy/compose.yaml" && Text(entry.Document, "kind") != "Kustomization")];

    /// <summary>Pods, by the name of what makes them.</summary>
    public static IReadOnlyDictionary<string, YamlMappingNode> Pods { get; } = Objects
        .Select(entry => (Name: Text(entry.Document, "metadata", "name"), Template: At(entry.Document, "spec", "template") ?? At(entry.Document, "spec", "jobTemplate", "spec", "template")))
        .Where(entry => entry.Template is not null).ToDictionary(entry => entry.Name!, entry => (YamlMappingNode)entry.Template!);

    /// <summary>The services of the compose file, merges resolved.</summary>
    public static IReadOnlyDictionary<string, YamlMappingNode> Services { get; } =
        ((YamlMappingNode)At(All.Single(entry => entry.Path == "deploy/compose.yaml").Document, "services")!).Children.ToDictionary(pair => $"{pair.Key}", pair => (YamlMappingNode)pair.Value);

    /// <summary>The node at the end of a path of keys; null when there is none.</summary>
    public static YamlNode? At(YamlNode? node, params string[] path)
    {
        foreach (var key in path)
        {
            node = node is YamlMappingNode map ? Find(map, key) : null;
        }

        return node;
    }

    /// <summary>The text at the end of a path of keys.</summary>
    public static string? Text(YamlNode? node, params string[] path) => (At(node, path) as YamlScalarNode)?.Value;

    /// <summary>The items at the end of a path of keys; none when there is nothing.</summary>
    public static IEnumerable<YamlNode> Items(YamlNode? node, params string[] path) => (At(node, path) as YamlSequenceNode)?.Children ?? [];

    /// <summary>The pairs at the end of a path of keys, those that are merged in among them.</summary>
    public static IEnumerable<(string Key, string? Value)> Pairs(YamlNode? node, params string[] path) => At(node, path) is YamlMappingNode map
        ? map.Children.Where(pair => $"{pair.Key}" != "<<").Select(pair => ($"{pair.Key}", (pair.Value as YamlScalarNode)?.Value)).Concat(Pairs(Find(map, "<<")))
        : [];

    /// <summary>The containers of a pod.</summary>
    public static IEnumerable<YamlNode> Containers(YamlNode pod) => Items(pod, "spec", "containers");

    private static YamlNode? Find(YamlMappingNode map, string key) => map.Children.FirstOrDefault(pair => $"{pair.Key}" == key).Value
        ?? (key == "<<" ? null : At(map.Children.FirstOrDefault(pair => $"{pair.Key}" == "<<").Value, key));

    private static IEnumerable<(string Path, YamlMappingNode Document)> Read(string path)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new Parser(new StringReader(Repository.Read(path))));
        }
        catch (YamlException fault)
        {
            throw new InvalidOperationException($"{path}: {fault.Message}", fault);
        }

        return stream.Documents.Select(document => (path, (YamlMappingNode)document.RootNode));
    }
}
