using Crm.Load;
using Crm.Tests;

namespace Crm.Cluster.Tests;

/// <summary>Two silos and two front ends as processes of their own, on a database of their own.</summary>
public sealed class ClusterFixture : PostgresFixture, IAsyncDisposable
{
    private Nodes? _nodes;

    /// <summary>Those that host records.</summary>
    public List<Node> Silos { get; } = [];

    /// <summary>Those that serve users.</summary>
    public List<Node> Webs { get; } = [];

    /// <summary>Signed in on each front end.</summary>
    public List<(HttpClient Client, string Token)> People { get; } = [];

    /// <summary>The name of this cluster.</summary>
    public string Id => _nodes!.Id;

    /// <summary>Another silo or front end of this cluster.</summary>
    public Task<Node> Start(string role, params (string Name, string Value)[] variables) => _nodes!.Start(role, variables);

    /// <inheritdoc />
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _nodes = new(ConnectionString, Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(number => (byte)number)]));
        Silos.Add(await Start("silo"));
        Silos.Add(await Start("silo"));
        Webs.AddRange(await Task.WhenAll(Start("web"), Start("web")));
        foreach (var web in Webs)
        {
            People.Add(await web.SignIn("ana@acme.test"));
        }
    }

    /// <inheritdoc />
    public override async Task DisposeAsync()
    {
        People.ForEach(person => person.Client.Dispose());
        if (_nodes is not null)
        {
            await _nodes.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}

/// <summary>The tests that share one cluster of processes; one at a time.</summary>
[CollectionDefinition(nameof(ClusterFixture))]
public sealed class ClusterTests : ICollectionFixture<ClusterFixture>;
