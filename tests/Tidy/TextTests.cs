using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crm.Tests;

public sealed partial class TextTests
{
    private const int LongestFile = 300;
    private const int LongestMethod = 40;

    [Fact]
    public void No_file_is_longer_than_300_lines() => Written()
        .Select(path => (path, lines: Repository.Read(path).AsSpan().Count('\n')))
        .Where(file => file.lines > LongestFile)
        .Select(file => $"{file.path}: {file.lines} lines").ShouldBeEmpty();

    [Fact]
    public void No_method_is_longer_than_40_lines() =>
        (from source in Repository.Sources
         from method in source.Tree.DescendantNodes().Where(node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax)
         let body = method.ChildNodes().LastOrDefault(node => node is BlockSyntax or ArrowExpressionClauseSyntax)
         where body is not null
         let span = body.GetLocation().GetLineSpan()
         let lines = span.EndLinePosition.Line - span.StartLinePosition.Line - (body is BlockSyntax ? 1 : 0)
         where lines > LongestMethod
         select $"{source.Path}:{span.StartLinePosition.Line}: {lines} lines").ShouldBeEmpty();

    [Fact]
    public void Nothing_is_left_open()
    {
        string[] open = ["TO" + "DO", "FIX" + "ME", "HA" + "CK:", nameof(NotImplementedException)];
        Written().Where(path => path != "tests/Tidy/TextTests.cs" && open.Any(word => Repository.Read(path).Contains(word, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void No_folder_is_a_drawer_for_everything()
    {
        string[] drawers = ["Common", "Helpers", "Utils", "Services", "Misc", "Shared"];
        Repository.Files.SelectMany(path => path.Split('/')[..^1]).Intersect(drawers, StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine() => Repository.Files
        .Where(path => IsWritten(path) || Path.GetExtension(path) is ".md" or ".json" or ".csproj" or ".props" or ".sh" || path is "crm" or ".ci/run")
        .Where(path => MachinePath().IsMatch(Repository.Read(path))).ShouldBeEmpty();

    [Fact]
    public void No_lock_file_names_a_registry() => Repository.Files
        .Where(path => path.EndsWith("package-lock.json", StringComparison.Ordinal) && Repository.Read(path).Contains("\"resolved\"", StringComparison.Ordinal))
        .ShouldBeEmpty();

    [Fact]
    public void Migrations_are_numbered_from_1_without_gaps()
    {
        var numbers = Repository.Files.Where(path => path.StartsWith("Silo/Postgres/Migrations/", StringComparison.Ordinal))
            .Select(path => Migration().Match(Path.GetFileName(path)))
            .Select(match => match.Success ? int.Parse(match.Groups["number"].Value) : 0).ToList();
        numbers.ShouldNotBeEmpty();
        numbers.ShouldBe(Enumerable.Range(1, numbers.Count));
    }

    private static IEnumerable<string> Written() => Repository.Files.Where(IsWritten);

    private static bool IsWritten(string path) => Path.GetExtension(path) is ".cs" or ".ts" or ".tsx" or ".js" or ".mjs" or ".sql" or ".css"
        && !path.Contains(".g.", StringComparison.Ordinal) && !path.Contains("/generated/", StringComparison.Ordinal);

    [GeneratedRegex("""(?<![\w.$}"'])/(work|root|home|Users|farm)/[a-z]""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"^(?<number>\d{4})_[a-z0-9_]+\.sql$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Migration();
}
