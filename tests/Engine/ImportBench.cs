using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Crm.Contacts;
using Crm.Imports;

namespace Crm.Engine.Tests;

/// <summary>Imports over a journal in memory.</summary>
public sealed class ImportBench : IDisposable
{
    private readonly ContactsBench _bench = new();
    private int _jobs;

    public ImportBench()
    {
        Reads = new(_bench.Kinds, _bench.Feed);
        Services = new(_bench.Host, Reads, Reads, _bench.Kinds, Files, (_, user) => Task.FromResult(Rights(user)), new TickingTime());
    }

    public static Address Job(int number) => new("acme", "imports", $"job{number}");

    public FeedReads Reads { get; }

    public ContactsBench Contacts => _bench;

    public MemoryUploads Files { get; } = new();

    public ImportServices Services { get; set; }

    public Func<string, Caller?> Rights { get; set; } = user => ContactsBench.Caller(user);

    /// <summary>Uploads a text, runs it to its end, and gives the job.</summary>
    public async Task<ImportJob> Import(string csv, bool dryRun = false, string onDuplicate = "merge", object? mapping = null)
    {
        var at = await Begin(csv, dryRun, onDuplicate, mapping);
        await new ImportRunner(Services).Run(at, CancellationToken.None);
        return await Read(at);
    }

    public async Task<Address> Begin(string csv, bool dryRun = false, string onDuplicate = "merge", object? mapping = null)
    {
        var at = Job(++_jobs);
        Files.Put(at, Encoding.UTF8.GetBytes(csv));
        var order = new ImportOrder(_bench.NewId(), "test.csv", dryRun, onDuplicate, mapping is null ? default : Json.Element(mapping));
        var own = await _bench.Kinds.Custom("acme", "contacts");
        var (job, problems) = await ImportPlan.Of(new MemoryStream(Encoding.UTF8.GetBytes(csv)), order, ContactsBench.Caller("ana"), own, CancellationToken.None);
        problems.ShouldBeEmpty();
        (await _bench.Host.Do(at, ContactsBench.System with { User = "ana" }, _bench.NewId(), "begin", Json.Element(new Begin(job!)))).ShouldBeDone(Status.Applied, 1);
        return at;
    }

    public async Task<ImportJob> Revert(int number)
    {
        (await _bench.BehindImports().Do(Job(number), ContactsBench.Caller("ana"), _bench.NewId(), "revert", JsonElement.Parse("{}"))).Status.ShouldBe(Status.Applied);
        await new ImportRunner(Services).Run(Job(number), CancellationToken.None);
        return await Read(Job(number));
    }

    public async Task<ImportJob> Read(Address at) => Json.Unflatten<ImportJob>((await _bench.Host.Read(at, ContactsBench.System)).ShouldNotBeNull().Fields);

    public async Task<List<RecordView>> All() =>
        [.. (await Reads.Find(ContactsBench.System, "contacts", new(null, default, null, 1_000))).Page!.Items];

    public async Task<Contact> Contact(string name) =>
        Json.Unflatten<Contact>((await All()).Single(view => Values.Text(view.Fields, "name") == name).Fields);

    public void Dispose() => _bench.Dispose();
}

/// <summary>A clock by which every look at it is a fifth of a second later, so that what happens now and then happens in tests too.</summary>
public sealed class TickingTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _ticks, TimeSpan.TicksPerSecond / 5);

    public override DateTimeOffset GetUtcNow() => new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);
}

internal static class ImportDoor
{
    public static IRecords BehindImports(this ContactsBench bench) => new RecordsDoor(bench.Host, bench.Kinds, [ImportVerb.Cancel, ImportVerb.Revert]);
}

/// <summary>Uploads in memory.</summary>
public sealed class MemoryUploads : IUploads
{
    private readonly ConcurrentDictionary<Address, byte[]> _files = new();

    public List<FailedRow> Failed { get; } = [];

    public void Put(Address job, byte[] bytes) => _files[job] = bytes;

    public bool Has(Address job) => _files.ContainsKey(job);

    public Stream? Open(Address job) => _files.TryGetValue(job, out var bytes) ? new MemoryStream(bytes) : null;

    public IFailures Failures(Address job, IReadOnlyList<string> columns, long line)
    {
        Failed.RemoveAll(row => row.Row.Line > line);
        return new Kept(Failed);
    }

    public void Remove(Address job) => _files.TryRemove(job, out _);

    private sealed class Kept(List<FailedRow> rows) : IFailures
    {
        public void Add(FailedRow row) => rows.Add(row);

        public void Flush()
        {
        }

        public void Dispose()
        {
        }
    }
}
