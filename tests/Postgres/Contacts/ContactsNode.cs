using System.Text;
using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Hosting;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Lists;
using Crm.Silo.Workers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Crm.Tests;

/// <summary>All of contacts as a node registers it, over a database and an upload folder of its own. May be ended and started again.</summary>
public sealed class ContactsNode : IAsyncLifetime
{
    private readonly JournalFixture _fixture = new();
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"crm-uploads-{Guid.NewGuid():N}");
    private IHost _host = null!;

    public static Caller Ana { get; } = new("acme", "ana", new HashSet<string> { "contacts.*", "imports.*", "merges.*" }, new HashSet<string>(), new HashSet<string>());

    public IRecords Door => Get<IRecords>();

    public IImports Imports => Get<IImports>();

    public ILists Lists => Get<ILists>();

    public Uploads Uploads => Get<Uploads>();

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task InitializeAsync()
    {
        await _fixture.InitializeAsync();
        await Start();
    }

    public async Task Start(Func<IRecords, IRecords>? host = null)
    {
        var kinds = Kinds.All();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(kinds).AddSingleton<ICatalog>(kinds).AddSingleton<IKindRegistry>(kinds);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<EmbeddedFeed>();
        builder.Services.AddSingleton<IFeed>(of => of.GetRequiredService<EmbeddedFeed>()).AddSingleton<INudges>(of => of.GetRequiredService<EmbeddedFeed>());
        builder.Services.AddPostgres(_fixture.Options).AddLists();
        builder.Services.AddSingleton<Processes>().AddSingleton<RecordServices>().AddSingleton<EmbeddedRecords>();
        builder.Services.AddSingleton<IRecords>(of => new RecordsDoor(of.GetRequiredService<EmbeddedRecords>(), kinds, of.GetServices<ICompoundVerb>()));
        builder.Services.AddContacts(
            new UploadOptions(_folder, MaxBytes: 1 << 20), of => (host ?? (records => records))(of.GetRequiredService<EmbeddedRecords>()),
            _ => (_, _) => Task.FromResult<Caller?>(Ana));
        builder.Services.AddHostedService(of => ActivatorUtilities.CreateInstance<OutboxWorker>(of, of.GetRequiredService<EmbeddedRecords>()));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task Stop()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    public async Task DisposeAsync()
    {
        await Stop();
        await _fixture.DisposeAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    public async Task<RecordView> Import(string csv, bool dryRun = false)
    {
        var answer = await Imports.Begin(Ana, new(Guid.NewGuid(), "people.csv", dryRun, "merge", default), new MemoryStream(Encoding.UTF8.GetBytes(csv)));
        answer.Problems.ShouldBeEmpty();
        return await Ended(answer.Job!.Id);
    }

    /// <summary>The job once it neither runs nor is taken back.</summary>
    public async Task<RecordView> Ended(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var job = (await Door.Read(new("acme", "imports", id), Ana)).ShouldNotBeNull();
            if (job.Fields["state"].GetString() is not ("running" or "reverting"))
            {
                return job;
            }

            await Task.Delay(20, patience.Token);
        }
    }

    public async Task<List<RecordView>> All(string? q = null)
    {
        var all = new List<RecordView>();
        string? cursor = null;
        do
        {
            var page = (await Lists.Find(Ana, "contacts", new(q, default, null, 200, cursor))).Page!;
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }
}
