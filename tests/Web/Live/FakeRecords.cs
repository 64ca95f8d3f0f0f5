using System.Collections.Concurrent;
using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>Records, lists and a feed in memory, of which a test can hold, drop, double and reorder what passes.</summary>
internal sealed class FakeRecords : IRecords, ILists, IFeed
{
    private static readonly JsonElement Null = JsonDocument.Parse("null").RootElement;
    private readonly Lock _gate = new();
    private int _readers;
    private readonly Dictionary<Address, List<RecordView>> _views = [];
    private readonly Dictionary<Address, List<Change>> _changes = [];
    private readonly Dictionary<(string User, Guid Command), Outcome> _answers = [];
    private readonly ConcurrentDictionary<object, (string? Tenant, Action<Nudge> Heard)> _hearers = new();

    /// <summary>Decides what becomes of a nudge; passes it on unless told otherwise.</summary>
    public Action<Nudge, Action<Nudge>> Wire { get; set; } = static (nudge, pass) => pass(nudge);

    /// <summary>Runs after a state was taken and before it is given to the reader.</summary>
    public Func<Address, Task> Reading { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs before an edit takes its turn.</summary>
    public Func<Address, Task> Editing { get; set; } = static _ => Task.CompletedTask;

    public int Subscriptions => _hearers.Count;

    public int Finds { get; private set; }

    /// <summary>Reads under way.</summary>
    public int Readers => _readers;

    /// <summary>Sets fields past all rules, as the system.</summary>
    public RecordView Put(Address at, params (string Field, object? Value)[] fields) =>
        Write(at, "someone", "edit", null, fields.ToDictionary(field => field.Field, field => JsonSerializer.SerializeToElement(field.Value)));

    /// <summary>The same as the change of a verb.</summary>
    public RecordView Say(Address at, string verb, IEnumerable<(string Field, object? Value)> fields) =>
        Write(at, "someone", verb, null, fields.ToDictionary(field => field.Field, field => JsonSerializer.SerializeToElement(field.Value)));

    public RecordView Delete(Address at) => Write(at, "someone", "delete", true, []);

    public RecordView Restore(Address at) => Write(at, "someone", "restore", false, []);

    public IReadOnlyList<Change> Changes(Address at)
    {
        lock (_gate)
        {
            return [.. _changes.GetValueOrDefault(at, [])];
        }
    }

    /// <summary>Every change there is, with its record as it is now.</summary>
    public IReadOnlyList<(Address At, Change Change, RecordView Head)> All()
    {
        lock (_gate)
        {
            return [.. _changes.SelectMany(record => record.Value.Select(change => (record.Key, change, _views[record.Key][^1])))];
        }
    }

    public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => Task.FromResult(verb switch
    {
        "delete" => Outcome.Done(Status.Applied, Delete(at).Version),
        "forbid" => Outcome.Rejected(0, new Problem("", "access.denied", "No.")),
        "break" => throw new InvalidOperationException("secret detail"),
        "wait" => throw new UnavailableException("no journal") { RetryAfter = TimeSpan.FromSeconds(2) },
        _ => Outcome.Rejected(Head(at)?.Version ?? 0, new Problem("verb", "verb.unknown", "There is no such action.")),
    });

    public async Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch)
    {
        await Editing(at);
        lock (_gate)
        {
            if (_answers.TryGetValue((caller.User, commandId), out var known))
            {
                return known;
            }

            var head = Head(at);
            if (head is null || head.Deleted || !Redact(caller, at).Sees(head))
            {
                return Outcome.Rejected(0, new Problem("", "record.missing", "There is no such record."));
            }

            var fields = patch.EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
            var clash = _changes[at].Where(change => change.Version > baseVersion).FirstOrDefault(change => change.Fields.Keys.Any(fields.ContainsKey));
            var name = clash?.Fields.Keys.First(fields.ContainsKey);
            var outcome = clash is not null && head.Fields[name!].ToString() != fields[name!].ToString()
                ? new Outcome(Status.Conflict, head.Version, [new(name!, clash.Fields[name!].From, head.Fields[name!], fields[name!], clash.By, clash.At)], [])
                : Outcome.Done(head.Version > baseVersion ? Status.Merged : Status.Applied, Write(at, caller.User, "edit", null, fields).Version);
            return _answers[(caller.User, commandId)] = outcome;
        }
    }

    public async Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default)
    {
        if (at.Kind != Samples.Contacts.Name)
        {
            return caller.User == Caller.SystemUser ? Head(at) : null;
        }

        var view = Visible(at, caller);
        await MayRead(at, cancel);
        return view is { Deleted: false } ? Redact(caller, at).Show(view) : null;
    }

    public async Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default)
    {
        var (view, changes) = (Visible(at, caller), Changes(at));
        await MayRead(at, cancel);
        if (view is not { Deleted: false })
        {
            return null;
        }

        var redaction = Redact(caller, at);
        return version <= 0 || version > view.Version || view.Version - version > limit
            ? new(view.Version, redaction.Show(view), null)
            : new(view.Version, null, [.. changes.Where(change => change.Version > version && change.Version <= view.Version).Select(redaction.Show)]);
    }

    public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => Task.FromResult<IReadOnlyList<Change>?>(
        Visible(at, caller) is null ? null : [.. Changes(at).Where(change => change.Version > after).Take(limit).Select(Redact(caller, at).Show)]);

    public Task<PageAnswer> Find(Caller caller, string kind, ListQuery query, CancellationToken cancel = default)
    {
        lock (_gate)
        {
            Finds++;
            if (ListSpec.Read(caller, Samples.Contacts, [], query.Q, query.Filter, query.Sort) is not ({ } spec, _))
            {
                return Task.FromResult(new PageAnswer(null, new("", "list.refused", "No.")));
            }

            var rows = _views.Where(record => record.Key.Tenant == caller.Tenant && record.Key.Kind == kind).Select(record => record.Value[^1])
                .Where(spec.Matches).Order(Comparer<RecordView>.Create(spec.Compare)).Select(view => spec.Redaction.Show(view)!).ToList();
            return Task.FromResult(new PageAnswer(new([.. rows.Take(query.Limit)], rows.Count > query.Limit ? $"after {rows[query.Limit - 1].Id}" : null), null));
        }
    }

    public Task<IReadOnlyDictionary<Address, long>> Heads(IReadOnlyCollection<Address> records, CancellationToken cancel = default)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyDictionary<Address, long>>(
                records.Where(_views.ContainsKey).ToDictionary(at => at, at => _views[at][^1].Version));
        }
    }

    public IDisposable Subscribe(string? tenant, Action<Nudge> heard)
    {
        var key = new object();
        _hearers[key] = (tenant, heard);
        return new Ending(() => _hearers.TryRemove(key, out _));
    }

    private async Task MayRead(Address at, CancellationToken cancel)
    {
        Interlocked.Increment(ref _readers);
        try
        {
            await Reading(at).WaitAsync(cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _readers);
        }
    }

    private static Redaction Redact(Caller caller, Address at) => new(caller, at.Kind == Samples.Contacts.Name ? Samples.Contacts : throw new InvalidOperationException());

    private RecordView? Visible(Address at, Caller caller) =>
        Head(at) is { } view && caller.Tenant == at.Tenant && Redact(caller, at).Sees(view) ? view : null;

    private RecordView? Head(Address at)
    {
        lock (_gate)
        {
            return _views.TryGetValue(at, out var views) ? views[^1] : null;
        }
    }

    private RecordView Write(Address at, string by, string verb, bool? deleted, Dictionary<string, JsonElement> set)
    {
        lock (_gate)
        {
            var before = Head(at);
            var fields = before?.Fields.ToDictionary() ?? [];
            var changed = set.ToDictionary(field => field.Key, field => new FromTo(fields.GetValueOrDefault(field.Key, Null), field.Value));
            if (deleted is { } mark)
            {
                changed["deleted"] = new(Null, JsonSerializer.SerializeToElement<bool?>(mark ? true : null));
            }

            foreach (var (name, value) in set)
            {
                fields[name] = value;
            }

            var (version, at0) = ((before?.Version ?? 0) + 1, DateTimeOffset.UnixEpoch);
            var view = new RecordView(at.Kind, at.Id, version, at0, at0, by, deleted ?? before?.Deleted ?? false, fields.Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary());
            var change = new Change(version, at0, by, $"{at.Kind}.{verb}", changed);
            (_views.TryGetValue(at, out var views) ? views : _views[at] = []).Add(view);
            (_changes.TryGetValue(at, out var changes) ? changes : _changes[at] = []).Add(change);
            Wire(new(at, change, view), Pass);
            return view;
        }
    }

    private void Pass(Nudge nudge)
    {
        foreach (var (tenant, heard) in _hearers.Values)
        {
            if (tenant is null || tenant == nudge.At.Tenant)
            {
                heard(nudge);
            }
        }
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
