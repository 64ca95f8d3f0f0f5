using System.Text.RegularExpressions;
using Crm.Silo;
using Crm.Web.Operators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Crm.Tests.Manifests;

namespace Crm.Tests;

/// <summary>What deploy/ and docs/ say of ports, variables and paths is what the code does.</summary>
public sealed partial class SettingsTests
{
    private const string Operations = "docs/operations.md";

    // Read by the proxy, by scripts, and by compose itself.
    private static readonly string[] NotOfNodes = ["CRM_WEB", "CRM_TLS", "CRM_ARCHIVE", "CRM_POSTGRES_PASSWORD"];

    private static IReadOnlyList<string> Literals { get; } = [.. Repository.Product.Where(source => !source.Path.StartsWith("deploy/", StringComparison.Ordinal)).SelectMany(source => source.Tree.DescendantTokens())
        .Where(token => token.IsKind(SyntaxKind.StringLiteralToken)).Select(token => token.ValueText).Distinct()];

    private static IEnumerable<string> Known => Literals.Where(text => Variable().IsMatch(text)).Concat(NotOfNodes);

    [Fact]
    public void Every_variable_in_deploy_is_one_that_somebody_reads() => Repository.Files
        .Where(path => path.StartsWith("deploy/", StringComparison.Ordinal) && !path.EndsWith(".cs", StringComparison.Ordinal) && !path.EndsWith(".csproj", StringComparison.Ordinal))
        .SelectMany(path => Mentioned().Matches(Repository.Read(path)).Select(match => (path, match.Value))).Distinct()
        .Where(entry => !Known.Contains(entry.Value)).ShouldBeEmpty();

    [Fact]
    public void Every_variable_that_a_node_reads_is_described() =>
        Known.Except(NotOfNodes).Where(name => !Repository.Read(Operations).Contains($"`{name}`", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Every_variable_that_is_described_is_read() =>
        Mentioned().Matches(Repository.Read(Operations)).Select(match => match.Value).Distinct().Except(Known).ShouldBeEmpty();

    [Fact]
    public void Every_figure_is_described_and_every_described_one_there()
    {
        var made = Instruments().ToHashSet();
        made.Count.ShouldBeGreaterThan(15);
        made.UnionWith(Literals.Where(text => text.StartsWith("crm_metrics_", StringComparison.Ordinal)));
        var described = Figure().Matches(Repository.Read(Operations)).Select(match => match.Groups["name"].Value).Where(name => name != "crm_app").ToHashSet(); // A role of the database.
        made.Except(described).ShouldBeEmpty();
        described.Except(made).ShouldBeEmpty();
        Pods.Values.SelectMany(pod => Pairs(pod, "metadata", "annotations")).Where(pair => pair.Key == "prometheus.io/path").ShouldAllBe(pair => pair.Value == "/metrics");
        made.ShouldContain("crm_live_connections"); // What front ends grow by.
    }

    [Fact]
    public void The_images_serve_on_the_ports_that_the_code_means_by_itself()
    {
        var users = SiloOptions.Read(_ => null, development: false).Port;
        var cluster = ClusterOptions.Read(_ => null, alone: false);
        Stage("web").ShouldContain($"EXPOSE {users} ");
        Stage("web").ShouldContain($"CRM_PORT={users}");
        Stage("silo").ShouldContain($"CRM_SILO_PORT={cluster.SiloPort} CRM_GATEWAY_PORT={cluster.GatewayPort}");
        Stage("silo").ShouldContain($" {cluster.SiloPort} {cluster.GatewayPort}");
        foreach (var (role, ports) in new[] { ("web", new[] { users, 9464 }), ("silo", [5090, 9464, cluster.SiloPort, cluster.GatewayPort]) })
        {
            Containers(Pods[role]).SelectMany(container => Items(container, "ports")).Select(port => int.Parse(Text(port, "containerPort")!)).ShouldBe(ports);
            var exposed = Stage(role).Split('\n').Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal)).Split(' ')[1..].Select(int.Parse);
            exposed.Order().ShouldBe(ports.Order());
        }

        Repository.Read("deploy/Dockerfile").ShouldContain("CRM_OPERATORS_PORT=9464");
    }

    [Fact]
    public void Probes_ask_for_paths_that_are_served()
    {
        foreach (var role in new[] { "silo", "web" })
        {
            var container = Containers(Pods[role]).Single();
            (Text(container, "livenessProbe", "httpGet", "path"), Text(container, "readinessProbe", "httpGet", "path")).ShouldBe(("/health/live", "/health/ready"));
        }

        string[] served = ["/health", "live", "ready", "/metrics", OperatorsSetup.DashboardPath];
        served.Except(Literals).ShouldBeEmpty();
        Repository.Read("deploy/edge/haproxy.cfg").ShouldContain("uri /health/ready");
    }

    [Fact]
    public void The_images_are_small_and_not_root()
    {
        foreach (var role in new[] { "silo", "web" })
        {
            Stage(role).ShouldContain($"ENTRYPOINT [\"dotnet\", \"Silo.dll\", \"{role}\"]");
            Stage(role).ShouldStartWith("node AS ");
        }

        Stage("node").ShouldStartWith("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled");
        Stage("node").Split('\n').Last(line => line.StartsWith("USER ", StringComparison.Ordinal)).ShouldBe("USER 1654");
        Text(Pods["web"], "spec", "securityContext", "runAsUser").ShouldBe("1654");
    }

    [Fact]
    public void Compose_starts_two_of_each_behind_the_proxy_with_images_that_the_dockerfile_has()
    {
        Services.Keys.Order().ShouldBe(["archive", "edge", "postgres", "redis", "silo-1", "silo-2", "web-1", "web-2"]);
        foreach (var (name, service) in Services.Where(service => Text(service.Value, "build", "target") is not null))
        {
            Stage(Text(service, "build", "target")!).ShouldNotBeEmpty();
            Text(service, "build", "dockerfile").ShouldBe("deploy/Dockerfile");
            Text(service, "read_only").ShouldBe("true", name);
            Text(service, "deploy", "resources", "limits", "memory").ShouldNotBeNull(name);
        }

        Text(Services["silo-1"], "environment", "CRM_ADVERTISE").ShouldBe(Text(Services["silo-1"], "networks", "nodes", "ipv4_address"));
        Text(Services["silo-2"], "environment", "CRM_ADVERTISE").ShouldBe(Text(Services["silo-2"], "networks", "nodes", "ipv4_address"));
        Items(Services["edge"], "ports").ShouldHaveSingleItem().ToString().ShouldStartWith("127.0.0.1:");
        Services.Where(service => service.Key != "edge").ShouldAllBe(service => At(service.Value, "ports") == null);
    }

    [Fact]
    public void No_secret_is_written_down()
    {
        string[] secret = ["CRM_DATABASE", "CRM_MASTER_KEY", "CRM_FIRST_PASSWORD", "POSTGRES_PASSWORD", "PGPASSWORD"];
        foreach (var entry in Pods.Values.SelectMany(Containers).SelectMany(container => Items(container, "env")).Where(entry => secret.Contains(Text(entry, "name"))))
        {
            Text(entry, "value").ShouldBeNull();
            Text(entry, "valueFrom", "secretKeyRef", "name").ShouldNotBeNull();
        }

        Services.Values.SelectMany(service => Pairs(service, "environment")).Where(pair => secret.Contains(pair.Key)).ShouldAllBe(pair => pair.Value!.Contains("${CRM_"));
    }

    [RunsWhere("haproxy")]
    public async Task The_proxy_understands_its_configuration()
    {
        var (code, output) = await Tool.Run("haproxy", ["-c", "-f", Path.Combine(Repository.Root, "deploy/edge/haproxy.cfg")], ("CRM_WEB", "web:5080"), ("CRM_TLS", ""));
        code.ShouldBe(0, output);
    }

    private static string Stage(string name) => Repository.Read("deploy/Dockerfile").Split("\nFROM ").Single(stage => stage.Split('\n')[0].EndsWith($" AS {name}", StringComparison.Ordinal));

    // The name in /metrics of what is made by a call such as CreateCounter<long>("crm.commands", "{command}", …).
    private static IEnumerable<string> Instruments() =>
        from source in Repository.Product
        from call in source.Tree.DescendantNodes().OfType<InvocationExpressionSyntax>()
        where call.Expression is MemberAccessExpressionSyntax { Name.Identifier.ValueText: var method } && Maker().IsMatch(method)
        let texts = call.ArgumentList.Arguments.Select(argument => argument.Expression).OfType<LiteralExpressionSyntax>().Select(literal => literal.Token.ValueText).ToList()
        where texts.Count > 1 && texts[0].StartsWith("crm.", StringComparison.Ordinal)
        let kind = ((MemberAccessExpressionSyntax)call.Expression).Name.Identifier.ValueText
        select PrometheusText.Name(texts[0], texts[1], kind.EndsWith("Counter", StringComparison.Ordinal) ? FamilyType.Counter : FamilyType.Gauge);

    [GeneratedRegex("^CRM_[A-Z_]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Variable();

    [GeneratedRegex("CRM_[A-Z_]*[A-Z]", RegexOptions.NonBacktracking)]
    private static partial Regex Mentioned();

    [GeneratedRegex("`(?<name>crm_[a-z_]+)`", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Figure();

    [GeneratedRegex("^Create(Counter|Histogram|UpDownCounter|Observable(Gauge|Counter))$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Maker();
}
