using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;

namespace Crm.Silo.Hosting;

/// <summary>What every process knows, wherever records live: the kinds, the store, the door.</summary>
public static class EngineHosting
{
    /// <summary>Registers it on a store. Needs a <see cref="RecordHost"/>.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, Store store)
    {
        var kinds = Kinds.All();
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        services.AddSingleton(TimeProvider.System);
        services.AddPostgres(store.Postgres).AddLists();
        services.AddSingleton<IView, TagUse>();
        services.AddSingleton<Processes>();
        services.AddSingleton<RecordServices>();
        services.AddSingleton<IRecords>(of => new RecordsDoor(of.GetRequiredService<RecordHost>().Records, kinds, of.GetServices<ICompoundVerb>()));
        return services;
    }
}
