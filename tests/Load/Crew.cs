using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;
using Crm.Silo.Postgres.Lists;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Load;

/// <summary>Many users of the demo tenant who are signed in. Made beside the product, on its database, since bcrypt at full cost would take minutes.</summary>
internal static class Crew
{
    private const string Tenant = "acme";
    private const int AtOnce = 8;

    /// <summary>Makes them, and gives the token of each.</summary>
    /// <param name="database">How its owner connects; the product has filled it.</param>
    public static async Task<IReadOnlyList<string>> SignIn(string database, string masterKey, int count)
    {
        await using var services = Compose(new(database, MasterKey.Parse(masterKey, "the benchmark")));
        var tokens = new string[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, cancel) =>
        {
            var (id, email) = ($"crew{number}", $"crew{number}@{Tenant}.test");
            if (await services.GetRequiredService<TenantSetup>().CreateUser(Tenant, id, $"Crew {number}", email, Nodes.Password, ["sales"], cancel) is { } problem)
            {
                throw new InvalidOperationException($"{id}: {problem.Code}");
            }

            var signedIn = await services.GetRequiredService<IAccounts>().SignIn(email, Nodes.Password, Tenant, null, id, "Load/1.0", cancel);
            tokens[number] = signedIn.Tokens?.AccessToken ?? throw new InvalidOperationException($"{id} is not let in.");
        });
        return tokens;
    }

    private static ServiceProvider Compose(PostgresOptions options)
    {
        var (kinds, feed) = (Kinds.All(), new EmbeddedFeed());
        return new ServiceCollection().AddLogging()
            .AddSingleton(TimeProvider.System).AddSingleton(new AccountOptions { BcryptCost = 4, BcryptsWaiting = AtOnce * 2 })
            .AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds)
            .AddSingleton<IFeed>(feed).AddSingleton<INudges>(feed)
            .AddSingleton<Processes>().AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>()
            .AddSingleton<IRecords>(of => of.GetRequiredService<EmbeddedRecords>())
            .AddPostgres(options).AddLists()
            .AddAccounts(of => of.GetRequiredService<EmbeddedRecords>())
            .BuildServiceProvider();
    }
}
