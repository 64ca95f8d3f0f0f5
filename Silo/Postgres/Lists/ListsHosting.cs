using Crm.Engine;

namespace Crm.Silo.Postgres.Lists;

/// <summary>Puts reading lists on PostgreSQL.</summary>
public static class ListsHosting
{
    /// <summary>Adds <see cref="ILists"/> and <see cref="ILookup"/>. Needs a pool of connections as the application's role, <see cref="ICatalog"/> and <see cref="IKindRegistry"/>.</summary>
    public static IServiceCollection AddLists(this IServiceCollection services) => services
        .AddSingleton<ILists, PostgresLists>()
        .AddSingleton<ILookup, PostgresLookup>();
}
