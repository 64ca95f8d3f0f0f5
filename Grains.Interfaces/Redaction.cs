using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Crm;

/// <summary>
/// What one caller may see of one kind. Every way out of the server goes through it: reads, lists, history, pushes, exports, conflicts.
/// </summary>
public sealed class Redaction
{
    private const string DeletedField = "deleted";
    private readonly KindInfo _kind;
    private readonly string _user;
    private readonly HashSet<string>? _hidden;
    private readonly bool _all;
    private readonly bool _own;
    private string? _view;

    /// <summary>For one caller and one kind; cheap, but worth keeping for a connection.</summary>
    public Redaction(Caller caller, KindInfo kind)
    {
        _kind = kind;
        _user = caller.User;
        _all = caller.Can(ReadPermission(kind.Name)) && (!kind.Private || caller.User == Caller.SystemUser);
        _own = _all || (kind.Owner is not null && caller.Can($"{kind.Name}.read.own"));
        var prefix = $"{kind.Name}.";
        _hidden = caller.Hidden.Where(field => field.StartsWith(prefix, StringComparison.Ordinal))
            .Select(field => field[prefix.Length..]).ToHashSet() is { Count: > 0 } hidden ? hidden : null;
    }

    /// <summary>Whether the caller may see anything of this kind at all.</summary>
    public bool SeesKind => _own;

    /// <summary>Set when the caller sees only the records he owns: the owner field, the user it must hold, and the flag that shows a record all the same.</summary>
    public (string Field, string User, string? Shared)? OnlyOwn => _all || !_own ? null : (_kind.Owner!, _user, _kind.Shared);

    /// <summary>Equal for callers who see the same bytes of the same record, so that a message is encoded once for all of them.</summary>
    public string Class => $"{(_all ? "*" : _own ? _user : "-")}|{(_hidden is null ? "" : string.Join(',', _hidden.Order(StringComparer.Ordinal)))}";

    /// <summary>A short name of <see cref="Class"/> that tells nothing: what was shown under another one cannot be continued by changes.</summary>
    public string View => _view ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Class)).AsSpan(0, 6));

    /// <summary>The permission to read every record of a kind.</summary>
    public static string ReadPermission(string kind) => $"{kind}.read";

    /// <summary>Whether the caller may know that this record exists. Deleted ones are for history and restoring only.</summary>
    public bool Sees(RecordView record) => SeesFields(record.Fields);

    /// <summary>The same by the fields alone.</summary>
    public bool SeesFields(IReadOnlyDictionary<string, JsonElement> fields) => _all || (_own
        && ((fields.TryGetValue(_kind.Owner!, out var owner) && owner.ValueKind == JsonValueKind.String && owner.ValueEquals(_user))
            || (_kind.Shared is not null && fields.TryGetValue(_kind.Shared, out var shared) && shared.ValueKind == JsonValueKind.True)));

    /// <summary>Whether the caller may see this field. Fields that the kind does not declare are never shown.</summary>
    public bool SeesField(string name) => (_hidden is null || !_hidden.Contains(name))
        && (_kind.Field(name) is not null
            || name == DeletedField
            || (_kind.HasCustom && name.StartsWith(RecordJson.CustomPrefix, StringComparison.Ordinal) && _hidden?.Contains("custom") is not true));

    /// <summary>The record reduced to the visible fields, or null when the record is not visible.</summary>
    public RecordView? Show(RecordView record) => !Sees(record) ? null : record with { Fields = Visible(record.Fields) };

    /// <summary>The change reduced to the visible fields. It stays in place even when none is left, so that versions have no gap.</summary>
    public Change Show(Change change) => change.Fields.Keys.All(SeesField)
        ? change
        : change with { Fields = change.Fields.Where(field => SeesField(field.Key)).ToDictionary() };

    private IReadOnlyDictionary<string, JsonElement> Visible(IReadOnlyDictionary<string, JsonElement> fields) =>
        fields.Keys.All(SeesField) ? fields : fields.Where(field => SeesField(field.Key)).ToDictionary();
}
