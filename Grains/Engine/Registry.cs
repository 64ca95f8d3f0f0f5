using System.Text.Json;

namespace Crm.Engine;

/// <summary>A kind with its type known, for whoever hosts records without knowing it.</summary>
public interface IKindRuntime
{
    /// <summary>What the world knows of the kind.</summary>
    KindInfo Info { get; }

    /// <summary>A copy of a record, not loaded yet.</summary>
    IRecord Open(Address at, RecordServices services);

    /// <summary>The identity keys of a record with these fields.</summary>
    IReadOnlyList<string> Keys(IReadOnlyDictionary<string, JsonElement> fields);

    /// <summary>Whom its changes tell.</summary>
    KindNotices Notices { get; }

    /// <summary>Every type of change that its records can have, without the kind before it.</summary>
    IReadOnlyCollection<string> ChangeTypes { get; }
}

/// <summary>Finds kinds by name.</summary>
public interface IKindRegistry
{
    /// <summary>The kind of that name, or null.</summary>
    IKindRuntime? Runtime(string kind);
}

/// <inheritdoc />
public sealed class KindRuntime<T> : IKindRuntime where T : class, IKind<T>
{
    /// <inheritdoc />
    public KindInfo Info => T.Kind.Info;

    /// <inheritdoc />
    public KindNotices Notices => T.Kind.Notices;

    /// <inheritdoc />
    public IReadOnlyCollection<string> ChangeTypes => T.Kind.ChangeTypes;

    /// <inheritdoc />
    public IRecord Open(Address at, RecordServices services) => new Record<T>(at, services);

    /// <inheritdoc />
    public IReadOnlyList<string> Keys(IReadOnlyDictionary<string, JsonElement> fields) => [.. Json.Unflatten<T>(fields).Keys()];
}
