using YamlDotNet.RepresentationModel;
using static Crm.Tests.Manifests;

namespace Crm.Tests;

/// <summary>The manifests hang together, and no pod may more than it needs.</summary>
public sealed class KubernetesTests
{
    public static TheoryData<string> Everybody => [.. Pods.Keys];

    public static TheoryData<string> Serving => ["silo", "web", "edge"];

    [Theory, MemberData(nameof(Everybody))]
    public void A_pod_is_not_root_writes_nowhere_but_where_it_must_and_has_limits(string name)
    {
        var pod = Pods[name];
        Text(pod, "spec", "securityContext", "runAsNonRoot").ShouldBe("true");
        Text(pod, "spec", "securityContext", "seccompProfile", "type").ShouldBe("RuntimeDefault");
        Text(pod, "spec", "automountServiceAccountToken").ShouldBe("false");
        foreach (var container in Containers(pod))
        {
            Text(container, "securityContext", "allowPrivilegeEscalation").ShouldBe("false");
            Text(container, "securityContext", "readOnlyRootFilesystem").ShouldBe("true");
            Items(container, "securityContext", "capabilities", "drop").ShouldHaveSingleItem().ToString().ShouldBe("ALL");
            Text(container, "resources", "limits", "memory").ShouldNotBeNull();
            Text(container, "resources", "requests", "cpu").ShouldNotBeNull();
        }
    }

    [Theory, MemberData(nameof(Everybody))]
    public void What_a_pod_refers_to_is_there(string name)
    {
        var pod = Pods[name];
        var volumes = Items(pod, "spec", "volumes").Select(volume => Text(volume, "name")).Concat(Claims(name)).ToList();
        foreach (var container in Containers(pod))
        {
            var ports = Items(container, "ports").Select(port => Text(port, "name")).ToList();
            string?[] probed = [.. new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(probe => Text(container, probe, "httpGet", "port") ?? Text(container, probe, "tcpSocket", "port"))];
            probed.Where(port => port is not null).Except(ports).ShouldBeEmpty();
            Items(container, "volumeMounts").Select(mount => Text(mount, "name")).Except(volumes).ShouldBeEmpty();
        }

        string[] made = ["crm-settings", "crm-edge", "crm-postgres-scripts"];
        Named(pod, "configMap", "name").Concat(Named(pod, "configMapRef", "name")).Except(made).ShouldBeEmpty();
        var asked = Repository.Read("docs/operations.md");
        Named(pod, "secret", "secretName").Concat(Named(pod, "secretKeyRef", "name")).Where(secret => !asked.Contains($"create secret generic {secret} ", StringComparison.Ordinal) && !asked.Contains($"create secret tls {secret} ", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Serving))]
    public void What_serves_is_probed_spread_and_stopped_gently(string name)
    {
        var pod = Pods[name];
        foreach (var container in Containers(pod))
        {
            Text(container, "readinessProbe", "httpGet", "path").ShouldNotBeNull();
            Text(container, "livenessProbe", "httpGet", "path").ShouldNotBe(Text(container, "readinessProbe", "httpGet", "path") is "/health/ready" ? "/health/ready" : "");
        }

        int.Parse(Text(pod, "spec", "terminationGracePeriodSeconds")!).ShouldBeGreaterThan(30);
        Objects.ShouldContain(entry => Text(entry.Document, "kind") == "PodDisruptionBudget" && Text(entry.Document, "spec", "selector", "matchLabels", "app") == name);
    }

    [Fact]
    public void Services_disruption_budgets_and_policies_select_pods_that_there_are_by_ports_that_they_have()
    {
        var apps = Pods.Values.ToLookup(pod => Text(pod, "metadata", "labels", "app"));
        foreach (var (path, document) in Objects.Where(entry => Text(entry.Document, "kind") is "Service"))
        {
            var pod = apps[Text(document, "spec", "selector", "app")].ShouldHaveSingleItem(path);
            Items(document, "spec", "ports").Select(port => Text(port, "targetPort")).Except(Containers(pod).SelectMany(container => Items(container, "ports")).Select(port => Text(port, "name"))).ShouldBeEmpty(path);
        }

        foreach (var (_, policy) in Objects.Where(entry => Text(entry.Document, "kind") == "NetworkPolicy"))
        {
            var selected = Selected(At(policy, "spec", "podSelector"));
            selected.Where(app => !apps.Contains(app)).ShouldBeEmpty();
            Items(policy, "spec", "ingress").SelectMany(way => Items(way, "from")).SelectMany(from => Selected(At(from, "podSelector"))).Where(app => !apps.Contains(app)).ShouldBeEmpty();
            Items(policy, "spec", "ingress").SelectMany(way => Items(way, "ports")).Select(port => Text(port, "port"))
                .Except(selected.SelectMany(app => apps[app]).SelectMany(Containers).SelectMany(container => Items(container, "ports")).Select(port => Text(port, "containerPort"))).ShouldBeEmpty(Text(policy, "metadata", "name"));
        }
    }

    [Fact]
    public void The_operators_port_is_no_service_and_open_to_monitoring_alone()
    {
        Objects.Where(entry => Text(entry.Document, "kind") == "Service").SelectMany(entry => Items(entry.Document, "spec", "ports")).ShouldAllBe(port => Text(port, "targetPort") != "operators");
        var open = Objects.Where(entry => Text(entry.Document, "kind") == "NetworkPolicy")
            .SelectMany(entry => Items(entry.Document, "spec", "ingress")).Where(way => Items(way, "ports").Any(port => Text(port, "port") == "9464")).ShouldHaveSingleItem();
        Text(Items(open, "from").ShouldHaveSingleItem(), "namespaceSelector", "matchLabels", "kubernetes.io/metadata.name").ShouldBe("monitoring");
    }

    [Fact]
    public void Front_ends_and_silos_grow_with_load()
    {
        var scaled = Objects.Where(entry => Text(entry.Document, "kind") == "HorizontalPodAutoscaler").ToDictionary(entry => Text(entry.Document, "spec", "scaleTargetRef", "name")!, entry => entry.Document);
        scaled.Keys.Order().ShouldBe(["silo", "web"]);
        Items(scaled["web"], "spec", "metrics").Select(metric => Text(metric, "pods", "metric", "name") ?? Text(metric, "resource", "name")).ShouldBe(["crm_live_connections", "cpu"]);
        scaled.Values.ShouldAllBe(each => int.Parse(Text(each, "spec", "minReplicas")!) >= 2);
    }

    [RunsWhere("kubectl")]
    public async Task Kustomize_puts_them_together()
    {
        var (code, output) = await Tool.Run("kubectl", "kustomize", Path.Combine(Repository.Root, "deploy/kubernetes"));
        code.ShouldBe(0, output);
        output.Split('\n').Count(line => line.StartsWith("kind: ", StringComparison.Ordinal)).ShouldBe(Objects.Count + 3); // And the three that are made from files and literals.
    }

    private static IEnumerable<string?> Claims(string pod) => Objects.Where(entry => Text(entry.Document, "metadata", "name") == pod)
        .SelectMany(entry => Items(entry.Document, "spec", "volumeClaimTemplates")).Select(claim => Text(claim, "metadata", "name"));

    private static List<string?> Selected(YamlNode? selector) =>
        [.. Pairs(selector, "matchLabels").Select(label => label.Value), .. Items(selector, "matchExpressions").SelectMany(expression => Items(expression, "values")).Select(value => $"{value}")];

    /// <summary>The values of a key below another one, wherever in the pod.</summary>
    private static IEnumerable<string> Named(YamlNode pod, string key, string name) =>
        pod.AllNodes.OfType<YamlMappingNode>().Select(map => Text(map, key, name)).OfType<string>();
}
