using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Crm.Tests;

public sealed class BannedCallTests
{
    [Theory]
    [InlineData("P:System.DateTime.Now")]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTimeOffset.Now")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("M:System.Guid.NewGuid")]
    [InlineData("P:System.Random.Shared")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("M:System.Threading.Tasks.Task.Run(System.Action)")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.TimeSpan)")]
    [InlineData("M:System.Threading.Tasks.Task.ConfigureAwait(System.Boolean)")]
    [InlineData("M:System.Threading.Tasks.ValueTask`1.ConfigureAwait(System.Boolean)")]
    public void The_compiler_refuses_it_in_grains(string symbol) =>
        Repository.Read("Grains/BannedSymbols.txt").Split('\n').ShouldContain(line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Fact]
    public void The_list_reaches_the_compiler_and_nothing_switches_it_off()
    {
        Repository.Read("Grains/Grains.csproj").ShouldContain("<AdditionalFiles Include=\"BannedSymbols.txt\" />");
        Repository.Read("Directory.Packages.props").ShouldContain("Microsoft.CodeAnalysis.BannedApiAnalyzers");
        Repository.Read("Directory.Build.props").ShouldContain("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>");
        string[] settings = [".editorconfig", .. Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) || path.EndsWith(".props", StringComparison.Ordinal))];
        settings.Where(path => Repository.Read(path).Contains("RS0030", StringComparison.Ordinal)).ShouldBeEmpty();
        Repository.Product.Where(source => source.Path.StartsWith("Grains/", StringComparison.Ordinal) && source.Tree.DescendantTrivia().Any(trivia => trivia.IsKind(SyntaxKind.PragmaWarningDirectiveTrivia)))
            .Select(source => source.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Every_entry_names_something_that_exists()
    {
        var compilation = CSharpCompilation.Create("probe", references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)));
        Repository.Read("Grains/BannedSymbols.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(';')[0])
            .Where(symbol => DocumentationCommentId.GetFirstSymbolForDeclarationId(symbol, compilation) is null).ShouldBeEmpty();
    }
}
