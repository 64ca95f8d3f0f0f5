using Crm.Cluster;
using Crm.Silo.Hosting;
using Orleans.Configuration;

namespace Crm.Silo.Cluster;

/// <summary>A silo, or a client of the silos, as Orleans is told of it.</summary>
public static partial class SiloHosting
{
    private const string Service = "crm";

    // A pause of two seconds costs two probes at most; a silo that is gone has missed three within four.
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(1.1);
    private const int MissedProbes = 3;

    // What was lost with a silo is sent again by then: every command has an id, so that is harmless.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    // An idle record costs some 8 KB; loading it again is one query.
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    /// <summary>Adds a silo to this process.</summary>
    public static void AddSilo(this WebApplicationBuilder builder, Crm.Silo.ClusterOptions options, Store store) => builder.FindOthers(options).UseOrleans(silo =>
    {
        silo.Configure<Orleans.Configuration.ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.Id, Service));
        silo.Configure<ClusterMembershipOptions>(Tune);
        silo.Configure<SiloMessagingOptions>(messages => messages.ResponseTimeout = messages.SystemResponseTimeout = AnswerWithin);
        silo.Configure<ConnectionOptions>(Tune);
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = Idle;
            collection.EnableActivationSheddingOnMemoryPressure = true;
            collection.ClassSpecificCollectionAge[typeof(FeedGrain).FullName!] = TimeSpan.FromDays(1);
        });
        silo.AddPlacementDirector<OnItsSilo, OnItsSiloDirector>();
        switch (options.By)
        {
            case Clustering.Localhost:
                silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, null, Service, options.Id);
                return;
            case Clustering.Postgres:
                silo.UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = ("Npgsql", store.Postgres.App));
                break;
            case Clustering.Redis:
                silo.AddRedis(options.Redis!);
                break;
        }

        silo.Configure<EndpointOptions>(endpoints => Listen(endpoints, options));
    });

    /// <summary>Makes this process a client of the silos. It does not start before it has reached one, and outlives the loss of any.</summary>
    public static void AddClient(this WebApplicationBuilder builder, Crm.Silo.ClusterOptions options, Store store) => builder.FindOthers(options).UseOrleansClient(client =>
    {
        client.Configure<Orleans.Configuration.ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.Id, Service));
        client.Configure<ClientMessagingOptions>(messages => messages.ResponseTimeout = AnswerWithin);
        client.Configure<ConnectionOptions>(Tune);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        client.UseConnectionRetryFilter<KeepTrying>();
        switch (options.By)
        {
            case Clustering.Localhost:
                client.UseLocalhostClustering(options.GatewayPort, Service, options.Id);
                break;
            case Clustering.Postgres:
                client.UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = ("Npgsql", store.Postgres.App));
                break;
            case Clustering.Redis:
                client.AddRedis(options.Redis!);
                break;
        }
    });

    // Hosted services start in this order: first there is a place to look for others, then Orleans looks.
    private static WebApplicationBuilder FindOthers(this WebApplicationBuilder builder, Crm.Silo.ClusterOptions options)
    {
        if (options is { By: Clustering.Redis, Redis: { } redis })
        {
            WaitForRedis(builder.Services, redis);
        }

        return builder;
    }

    private static void Listen(EndpointOptions endpoints, Crm.Silo.ClusterOptions options)
    {
        (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) = (options.Advertise, options.SiloPort, options.GatewayPort);
        (endpoints.SiloListeningEndpoint, endpoints.GatewayListeningEndpoint) = (new(options.Listen, options.SiloPort), new(options.Listen, options.GatewayPort));
    }

    private static void Tune(ClusterMembershipOptions membership)
    {
        (membership.ProbeTimeout, membership.NumMissedProbesLimit) = (Probe, MissedProbes);

        // An intermediary may take as long as we wait for it, so a silo that stands still without closing its connections was never given up (10.2.2).
        membership.EnableIndirectProbes = false;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);

        // A cluster that was lost as a whole starts again once its rows are this old three times over.
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
    }

    private static void Tune(ConnectionOptions connections)
    {
        connections.OpenConnectionTimeout = TimeSpan.FromSeconds(2);
        connections.ConnectionRetryDelay = TimeSpan.FromMilliseconds(250);
    }

    /// <summary>Redis where this build has its package.</summary>
    private static void AddRedis(this ISiloBuilder silo, string redis)
    {
        var added = false;
        UseRedis(silo, redis, ref added);
        Demand(added, redis);
    }

    private static void AddRedis(this IClientBuilder client, string redis)
    {
        var added = false;
        UseRedis(client, redis, ref added);
        Demand(added, redis);
    }

    private static void Demand(bool added, string redis)
    {
        if (!added)
        {
            throw new OptionException("CRM_CLUSTERING", "redis", $"This build was made without Microsoft.Orleans.Clustering.Redis, so it cannot use {redis.Split(',')[0]}. Use postgres.");
        }
    }

    static partial void WaitForRedis(IServiceCollection services, string redis);

    static partial void UseRedis(ISiloBuilder silo, string redis, ref bool added);

    static partial void UseRedis(IClientBuilder client, string redis, ref bool added);
}
