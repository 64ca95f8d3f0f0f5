using System.Text.Json;

namespace Crm.Engine;

/// <summary>A kind of record: an immutable type whose JSON is the record's fields.</summary>
public interface IKind<TSelf> where TSelf : class, IKind<TSelf>
{
    /// <summary>Its table of contents.</summary>
    static abstract Kind<TSelf> Kind { get; }

    /// <summary>What must hold of every stored state; each broken rule names its field.</summary>
    IEnumerable<Problem> Check();

    /// <summary>The same record in the form in which it is stored: trimmed, sorted, defaults filled in. Runs before <see cref="Check"/>.</summary>
    TSelf Tidied(Moment moment) => (TSelf)this;

    /// <summary>What must hold of the step from one state to the next, such as a name that is given once and for all.</summary>
    /// <param name="before">The stored state; there is no step when the record is made.</param>
    IEnumerable<Problem> CheckStep(TSelf before) => [];

    /// <summary>What this caller may not make of the record, beyond what his permissions and field rights say. Deleting it is asked as a step to the same state.</summary>
    /// <param name="before">The stored state; the kind's empty one when the record is made.</param>
    IEnumerable<Problem> CheckCaller(TSelf before, Caller caller) => [];

    /// <summary>Why a record of this state may not be deleted; null when it may.</summary>
    Problem? CheckDelete() => null;

    /// <summary>Why a deleted record of this state may not be brought back by hand; null when it may.</summary>
    Problem? CheckRestore() => null;

    /// <summary>Texts that two records of one thing would share, such as an e-mail address: looked up exactly, for duplicates.</summary>
    IEnumerable<string> Keys() => [];
}

/// <summary>What to do to a record. Pure: all it may know of the world is the <see cref="Moment"/>.</summary>
public interface ICommand<T>
{
    /// <summary>What the record becomes, or why not.</summary>
    Decision<T> Decide(T record, Moment moment);
}

/// <summary>A verb is one type: its name, who may use it, its arguments, and what it means.</summary>
public interface IVerb<T> : ICommand<T>
{
    /// <summary>As in the path, imperative: <c>book</c>.</summary>
    static abstract string Name { get; }

    /// <summary>What the caller must hold: <c>slots.book</c>.</summary>
    static abstract string Permission { get; }
}

/// <summary>All that a rule may know of the outside world.</summary>
/// <param name="Creating">The record is being made: the time to fill in what its maker left out.</param>
public readonly record struct Moment(Caller Caller, DateTimeOffset Now, bool Creating = false);

/// <summary>What the record becomes (perhaps what it is already), or why not.</summary>
/// <param name="Deleted">Whether it is softly deleted from then on; null leaves that as it is.</param>
public readonly record struct Decision<T>(T? Next, Problem? Refusal, bool? Deleted = null)
{
    /// <summary>The record becomes this.</summary>
    public static implicit operator Decision<T>(T next) => new(next, null);

    /// <summary>The record stays as it is.</summary>
    public static implicit operator Decision<T>(Problem refusal) => new(default, refusal);
}

/// <summary>Which records a verb acts on.</summary>
[Flags]
public enum VerbOn
{
    /// <summary>No record at all.</summary>
    None = 0,

    /// <summary>Records that are there: the rule.</summary>
    Live = 1,

    /// <summary>Softly deleted ones.</summary>
    Deleted = 2,

    /// <summary>Records that do not exist yet: the verb makes them out of the kind's empty state.</summary>
    Nothing = 4,
}

/// <summary>How to admit and read one verb.</summary>
public sealed record Verb<T>(string Permission, Func<JsonElement, ICommand<T>> Read, VerbOn On = VerbOn.Live);

/// <summary>The table of contents of a kind. What is not listed cannot be done.</summary>
public sealed class Kind<T>(string name, string title, T empty, string summary = "") where T : class, IKind<T>
{
    private readonly Dictionary<string, Verb<T>> _verbs = [];
    private readonly List<VerbInfo> _verbInfos = [];
    private readonly List<FieldInfo> _fields = [];
    private string? _owner;
    private string? _shared;
    private bool _quiet;
    private (Func<T, IReadOnlyDictionary<string, JsonElement>?> Get, Func<T, IReadOnlyDictionary<string, JsonElement>?, T> With)? _custom;
    private T? _example;
    private KindInfo? _info;
    private bool _private;

    /// <summary>Plural noun: the folder, the REST path, the reference prefix and the column.</summary>
    public string Name { get; } = name;

    /// <summary>What a record is before its first change.</summary>
    public T Empty { get; } = empty;

    /// <summary>What the world outside knows of it.</summary>
    public KindInfo Info => _info ??= new(
        Name, title, _owner, _custom is not null, _fields, _verbInfos, summary, JsonSerializer.SerializeToElement(_example ?? Empty, Json.Options), _shared, _quiet, _private);

    /// <summary>Whom its changes tell.</summary>
    public KindNotices Notices { get; } = new();

    /// <summary>Every type of change that a record can have, without the kind before it.</summary>
    public IReadOnlyCollection<string> ChangeTypes => ["create", "edit", "delete", "restore", "undo", .. _verbs.Keys];

    /// <summary>The verb of that name, or null.</summary>
    public Verb<T>? Find(string verb) => _verbs.GetValueOrDefault(verb);

    /// <summary>Declares a field; its name is the property's.</summary>
    public Kind<T> Field(
        string property, FieldType type, bool editable = true, bool personal = false, bool searched = false, bool required = false,
        int maxLength = 0, IReadOnlyList<string>? options = null, IReadOnlyList<string>? parts = null, string? refersTo = null, bool important = false)
    {
        _fields.Add(new(
            JsonNamingPolicy.CamelCase.ConvertName(property), type, editable, personal, searched, required, maxLength, options, parts, refersTo, Important: important));
        return this;
    }

    /// <summary>The field whose user owns the record: what <c>kind.read.own</c> goes by.</summary>
    /// <param name="shared">A flag that shows the record to the others too who have that permission only.</param>
    public Kind<T> OwnedBy(string property, string? shared = null)
    {
        _owner = JsonNamingPolicy.CamelCase.ConvertName(property);
        _shared = shared is null ? null : JsonNamingPolicy.CamelCase.ConvertName(shared);
        return this;
    }

    /// <summary>No feed tells of these records: they are somebody's own affair.</summary>
    public Kind<T> KeptFromFeeds()
    {
        _quiet = true;
        return this;
    }

    /// <summary>As <see cref="OwnedBy"/>, and nobody else sees the record, whatever he may: it is one person's own business.</summary>
    public Kind<T> PrivateTo(string property)
    {
        _private = true;
        return OwnedBy(property);
    }

    /// <summary>People are told of these types of change, <c>edit</c>, by this rule.</summary>
    public Kind<T> Tells(NoticeRule rule, params IEnumerable<string> types)
    {
        Notices.Tell(rule, types);
        return this;
    }

    /// <summary>Nobody is told of these types of change.</summary>
    public Kind<T> Silent(params IEnumerable<string> types)
    {
        Notices.Silence(types);
        return this;
    }

    /// <summary>Tenants may add fields; the type has a property for them, by name without <c>custom.</c> before it, null for none.</summary>
    public Kind<T> WithCustomFields(
        Func<T, IReadOnlyDictionary<string, JsonElement>?> get, Func<T, IReadOnlyDictionary<string, JsonElement>?, T> with)
    {
        _custom = (get, with);
        return this;
    }

    /// <summary>A record's custom values; null for none, and for a kind without.</summary>
    internal IReadOnlyDictionary<string, JsonElement>? CustomOf(T record) => _custom?.Get(record);

    /// <summary>The record with these custom values in place of its own; the same record for a kind without.</summary>
    internal T WithCustom(T record, IReadOnlyDictionary<string, JsonElement>? values) => _custom is { } custom ? custom.With(record, values) : record;

    /// <summary>What the API description shows.</summary>
    public Kind<T> Example(T example)
    {
        _example = example;
        return this;
    }

    /// <summary>Admits a verb.</summary>
    public Kind<T> Verb<TVerb>(string summary = "") where TVerb : IVerb<T>
    {
        _verbs.Add(TVerb.Name, new(TVerb.Permission, args => Json.Read<TVerb>(args)));
        _verbInfos.Add(new(TVerb.Name, TVerb.Permission, Json.Schema<TVerb>(), summary));
        return this;
    }

    /// <summary>Admits a verb for the product itself: a step of something larger, which is not in the API and which its door refuses.</summary>
    public Kind<T> InnerVerb<TVerb>(VerbOn on = VerbOn.Live) where TVerb : IVerb<T>
    {
        _verbs.Add(TVerb.Name, new(TVerb.Permission, args => Json.Read<TVerb>(args), on));
        return this;
    }

    /// <summary>Lists a verb that spans several records: it is in the API, and an <see cref="ICompoundVerb"/> does it.</summary>
    /// <typeparam name="TArgs">Its arguments.</typeparam>
    public Kind<T> Compound<TArgs>(string name, string permission, string summary)
    {
        _verbInfos.Add(new(name, permission, Json.Schema<TArgs>(), summary));
        return this;
    }
}
