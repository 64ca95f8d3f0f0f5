using Crm.Contacts;
using Crm.Engine;
using Crm.Follows;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Feeds;
using Crm.Silo.Postgres.Lists;

namespace Crm.Silo.Hosting;

/// <summary>What every process knows, wherever records live: the kinds, the store, the door.</summary>
public static partial class EngineHosting
{
    /// <summary>Registers it on a store. Needs a <see cref="RecordHost"/>.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, Store store)
    {
        var kinds = Kinds.All();
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        services.AddSingleton(Clock());
        services.AddPostgres(store.Postgres).AddLists();
        services.AddSingleton<IView, TagUse>();
        services.AddSingleton<ICompoundVerb, ShareVerb>();
        services.AddSingleton<IFollows>(of => new FollowBook(of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<ILists>(), kinds));
        services.AddSingleton(of => new ActivityScopes(
            of.GetRequiredService<RecordHost>().Records, of.GetRequiredService<ILists>(), of.GetRequiredService<IFollows>(), kinds));
        services.AddSingleton<IActivity, PostgresActivity>();
        services.AddSingleton<Processes>();
        services.AddSingleton<RecordServices>();
        services.AddSingleton<IRecords>(of => new RecordsDoor(Patient(of), kinds, of.GetServices<ICompoundVerb>()));
        return services;
    }

    private static PatientRecords Patient(IServiceProvider of)
    {
        var host = of.GetRequiredService<RecordHost>();
        return new(host.Records, host.Patience, of.GetRequiredService<TimeProvider>());
    }

    private static TimeProvider Clock()
    {
        var clock = TimeProvider.System;
        Replace(ref clock);
        return clock;
    }

    // Only in a build for fault tests: a clock that can be set.
    static partial void Replace(ref TimeProvider clock);
}
