using System.Text.Json;
using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests.Accounts;

/// <summary>A node's accounts over a fresh database with the demo tenants, a clock that is told what time it is, and a cheap bcrypt.</summary>
public class AccountsFixture : JournalFixture
{
    /// <summary>Of every user.</summary>
    public const string Password = DemoSeed.Password;

    private static int s_users;
    private ServiceProvider _services = null!;

    /// <summary>The clock of the accounts.</summary>
    public FakeTime Time { get; } = new();

    /// <summary>What is tested.</summary>
    public IAccounts Accounts => Get<IAccounts>();

    /// <summary>The door to the records, as the hub and REST have it.</summary>
    public IRecords Records => Get<IRecords>();

    /// <summary>What the node registers.</summary>
    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <inheritdoc />
    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _services = Node(new() { BcryptCost = 4 });
        (await Get<DemoSeed>().Fill()).ShouldBeTrue();
    }

    /// <inheritdoc />
    public override async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Another node on the same database.</summary>
    public ServiceProvider Node(AccountOptions options)
    {
        var kinds = Kinds.All();
        var feed = new EmbeddedFeed();
        var services = new ServiceCollection().AddLogging()
            .AddSingleton<TimeProvider>(Time).AddSingleton(options)
            .AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds)
            .AddSingleton<IFeed>(feed).AddSingleton<INudges>(feed)
            .AddSingleton<Processes>().AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>()
            .AddSingleton<IRecords>(of => new RecordsDoor(of.GetRequiredService<EmbeddedRecords>(), kinds, of.GetServices<ICompoundVerb>()))
            .AddPostgres(Options)
            .AddSingleton<IJournal>(of => new PostgresJournal(
                Options.App, of.GetRequiredService<Silo.Postgres.Database>(), of.GetRequiredService<Tenants>(), kinds, new(PostgresHosting.Row(kinds)),
                TimeProvider.System, NullLogger<PostgresJournal>.Instance)) // Its writer waits by the clock, and ours stands still.
            .AddAccounts(of => of.GetRequiredService<EmbeddedRecords>());
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }

    /// <summary>A user whom no other test knows.</summary>
    public async Task<(string Id, string Email)> NewUser(string tenant = "acme", params string[] roles)
    {
        var id = $"user{Interlocked.Increment(ref s_users)}";
        var email = $"{id}@{tenant}.test";
        (await Get<TenantSetup>().CreateUser(tenant, id, "A User", email, Password, roles.Length > 0 ? roles : ["sales"])).ShouldBeNull();
        return (id, email);
    }

    /// <summary>Signs in from an address of its own.</summary>
    public Task<SignInAnswer> Try(string email, string password = Password, string? tenant = null, string? from = null) =>
        Accounts.SignIn(email, password, tenant, null, from ?? $"test {email}", "Test/1.0");

    /// <summary>Signs in, and says which session that is.</summary>
    public async Task<(Tokens Tokens, SessionKey Session)> SignIn(string email)
    {
        var tokens = (await Try(email)).Tokens.ShouldNotBeNull();
        return (tokens, (await Accounts.Verify(tokens.AccessToken)).ShouldNotBeNull().Session);
    }

    /// <summary>One of the user's verbs, as this caller.</summary>
    public Task<Outcome> Do(Caller caller, string user, string verb, object? args = null) => Records.Do(
        new(caller.Tenant, "users", user), caller, Guid.NewGuid(), verb, args is null ? default : JsonSerializer.SerializeToElement(args));

    /// <summary>What a user may do now.</summary>
    public async Task<Caller> CallerOf(string user, string tenant = "acme") => (await Get<People>().Caller(tenant, user)).ShouldNotBeNull();

    /// <summary>A role of one's own making.</summary>
    public async Task<string> NewRole(params string[] permissions)
    {
        var id = $"role{Interlocked.Increment(ref s_users)}";
        var made = await Records.Edit(new("acme", "roles", id), Caller.System("acme"), Guid.NewGuid(), 0, JsonSerializer.SerializeToElement(new { name = id, permissions }));
        made.Errors.ShouldBeEmpty();
        return id;
    }

    /// <summary>bcrypts that something costs.</summary>
    public async Task<(T Result, long Count)> Bcrypts<T>(Func<Task<T>> what)
    {
        var before = Get<Passwords>().Count;
        return (await what(), Get<Passwords>().Count - before);
    }
}
