using Crm.Cluster;
using Crm.Engine;
using Crm.Silo.Cluster;
using Crm.Silo.Postgres;

namespace Crm.Silo.Hosting;

/// <content>The cluster engine is in this build.</content>
public static partial class Engines
{
    static partial void FindCluster(Func<string, string?> get, ref IEngine? cluster) => cluster = new OrleansEngine(get);
}

/// <summary>Records are Orleans grains, one place each in the whole cluster.</summary>
public sealed class OrleansEngine(Func<string, string?> get) : IEngine
{
    // Past the moment at which a killed silo is declared dead, with room for the load that comes then.
    private static readonly Patience Patience = new(TimeSpan.FromSeconds(12));

    // A user would rather wait for that moment than be told to try again; when the database is what does not answer, the silo says so after two seconds.
    private static readonly TimeSpan UsersPatience = TimeSpan.FromSeconds(8);

    /// <inheritdoc />
    public string Name => "cluster";

    /// <inheritdoc />
    public void Add(WebApplicationBuilder builder, Role role, Store store)
    {
        var options = ClusterOptions.Read(get, alone: role == Role.Up && get("CRM_CLUSTERING") is null or "" or "localhost");
        builder.Services.AddWire();
        builder.Services.AddSingleton<EmbeddedFeed>();
        if (role.HostsRecords())
        {
            options.DemandPorts();
            builder.AddSilo(options, store);
            builder.Services.AddSingleton(of => new SiloFeed(
                of.GetRequiredService<EmbeddedFeed>(), of.GetRequiredService<PostgresJournal>(), () => of.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString(),
                of.GetRequiredService<TimeProvider>(), of.GetRequiredService<ILogger<SiloFeed>>()));
            builder.Services.AddSingleton<INudges>(of => of.GetRequiredService<SiloFeed>());
            builder.Services.AddHealthChecks().AddCheck<SiloHealth>("cluster");
        }
        else
        {
            builder.AddClient(options, store);
            builder.Services.AddSingleton<INudges, ClientNudges>();
            builder.Services.AddHealthChecks().AddCheck<ClientHealth>("cluster");
        }

        builder.Services.AddSingleton<SiloBacklogs>();
        builder.Services.AddSingleton<IBacklog>(of => of.GetRequiredService<SiloBacklogs>());
        builder.Services.AddSingleton(of => new ClusterFeed(
            of.GetRequiredService<EmbeddedFeed>(), of.GetRequiredService<SiloBacklogs>(), of.GetRequiredService<IGrainFactory>(), () => of.GetService<ILocalSiloDetails>()?.SiloAddress.ToParsableString(),
            of.GetRequiredService<TimeProvider>(), of.GetRequiredService<ILogger<ClusterFeed>>()));
        builder.Services.AddSingleton<IFeed>(of => of.GetRequiredService<ClusterFeed>());
        builder.Services.AddHostedService(of => of.GetRequiredService<ClusterFeed>());
        builder.Services.AddSingleton<IUserPlaces, ClusterPlaces>();
        builder.Services.AddSingleton<ClusterPresence>();
        builder.Services.AddSingleton<IPresence>(of => of.GetRequiredService<ClusterPresence>());
        builder.Services.AddSingleton(Patience);
        builder.Services.AddSingleton<ClusterRecords>();
        builder.Services.AddSingleton(of => new RecordHost(of.GetRequiredService<ClusterRecords>(), UsersPatience));
    }
}
