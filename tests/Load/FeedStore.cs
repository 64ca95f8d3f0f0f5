using System.Text.Json;
using Crm.Engine;
using Crm.Follows;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Audit;
using Crm.Silo.Postgres.Embedded;
using Crm.Silo.Postgres.Feeds;
using Crm.Silo.Postgres.Lists;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Load;

/// <summary>A tenant with people in teams, contacts, and a change log that its own engine has written. Kept for the next run.</summary>
internal sealed class FeedStore : IAsyncDisposable
{
    /// <summary>Whose they are.</summary>
    public const string Tenant = "acme";

    private readonly EmbeddedPostgres _server;
    private readonly PostgresOptions _options;
    private readonly ServiceProvider _services;

    private FeedStore(EmbeddedPostgres server, PostgresOptions options, ServiceProvider services) => (_server, _options, _services) = (server, options, services);

    /// <summary>Feeds as the product reads them.</summary>
    public IActivity Activity => _services.GetRequiredService<IActivity>();

    /// <summary>The audit over the same log.</summary>
    public IAudit Audit => _services.GetRequiredService<IAudit>();

    private EmbeddedRecords Records => _services.GetRequiredService<EmbeddedRecords>();

    /// <summary>Opens the folder's database, and fills it when it is not what is asked for.</summary>
    public static async Task<FeedStore> Open(string folder, FeedSize size)
    {
        var server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(folder) { Durable = false }, NullLogger.Instance);
        var options = new PostgresOptions(server.ConnectionString, MasterKey.Parse(Convert.ToBase64String(new byte[32]), "the benchmark"));
        await options.Prepare(NullLogger.Instance);
        var kinds = Kinds.All();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders());
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds).AddSingleton(TimeProvider.System).AddSingleton<EmbeddedFeed>();
        services.AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>()).AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        services.AddPostgres(options).AddLists().AddSingleton(Processes.None).AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>();
        services.AddSingleton<IFollows>(of => new FollowBook(of.GetRequiredService<EmbeddedRecords>(), of.GetRequiredService<ILists>(), kinds));
        services.AddSingleton(of => new ActivityScopes(of.GetRequiredService<EmbeddedRecords>(), of.GetRequiredService<ILists>(), of.GetRequiredService<IFollows>(), kinds));
        services.AddSingleton<IActivity, PostgresActivity>().AddSingleton(new AnchorOptions(Path.Combine(folder, "anchors.jsonl"))).AddSingleton<AnchorFile>().AddSingleton<IAudit, PostgresAudit>();
        var store = new FeedStore(server, options, services.BuildServiceProvider());
        if (await store.Count() < size.Changes)
        {
            await store.Fill(size);
        }

        return store;
    }

    /// <summary>Who asks: somebody of sales.</summary>
    public static Caller Person(int number) => new(
        Tenant, $"user{number}", new HashSet<string> { "contacts.read", "users.read", "views.read.own", "follows.read.own", "follows.create" }, new HashSet<string>(), new HashSet<string>());

    /// <summary>Changes that there are.</summary>
    public async Task<long> Count()
    {
        await using var connection = new NpgsqlConnection(_options.Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM changes", connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    private async Task Fill(FeedSize size)
    {
        await _services.GetRequiredService<Tenants>().Add(Tenant, "Acme");
        await Each(size.Users, number => Set($"users/user{number}", Caller.SystemUser, 0, new { name = $"User {number}", email = $"user{number}@acme.test", team = $"Team {number % size.Teams}" }));
        await Set("views/customers", Caller.SystemUser, 0, new { on = "contacts", name = "Customers", shared = true, filter = """{"status":"customer"}""" });
        string[] states = ["lead", "active", "customer", "inactive"];
        await Each(size.Contacts, number => Set($"contacts/c{number}", By(number), 0, new { name = $"Person {number}", company = $"Company {number % 500}", status = states[number % 4], owner = By(number) }));
        for (var round = 1; round < size.Changes / size.Contacts; round++)
        {
            var now = round;
            await Each(size.Contacts, number => Set($"contacts/c{number}", By(number * 31 + now), now, now % 3 == 0 ? new { status = states[(number + now) % 4] } : new { title = $"Title {now} {number}" }));
        }

        await Each(size.Users * size.Followed, number =>
        {
            var (user, record) = ($"user{number / size.Followed}", $"contacts/c{number * 7919L % size.Contacts}");
            return Follow(user, record);
        });
        await Each(size.Users, number => Follow($"user{number}", "views/customers"));
        await Each(size.Users, number => Follow($"user{number}", $"teams/Team {number % size.Teams}"));
        await using var connection = new NpgsqlConnection(_options.Owner);
        await connection.OpenAsync();
        await using var analyze = new NpgsqlCommand("VACUUM ANALYZE", connection) { CommandTimeout = 0 };
        await analyze.ExecuteNonQueryAsync();

        string By(long number) => $"user{number * 2654435761 % size.Users}";
    }

    private async Task Follow(string user, string target)
    {
        var at = new Address(Tenant, Crm.Follows.Follow.KindName, FollowBook.IdOf(user, target));
        Check(at.Ref, await Records.Do(at, Caller.System(Tenant) with { User = user }, Guid.NewGuid(), Begin.Name, JsonSerializer.SerializeToElement(new { target })));
    }

    private async Task Set(string reference, string by, long version, object fields) => Check(reference, await Records.Edit(
        Address.FromRef(Tenant, reference)!.Value, Caller.System(Tenant) with { User = by }, Guid.NewGuid(), version, JsonSerializer.SerializeToElement(fields)));

    private static void Check(string reference, Outcome outcome)
    {
        if (outcome.Status is Status.Rejected or Status.Conflict)
        {
            throw new InvalidOperationException($"{reference}: {(outcome.Errors is [var first, ..] ? first.Code : "conflict")}");
        }
    }

    private static Task Each(int count, Func<int, Task> work) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (number, _) => await work(number));
}

/// <summary>How much there is.</summary>
/// <param name="Followed">Contacts that each user follows, beside a view and a team.</param>
internal sealed record FeedSize(int Users = 1_000, int Teams = 40, int Contacts = 10_000, int Changes = 100_000, int Followed = 20);
