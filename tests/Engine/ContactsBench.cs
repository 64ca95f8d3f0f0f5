using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>The product's kinds over a journal in memory, behind the door that clients come through.</summary>
public sealed class ContactsBench : IDisposable
{
    private readonly EmbeddedRecords _host;
    private int _ids;

    public ContactsBench()
    {
        Kinds.LoadCustomWith((_, kind) => Task.FromResult<IReadOnlyList<FieldInfo>>(
            kind == "contacts" ? [new("custom.budget", FieldType.Number), new("custom.hobbies", FieldType.Set)] : []));
        Course = new MergeCourse();
        Processes = new([Course]);
        _host = new(Kinds, new(Journal, Feed, Kinds, Processes, Time));
        Host = _host;
        var revert = new RevertMergeVerb(Course);
        Door = Behind(Host);
        IRecords Behind(IRecords host) => new RecordsDoor(host, Kinds, [new MergeVerb(Kinds, Course), revert, new UnmergeVerb(revert)]);
        BehindDoor = Behind;
    }

    public Kinds Kinds { get; } = Kinds.All();

    public MemoryJournal Journal { get; } = new();

    public EmbeddedFeed Feed { get; } = new();

    public FakeTime Time { get; } = new();

    public MergeCourse Course { get; }

    public Processes Processes { get; }

    public IRecords Host { get; }

    public IRecords Door { get; }

    public Func<IRecords, IRecords> BehindDoor { get; }

    public static Caller System { get; } = Crm.Caller.System("acme");

    public static Caller Caller(string user, params string[] permissions) => new(
        "acme", user, permissions.Length == 0 ? new HashSet<string> { "contacts.*", "merges.read", "imports.read" } : permissions.ToHashSet(), new HashSet<string>(), new HashSet<string>());

    public static Address Contact(string id) => new("acme", "contacts", id);

    public Guid NewId() => CommandIds.Derive("bench", Interlocked.Increment(ref _ids).ToString());

    public async Task Make(string id, object fields, string user = "ana") =>
        (await Door.Edit(Contact(id), Caller(user), NewId(), 0, Json.Element(fields))).ShouldBeDone(Status.Applied, 1);

    public Task<Outcome> Edit(string id, long version, object fields, string user = "bo") =>
        Door.Edit(Contact(id), Caller(user), NewId(), version, Json.Element(fields));

    public Task<Outcome> Merge(string winner, params string[] losers) => Do(Contact(winner), "merge", new { with = losers });

    public Task<Outcome> Do(Address at, string verb, object? args = null, string user = "ana", Guid? id = null) =>
        Door.Do(at, Caller(user), id ?? NewId(), verb, Json.Element(args ?? new { }));

    /// <summary>The fields as JSON with sorted names; null when it is not there.</summary>
    public async Task<string?> Fields(string id, string kind = "contacts") => await Host.Read(new("acme", kind, id), System) is { } view
        ? JsonSerializer.Serialize(new SortedDictionary<string, JsonElement>(view.Fields.ToDictionary(), StringComparer.Ordinal), Json.Options)
        : null;

    /// <summary>Runs what waits in the outbox, from the first row to the last, as a worker does after a crash.</summary>
    public async Task RunOutbox()
    {
        foreach (var row in Journal.Outbox)
        {
            var change = (await Host.History(row.At, System, row.Version - 1, 1))![0];
            var view = await Host.Read(row.At, System);
            await Processes.Run(row.Reaction, new(row.At, change, view!), Host, CancellationToken.None);
        }
    }

    public void Dispose() => _host.Dispose();
}
