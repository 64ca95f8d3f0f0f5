using System.Text.Json;

namespace Crm.Engine;

/// <summary>What commands mean: verbs by the kind, edits by merging, and the built-in delete, restore and undo.</summary>
public sealed partial class Record<T>
{
    private const string CreateVerb = "create";
    private const string EditVerb = "edit";
    private const string DeleteVerb = "delete";
    private const string RestoreVerb = "restore";
    private const string UndoVerb = "undo";
    private const string Deleted = "deleted";
    private static readonly JsonElement True = Json.Element(true);

    /// <inheritdoc />
    public Task<Outcome> Do(Caller caller, Guid commandId, string verb, JsonElement args)
    {
        var hash = BodyHash.Of(verb, 0, args);
        switch (verb)
        {
            case DeleteVerb:
                return Turn(caller, new(commandId, hash, verb, verb, null, now => Mark(true, now.Moment, SeenAt(args))));
            case RestoreVerb:
                return Turn(caller, new(commandId, hash, verb, verb, null, now => Mark(false, now.Moment)));
            case UndoVerb when args is { ValueKind: JsonValueKind.Object } && args.TryGetProperty("version", out var version)
                && version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var undone) && undone > 0:
                return Turn(caller, new(commandId, hash, verb, verb, undone - 1, now => Undo(undone, now)));
            case UndoVerb:
                return Task.FromResult(Reject("version", "version.unknown", "Say which version to undo: {\"version\": 3}."));
        }

        return T.Kind.Find(verb) is not { } known
            ? Task.FromResult(Reject("verb", "verb.unknown", $"There is no such action. {Info.Name} know: {string.Join(", ", Info.Verbs.Select(v => v.Name).Concat([DeleteVerb, RestoreVerb, UndoVerb]))}."))
            : Turn(caller, new(commandId, hash, verb, known.Permission[(known.Permission.IndexOf('.', StringComparison.Ordinal) + 1)..], null, now =>
                Admits(known.On) ? Act(known.Read(args), verb, now.Moment) : new(_ahead is { View.Deleted: false } ? Exists() : Missing())));
    }

    private bool Admits(VerbOn on) => on.HasFlag(_ahead switch { null => VerbOn.Nothing, { View.Deleted: true } => VerbOn.Deleted, _ => VerbOn.Live });

    /// <inheritdoc />
    public Task<Outcome> Edit(Caller caller, Guid commandId, long baseVersion, JsonElement patch) =>
        Turn(caller, new(commandId, BodyHash.Of(EditVerb, baseVersion, patch), EditVerb, EditVerb, baseVersion, now => Edit(baseVersion, patch, now)));

    private Decided Act(ICommand<T> command, string verb, Moment moment)
    {
        var decision = command.Decide(_ahead?.State ?? T.Kind.Empty, moment);
        return decision.Refusal is { } refusal
            ? new(Outcome.Rejected(Version, refusal))
            : Become(decision.Next!, verb, Status.Applied, moment, decision.Deleted);
    }

    private Decided Edit(long baseVersion, JsonElement json, Circumstances now)
    {
        if (_ahead is { View.Deleted: true } || (_ahead is null && baseVersion != 0))
        {
            return new(Missing());
        }

        if (_ahead is not null && baseVersion == 0)
        {
            return new(Exists());
        }

        if (baseVersion < 0 || baseVersion > Version)
        {
            return new(Reject("baseVersion", "version.unknown", $"There is no such version. The record is at version {Version}."));
        }

        var problems = new List<Problem>();
        var patch = Patch.Read(json, Info, now.Own, _ahead?.View.Fields.Keys ?? [], now.Moment.Caller, now.Redaction, problems);
        problems.AddRange(patch.Missing(now.Own, creating: _ahead is null));
        return problems.Count > 0
            ? new(Outcome.Rejected(Version, [.. problems]))
            : Joined(patch, baseVersion, _ahead is null ? CreateVerb : EditVerb, now.Moment);
    }

    private Decided Undo(long version, Circumstances now)
    {
        if (_ahead is null or { View.Deleted: true })
        {
            return new(Missing());
        }

        if (version > Version)
        {
            return new(Reject("version", "version.unknown", $"There is no such version. The record is at version {Version}."));
        }

        if (version == 1)
        {
            return new(Reject("version", "undo.create", "The first version made the record. Delete the record instead."));
        }

        var problems = new List<Problem>();
        var patch = Patch.Reverse(_tail.After(version - 1).First(), Info, now.Own, now.Moment.Caller, now.Redaction, problems);
        return problems.Count > 0
            ? new(Outcome.Rejected(Version, [.. problems.DistinctBy(problem => problem.Field)]))
            : Joined(patch, version, UndoVerb, now.Moment);
    }

    // Three-way: what the base was, what stands now, what is asked for.
    private Decided Joined(Patch patch, long baseVersion, string verb, Moment moment)
    {
        var current = _ahead?.View.Fields ?? new Dictionary<string, JsonElement>();
        var next = new Dictionary<string, JsonElement>(current);
        var conflicts = new List<Conflict>();
        foreach (var (field, asked) in patch.Values)
        {
            var theirs = current.GetValueOrDefault(field.Name, Json.Null);
            var touched = baseVersion == 0 ? null : _tail.Touched(field.Name, baseVersion);
            var before = touched?.Before ?? theirs;
            var yours = Patch.Over(field, before, asked).Clone(); // The state outlives the message that it came in.
            if (Merge.Field(field.Type, before, theirs, yours).Value is not { } value)
            {
                conflicts.Add(new(field.Name, before, theirs, yours, touched!.Value.Last.By, touched.Value.Last.At));
            }
            else if (value.ValueKind == JsonValueKind.Null)
            {
                next.Remove(field.Name);
            }
            else
            {
                next[field.Name] = value;
            }
        }

        return conflicts.Count > 0
            ? new(new Outcome(Status.Conflict, Version, conflicts, []))
            : Become(Json.Unflatten<T>(next), verb, Version > baseVersion ? Status.Merged : Status.Applied, moment);
    }

    private Outcome Exists() =>
        Reject("", "record.exists", "A record of this id exists already. Read it, and edit it with its version as the base.");

    private Decided Become(T next, string verb, Status status, Moment moment, bool? deleted = null)
    {
        next = next.Tidied(moment with { Creating = _ahead is null });
        var problems = next.Check()
            .Concat(_ahead is null ? [] : next.CheckStep(_ahead.State))
            .Concat(next.CheckCaller(_ahead?.State ?? T.Kind.Empty, moment.Caller))
            .ToArray();
        if (problems.Length > 0)
        {
            return new(Outcome.Rejected(Version, problems));
        }

        var before = _ahead?.View.Fields ?? new Dictionary<string, JsonElement>();
        var after = Json.Flatten(next);
        var changed = after.Where(field => !before.TryGetValue(field.Key, out var was) || !JsonElement.DeepEquals(was, field.Value))
            .ToDictionary(field => field.Key, field => new FromTo(before.GetValueOrDefault(field.Key, Json.Null), field.Value));

        // What this type knows and now has no value. What it does not know is history, and stays.
        foreach (var (name, was) in before.Where(field => !after.ContainsKey(field.Key)).ToList())
        {
            if (Knows(name))
            {
                changed[name] = new(was, Json.Null);
            }
            else
            {
                after[name] = was;
            }
        }

        var isGone = _ahead?.View.Deleted ?? false;
        if (deleted is { } gone && gone != isGone)
        {
            changed[Deleted] = Marked(gone);
        }

        return Changed(verb, status, new(next, after, deleted ?? isGone), changed, moment);
    }

    private static bool Knows(string name) =>
        Info.Field(name) is not null || (Info.HasCustom && name.StartsWith(RecordJson.CustomPrefix, StringComparison.Ordinal));

    // A delete may name the version that its caller saw: {"version": 3}. It merges with nothing, so a newer one refuses it.
    private static long? SeenAt(JsonElement args) =>
        args.ValueKind == JsonValueKind.Object && args.TryGetProperty("version", out var version)
            ? version.ValueKind == JsonValueKind.Number && version.TryGetInt64(out var seen) ? seen : throw new JsonException("No version.", "version", null, null)
            : null;

    private Decided Mark(bool deleted, Moment moment, long? seen = null)
    {
        if (_ahead is null)
        {
            return new(Missing());
        }

        if (seen is { } version && version != Version)
        {
            return new(Reject("version", "version.stale", $"The record has moved on: it is at version {Version}."));
        }

        if (_ahead.View.Deleted == deleted)
        {
            return new(Outcome.Done(Status.Applied, Version));
        }

        var problems = deleted
            ? _ahead.State.CheckCaller(_ahead.State, moment.Caller).Prepend(_ahead.State.CheckDelete()).OfType<Problem>().ToArray()
            : _ahead.State.CheckCaller(T.Kind.Empty, moment.Caller).Prepend(_ahead.State.CheckRestore()).OfType<Problem>().ToArray();
        return problems.Length > 0
            ? new(Outcome.Rejected(Version, problems))
            : Changed(deleted ? DeleteVerb : RestoreVerb, Status.Applied, new(_ahead.State, _ahead.View.Fields, deleted), new() { [Deleted] = Marked(deleted) }, moment);
    }

    private static FromTo Marked(bool deleted) => deleted ? new(Json.Null, True) : new(True, Json.Null);

    private Decided Changed(string verb, Status status, Next next, Dictionary<string, FromTo> changed, Moment moment)
    {
        if (changed.Count == 0 && _ahead is not null)
        {
            return new(Outcome.Done(status, Version));
        }

        var change = new Change(Version + 1, moment.Now, moment.Caller.User, $"{Info.Name}.{verb}", changed);
        var view = new RecordView(
            Info.Name, at.Id, change.Version, _ahead?.View.CreatedAt ?? moment.Now, moment.Now, moment.Caller.User, next.Deleted, next.Fields);
        return new(Outcome.Done(status, change.Version), change, new(view, next.State));
    }

    /// <summary>A command on its way through a turn.</summary>
    /// <param name="Permission">Without the kind before it.</param>
    /// <param name="Needs">The version after which all changes must be at hand; null for none.</param>
    private sealed record Command(
        Guid Id, ReadOnlyMemory<byte> Hash, string Verb, string Permission, long? Needs, Func<Circumstances, Decided> Decide);

    /// <summary>What the record is to be.</summary>
    private readonly record struct Next(T State, IReadOnlyDictionary<string, JsonElement> Fields, bool Deleted);

    private sealed record Circumstances(Moment Moment, Redaction Redaction, IReadOnlyList<FieldInfo> Own);

    private sealed record Decided(Outcome Outcome, Change? Change = null, Snapshot<T>? Next = null);
}
