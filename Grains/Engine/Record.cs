using System.Diagnostics;
using System.Text.Json;

namespace Crm.Engine;

/// <summary>What a host runs, on a scheduler that lets one turn of the record run at a time; a turn may begin while another waits for its commit.</summary>
public interface IRecord
{
    /// <summary>Once true this copy must go: its next turns would be decided on a state that is not the record's.</summary>
    bool Broken { get; }

    /// <summary>Nothing is in flight.</summary>
    bool Idle { get; }

    /// <inheritdoc cref="IRecords.Do"/>
    Task<Outcome> Do(Caller caller, Guid commandId, string verb, JsonElement args);

    /// <inheritdoc cref="IRecords.Edit"/>
    Task<Outcome> Edit(Caller caller, Guid commandId, long baseVersion, JsonElement patch);

    /// <inheritdoc cref="IRecords.Read"/>
    Task<RecordView?> Read(Caller caller, CancellationToken cancel);

    /// <inheritdoc cref="IRecords.Since"/>
    Task<CatchUp?> Since(Caller caller, long version, int limit, CancellationToken cancel);

    /// <inheritdoc cref="IRecords.History"/>
    Task<IReadOnlyList<Change>?> History(Caller caller, long after, int limit, CancellationToken cancel);
}

/// <summary>All that a record may use of the world.</summary>
public sealed record RecordServices(IJournal Journal, INudges Nudges, ICatalog Catalog, Processes Processes, TimeProvider Time);

/// <summary>One record in memory. Holds nothing that the journal does not, but for what is on its way there.</summary>
/// <remarks>
/// Between deciding and handing the entry to the journal nothing awaits, so entries leave in the order of their versions. What is read,
/// answered or nudged is always <c>_committed</c>; what is decided on is <c>_ahead</c>.
/// </remarks>
public sealed partial class Record<T>(Address at, RecordServices services) : IRecord where T : class, IKind<T>
{
    private readonly AnswerCache _answers = new();
    private Snapshot<T>? _committed;
    private Snapshot<T>? _ahead;
    private Tail _tail = new(0);
    private Lineage _lineage = new();
    private Task? _loading;
    private int _inFlight;

    /// <inheritdoc />
    public bool Broken => _lineage.Broken;

    /// <inheritdoc />
    public bool Idle => _inFlight == 0;

    private static KindInfo Info => T.Kind.Info;

    private long Version => _ahead?.View.Version ?? 0;

    private Task Loaded() => _loading ??= Load();

    private async Task Load()
    {
        try
        {
            var loaded = await services.Journal.Load(at);
            _lineage = loaded.Lineage;
            _committed = _ahead = loaded.View is { } view ? new(view, Json.Unflatten<T>(view.Fields)) : null;
            _tail = new(loaded.View?.Version ?? 0);
        }
        catch
        {
            _lineage.Break();
            throw;
        }
    }

    private async Task<Outcome> Turn(Caller caller, Command command)
    {
        using var span = EngineSignals.Begin(at, command.Verb);
        var began = services.Time.GetTimestamp();
        try
        {
            var outcome = await Take(caller, command);
            EngineSignals.Ended(span, Info.Name, outcome.Status, services.Time.GetElapsedTime(began));
            return outcome;
        }
        catch (Exception fault)
        {
            EngineSignals.Failed(span, Info.Name, fault, services.Time.GetElapsedTime(began));
            throw;
        }
    }

    private async Task<Outcome> Take(Caller caller, Command command)
    {
        if (caller.Tenant != at.Tenant)
        {
            return Missing();
        }

        await Loaded();
        var redaction = new Redaction(caller, Info);
        if (_ahead is { } there && !redaction.Sees(there.View))
        {
            return await Sure(Missing());
        }

        // Whoever lacks the permission must not learn from the refusal which ids are taken by records that he may not see.
        var creates = command is { Verb: EditVerb, Needs: 0 };
        if (!caller.Can($"{Info.Name}.{(creates ? CreateVerb : command.Permission)}"))
        {
            return _ahead is null && !creates ? Missing() : Reject("", "access.denied", "You may not do this. Ask an administrator for the permission.");
        }

        var own = Info.HasCustom ? await services.Catalog.Custom(at.Tenant, Info.Name) : [];
        var listening = await services.Processes.Listening(at.Tenant);
        await Recall(command.Needs);
        if (_answers.Find(caller.User, command.Id) is { } known)
        {
            return await known.Repeat(command.Hash, Version);
        }

        if (Broken)
        {
            throw new StaleException(at, Version);
        }

        // From here to the journal nothing awaits.
        var decided = Decide(command, new(new Moment(caller, Now()), redaction, own));
        return Version > 0 || decided.Next is not null ? await Commit(caller, command, decided, listening) : await Sure(decided.Outcome);
    }

    private Decided Decide(Command command, Circumstances now)
    {
        try
        {
            return command.Decide(now);
        }
        catch (JsonException unreadable)
        {
            return new(Reject("", "body.unreadable", $"The arguments do not fit this action{(unreadable.Path is { } path ? $" (at {path})" : "")}."));
        }
    }

    private async Task<Outcome> Commit(Caller caller, Command command, Decided decided, IReadOnlyList<Listener> listening)
    {
        if (decided.Change is { } change)
        {
            _ahead = decided.Next;
            _tail.Add(change);
        }

        var entry = new Entry(
            at, _lineage, caller.User, command.Id, command.Hash, decided.Outcome, decided.Change, decided.Next?.View,
            decided.Change is { } heard ? services.Processes.Hearing(at.Kind, at.Id, heard, listening) : [])
        {
            Seen = decided.Change is { } made ? made.Version - 1 : Version,
        };
        _inFlight++;
        var stored = Store(entry, decided);
        _answers.Add(caller.User, command.Id, command.Hash, stored);
        try
        {
            return await stored;
        }
        finally
        {
            _inFlight--;
        }
    }

    private async Task<Outcome> Store(Entry entry, Decided decided)
    {
        Recorded? earlier;
        try
        {
            earlier = await services.Journal.Commit(entry);
        }
        catch
        {
            _lineage.Break(); // An unknown write: forget the state, load it again.
            throw;
        }

        if (earlier is not null)
        {
            if (entry.Change is not null)
            {
                _lineage.Break();
            }

            return KnownAnswer.Repeat(earlier, entry.BodyHash, entry.Answer.Version);
        }

        if (entry.Change is { } change)
        {
            Adopt(decided.Next!, change);
        }

        return entry.Answer;
    }

    private void Adopt(Snapshot<T> next, Change change)
    {
        if (change.Version != (_committed?.View.Version ?? 0) + 1)
        {
            _lineage.Break();
            throw new InvalidOperationException($"{at}: version {change.Version} was committed out of order.");
        }

        _committed = next;
        _tail.Trim(change.Version);
        CrashPoint.Reach(CrashPoint.BeforePublish);
        services.Nudges.Nudge(new(at, change, next.View) { Committed = services.Time.GetUtcNow(), Trace = Activity.Current?.Id });
        CrashPoint.Reach(CrashPoint.AfterPublish);
    }

    // So that the tail holds every change after a version.
    private async Task Recall(long? version)
    {
        if (version is { } asked && asked >= 0 && asked < _tail.From && asked < Version)
        {
            var from = _tail.From;
            var older = await services.Journal.Read(at, asked, (int)Math.Min(from - asked, int.MaxValue));
            if (_tail.From == from)
            {
                _tail.Prepend(older);
            }
            else
            {
                await Recall(version); // Trimmed or extended meanwhile.
            }
        }
    }

    // To the microsecond, which is what a journal keeps: a record is the same before and after it was loaded.
    private DateTimeOffset Now()
    {
        var now = services.Time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    // A refusal that is not written, so nothing fences it.
    private async Task<Outcome> Sure(Outcome refusal)
    {
        await Doubt();
        return refusal;
    }

    private static Outcome Missing() => Outcome.Rejected(0, new Problem("", "record.missing", "There is no such record."));

    private Outcome Reject(string field, string code, string text) => Outcome.Rejected(Version, new Problem(field, code, text));
}

/// <summary>A record at one version, as fields and as its type.</summary>
public sealed record Snapshot<T>(RecordView View, T State);
