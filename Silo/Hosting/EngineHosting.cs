using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;

namespace Crm.Silo.Hosting;

/// <summary>The engine in this process: kinds, journal, feed and the host of records.</summary>
public static class EngineHosting
{
    /// <summary>Registers it on a store.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, Store store)
    {
        var kinds = Kinds.All();
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<EmbeddedFeed>();
        services.AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>());
        services.AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        services.AddPostgres(store.Postgres).AddLists();
        services.AddSingleton<IView, TagUse>();
        services.AddSingleton<Processes>();
        services.AddSingleton<RecordServices>();
        services.AddSingleton(new EmbeddedOptions(Most: 10_000)); // Some 8 KB each: a long import must not fill the memory with what nobody looks at.
        services.AddSingleton<EmbeddedRecords>();
        services.AddSingleton<IRecords>(of => new RecordsDoor(
            of.GetRequiredService<EmbeddedRecords>(), kinds, of.GetServices<ICompoundVerb>()));
        return services;
    }
}
