using System.Net;
using System.Net.Sockets;
using Crm.Engine;
using Crm.Engine.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Crm.Cluster.Tests;

/// <summary>Real silos inside the test's process: clusters of two, over whatever journal a test brings.</summary>
public sealed class InProcess : IAsyncLifetime
{
    private readonly List<Silos> _clusters = [];
    private int _opened;

    /// <summary>Those of the first cluster.</summary>
    public IReadOnlyList<IHost> Hosts => _clusters[0].Hosts;

    /// <summary>A cluster that holds no record in memory; of those that one test opens each is another.</summary>
    public IRecords Open(Kinds kinds, RecordServices services)
    {
        var cluster = _clusters[_opened++ % _clusters.Count];
        cluster.Current.Set(kinds, services);
        return cluster.Records(kinds);
    }

    /// <summary>The users' places of the first cluster, by a clock of the test's own.</summary>
    public IUserPlaces OpenPlaces(TimeProvider time)
    {
        Forget();
        _clusters[0].Current.Set(new(), new(new MemoryJournal(), new EmbeddedFeed(), new Kinds(), Processes.None, time));
        return new ClusterPlaces(Hosts[1].Services.GetRequiredService<IGrainFactory>());
    }

    /// <summary>Between two tests nothing stays in memory.</summary>
    public void Forget()
    {
        _opened = 0;
        _clusters.ForEach(cluster => cluster.Forget().GetAwaiter().GetResult());
    }

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        _clusters.Add(await Silos.Start(2));
        _clusters.Add(await Silos.Start(1));
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        foreach (var cluster in _clusters)
        {
            await cluster.DisposeAsync();
        }
    }

    internal static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>What records are made of in the test that runs now.</summary>
    private sealed class Present
    {
        public Kinds Kinds { get; private set; } = new();

        public RecordServices? Services { get; private set; }

        public void Set(Kinds kinds, RecordServices services) => (Kinds, Services) = (kinds, services);
    }

    /// <summary>A journal in which nothing waits.</summary>
    private sealed class Prompt : IBacklog
    {
        public TimeSpan Oldest => TimeSpan.Zero;
    }

    private sealed class Silos(Present current) : IAsyncDisposable
    {
        public List<IHost> Hosts { get; } = [];

        public Present Current => current;

        public static async Task<Silos> Start(int count)
        {
            var silos = new Silos(new());
            var primary = FreePort();
            for (var i = 0; i < count; i++)
            {
                var port = i == 0 ? primary : FreePort();
                var builder = Host.CreateApplicationBuilder();
                builder.Logging.ClearProviders();
                builder.Services.AddWire();
                builder.Services.AddSingleton(TimeProvider.System).AddSingleton<EmbeddedFeed>();
                builder.Services.AddSingleton(of => new SiloFeed(of.GetRequiredService<EmbeddedFeed>(), new Prompt(), () => "", TimeProvider.System, NullLogger<SiloFeed>.Instance));
                builder.Services.AddTransient<IKindRegistry>(_ => silos.Current.Kinds).AddTransient(_ => silos.Current.Services!);
                builder.UseOrleans(silo => silo
                    .UseLocalhostClustering(port, FreePort(), new(IPAddress.Loopback, primary), "crm", $"test-{primary}")
                    .AddPlacementDirector<OnItsSilo, OnItsSiloDirector>()
                    .Configure<ClusterMembershipOptions>(membership => membership.NumMissedProbesLimit = 100));
                var host = builder.Build();
                await host.StartAsync();
                silos.Hosts.Add(host);
            }

            return silos;
        }

        public ClusterRecords Records(Kinds kinds) => new ClusterRecords(
            Hosts[0].Services.GetRequiredService<IGrainFactory>(), kinds, TimeProvider.System, new(TimeSpan.FromSeconds(10)));

        public async Task Forget()
        {
            var management = Hosts[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            await management.ForceActivationCollection(TimeSpan.Zero);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var host in Enumerable.Reverse(Hosts))
            {
                await host.StopAsync();
                host.Dispose();
            }
        }
    }
}

/// <summary>The tests that share those silos; one at a time.</summary>
[CollectionDefinition(nameof(InProcess))]
public sealed class InProcessTests : ICollectionFixture<InProcess>;
