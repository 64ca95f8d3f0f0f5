using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Crm.Tests;

/// <summary>The checkout that these tests look at: its own files, neither built nor fetched ones.</summary>
internal static class Repository
{
    private static readonly HashSet<string> Foreign = ["bin", "obj", "node_modules", "TestResults", "dist"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file, its path relative to the root and with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The parsed C# files.</summary>
    public static IReadOnlyList<(string Path, SyntaxNode Tree)> Sources { get; } =
        [.. Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal)).Select(path => (path, Parse(path)))];

    /// <summary>The product's C# files, without the tests.</summary>
    public static IEnumerable<(string Path, SyntaxNode Tree)> Product => Sources.Where(source => !source.Path.StartsWith("tests/", StringComparison.Ordinal));

    /// <summary>The text of a file.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    // Both engines' folders count, so the cluster's code is looked at where it is not compiled.
    private static SyntaxNode Parse(string path) => CSharpSyntaxTree.ParseText(Read(path), new CSharpParseOptions(LanguageVersion.Preview), path).GetRoot();

    private static IEnumerable<string> Walk(string folder) => Directory.EnumerateFiles(folder).Concat(
        Directory.EnumerateDirectories(folder)
            .Where(child => Path.GetFileName(child) is var name && !Foreign.Contains(name) && (name is ".ci" || name[0] != '.'))
            .SelectMany(Walk));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Crm.Orleans.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not run from a checkout.");
        return folder.FullName;
    }
}
