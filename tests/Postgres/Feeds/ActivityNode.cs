using System.Text.Json;
using Crm.Engine;
using Crm.Follows;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Audit;
using Crm.Silo.Postgres.Feeds;
using Crm.Silo.Postgres.Lists;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Crm.Tests;

/// <summary>Records, lists, follows and feeds as a node has them, over a database of its own. Who asks is told by the test.</summary>
public sealed class ActivityNode : IAsyncLifetime
{
    private readonly Clock _clock = new();
    private ServiceProvider _services = null!;

    public JournalFixture Fixture { get; } = new();

    /// <summary>The file of anchors.</summary>
    public string AnchorPath { get; } = Path.Combine(Path.GetTempPath(), $"crm-anchors-{Guid.NewGuid():N}", "anchors.jsonl");

    public TimeProvider Time => _clock;

    public IRecords Records => Get<EmbeddedRecords>();

    public IActivity Activity => Get<IActivity>();

    public IFollows Follows => Get<IFollows>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public async Task InitializeAsync()
    {
        await Fixture.InitializeAsync();
        var kinds = Kinds.All();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.ClearProviders());
        services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        services.AddSingleton<TimeProvider>(_clock).AddSingleton<EmbeddedFeed>();
        services.AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>()).AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        services.AddPostgres(Fixture.Options).AddLists();
        services.AddSingleton(Processes.None).AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>();
        services.AddSingleton<IFollows>(of => new FollowBook(of.GetRequiredService<EmbeddedRecords>(), of.GetRequiredService<ILists>(), kinds));
        services.AddSingleton(of => new ActivityScopes(of.GetRequiredService<EmbeddedRecords>(), of.GetRequiredService<ILists>(), of.GetRequiredService<IFollows>(), kinds));
        services.AddSingleton<IActivity, PostgresActivity>();
        services.AddSingleton(new AnchorOptions(AnchorPath) { Every = TimeSpan.Zero }).AddSingleton<AnchorFile>().AddSingleton<Anchors>().AddSingleton<IAudit, PostgresAudit>();
        _services = services.BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await Fixture.DisposeAsync();
        if (Path.GetDirectoryName(AnchorPath) is { } folder && Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Somebody of acme who may do everything, or just this.</summary>
    public static Caller By(string user, params string[] permissions) =>
        new("acme", user, new HashSet<string>(permissions.Length > 0 ? permissions : ["*"]), new HashSet<string>(), new HashSet<string>());

    /// <summary>Creates a record, or sets fields of it; a second later than what was done before.</summary>
    public async Task<Address> Set(Caller caller, string reference, object fields)
    {
        _clock.Add(TimeSpan.FromSeconds(1));
        var at = Address.FromRef(caller.Tenant, reference)!.Value;
        var version = (await Records.Read(at, Caller.System(caller.Tenant)))?.Version ?? 0;
        var outcome = await Records.Edit(at, caller, Guid.NewGuid(), version, JsonSerializer.SerializeToElement(fields));
        outcome.Status.ShouldBe(Status.Applied, string.Join(", ", outcome.Errors));
        return at;
    }

    public async Task Follow(Caller caller, string target) => (await Follows.Follow(caller, Guid.NewGuid(), target)).Refusal.ShouldBeNull();

    /// <summary>A feed as <c>contacts/c1 2</c>, newest first, page by page to its end.</summary>
    public async Task<List<string>> Read(Caller caller, ActivityQuery query)
    {
        var all = new List<string>();
        do
        {
            var page = (await Activity.Read(caller, query)).Page.ShouldNotBeNull();
            page.Items.Count.ShouldBeLessThanOrEqualTo(query.Limit);
            all.AddRange(page.Items.Select(entry => $"{entry.At.Ref} {entry.Change.Version}"));
            query = query with { Cursor = page.Next };
            all.Count.ShouldBeLessThan(10_000, "the pages never end");
        }
        while (query.Cursor is not null);
        return all;
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Add(TimeSpan time) => _now += time;
    }
}
