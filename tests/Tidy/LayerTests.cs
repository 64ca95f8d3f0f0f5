using System.Xml.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Crm.Tests;

public sealed class LayerTests
{
    [Theory]
    [InlineData("Grains.Interfaces", "")]
    [InlineData("Grains", "Grains.Interfaces")]
    [InlineData("WebFrontend", "Grains.Interfaces")]
    [InlineData("Silo", "Grains.Interfaces Grains WebFrontend")]
    public void A_layer_references_only_those_below_it(string project, string below) =>
        References(project).Except(below.Split(' ')).ShouldBeEmpty();

    [Fact]
    public void Npgsql_is_known_to_the_postgres_folder_of_the_silo_alone()
    {
        Packages().Where(entry => entry.Package.StartsWith("Npgsql", StringComparison.Ordinal)).Select(entry => entry.Project).Distinct().ShouldBe(["Silo"]);
        Repository.Product.Where(source => !source.Path.StartsWith("Silo/Postgres/", StringComparison.Ordinal) && Mentions(source.Tree, "Npgsql")).Select(source => source.Path)
            .Except(["Silo/Hosting/Store.cs"]) // Makes the pool that everything in Silo/Postgres is given.
            .ShouldBeEmpty();
    }

    [Fact]
    public void Orleans_is_known_to_the_cluster_folders_alone() => Repository.Product
        .Where(source => !source.Path.Contains("/Cluster/", StringComparison.Ordinal) && (Mentions(source.Tree, "Orleans") || Mentions(source.Tree, "Microsoft.Orleans")))
        .Select(source => source.Path).ShouldBeEmpty();

    [Fact]
    public void Neither_the_engine_nor_a_kind_knows_a_kind()
    {
        var grains = Repository.Product.Where(source => source.Path.StartsWith("Grains/", StringComparison.Ordinal) && source.Path.Count(c => c == '/') > 1).ToList();
        var rooms = grains.SelectMany(source => source.Tree.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().Select(space => (Room: Room(source.Path), Space: space.Name.ToString())))
            .Distinct().ToLookup(entry => entry.Room, entry => entry.Space);
        string[] common = ["Engine", "Cluster", "Views", "Processes"];
        (from source in grains
         from room in rooms
         where room.Key != Room(source.Path) && !common.Contains(room.Key) && Room(source.Path) is not ("Views" or "Processes")
         from space in room
         where Mentions(source.Tree, space)
         select $"{source.Path} uses {space}").ShouldBeEmpty();
    }

    [Fact]
    public void The_front_end_has_no_rule_and_no_database() =>
        Repository.Product.Where(source => source.Path.StartsWith("WebFrontend/", StringComparison.Ordinal) && Mentions(source.Tree, "Crm.Engine")).Select(source => source.Path).ShouldBeEmpty();

    [Fact]
    public void The_solution_has_every_project()
    {
        var solution = Repository.Read("Crm.Orleans.sln").Replace('\\', '/');
        Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains($"\"{path}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_package_version_is_pinned_in_one_place()
    {
        var central = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants()
            .Where(element => element.Name.LocalName is "PackageVersion" or "GlobalPackageReference").ToList();
        central.Where(element => element.Attribute("Version")!.Value.Contains('*')).ShouldBeEmpty();
        Repository.Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))
            .Where(path => XDocument.Parse(Repository.Read(path)).Descendants("PackageReference").Any(package => package.Attribute("Version") is not null))
            .ShouldBeEmpty();
    }

    private static string Room(string path) => path.Split('/')[1];

    private static IEnumerable<string> References(string project) => XDocument.Parse(Repository.Read($"{project}/{project}.csproj"))
        .Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    private static IEnumerable<(string Project, string Package)> Packages() =>
        from path in Repository.Files
        where path.EndsWith(".csproj", StringComparison.Ordinal) && !path.StartsWith("tests/", StringComparison.Ordinal)
        from package in XDocument.Parse(Repository.Read(path)).Descendants("PackageReference")
        select (Path.GetFileNameWithoutExtension(path), package.Attribute("Include")!.Value);

    /// <summary>Whether a using, or a name written in full, leads into a namespace.</summary>
    private static bool Mentions(Microsoft.CodeAnalysis.SyntaxNode tree, string space) =>
        tree.DescendantNodes().OfType<UsingDirectiveSyntax>().Any(use => Within(use.NamespaceOrType.ToString(), space)) ||
        tree.DescendantNodes().OfType<QualifiedNameSyntax>().Any(name => name.Parent is not (BaseNamespaceDeclarationSyntax or UsingDirectiveSyntax) && Within(name.ToString(), space)) ||
        tree.DescendantNodes().OfType<MemberAccessExpressionSyntax>().Any(access => Within(access.ToString(), space));

    private static bool Within(string name, string space) => name == space || name.StartsWith(space + ".", StringComparison.Ordinal);
}
