using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>One copy of a record, as a host holds it: decides on what it has enqueued and does not wait for commits.</summary>
public sealed class Copy
{
    private static readonly DateTimeOffset Start = new(2026, 9, 1, 8, 0, 0, TimeSpan.Zero);
    private readonly IJournal _journal;
    private readonly Address _at;

    private Copy(IJournal journal, Address at, Loaded loaded) => (_journal, _at, Lineage, View) = (journal, at, loaded.Lineage, loaded.View);

    /// <summary>Where the record is.</summary>
    public Address At => _at;

    /// <summary>What ties the entries of this copy.</summary>
    public Lineage Lineage { get; }

    /// <summary>The record once everything enqueued holds.</summary>
    public RecordView? View { get; private set; }

    /// <summary>Loads the record as it is now.</summary>
    public static async Task<Copy> Load(IJournal journal, Address at) => new(journal, at, await journal.Load(at));

    /// <summary>Enqueues a change of one field.</summary>
    /// <param name="command">A new one when not given.</param>
    public Task<Recorded?> Set(string field, object? value, Guid? command = null, string body = "body", string user = "ana", params string[] reactions) =>
        Set(new Dictionary<string, object?> { [field] = value }, command, body, user, reactions);

    /// <summary>Enqueues a change of some fields.</summary>
    public Task<Recorded?> Set(
        Dictionary<string, object?> values, Guid? command = null, string body = "body", string user = "ana", params string[] reactions)
    {
        var version = (View?.Version ?? 0) + 1;
        var fields = new Dictionary<string, JsonElement>(View?.Fields ?? new Dictionary<string, JsonElement>());
        var changed = new Dictionary<string, FromTo>();
        foreach (var (name, value) in values)
        {
            var to = Json.Element(value);
            changed[name] = new(fields.GetValueOrDefault(name, Json.Null), to);
            fields.Remove(name);
            if (to.ValueKind != JsonValueKind.Null)
            {
                fields[name] = to;
            }
        }

        var at = Start.AddMinutes(version);
        var change = new Change(version, at, user, version == 1 ? $"{_at.Kind}.create" : $"{_at.Kind}.edit", changed);
        View = new(_at.Kind, _at.Id, version, View?.CreatedAt ?? at, at, user, false, fields);
        return _journal.Commit(new(
            _at, Lineage, user, command ?? Guid.NewGuid(), Hash(body), Outcome.Done(Status.Applied, version), change, View, reactions));
    }

    /// <summary>Enqueues an answer that changed nothing.</summary>
    public Task<Recorded?> Refuse(Outcome answer, Guid command, string body = "body", string user = "ana") =>
        _journal.Commit(new(_at, Lineage, user, command, Hash(body), answer, null, null, []) { Seen = View?.Version ?? 0 });

    /// <summary>What stands for the hash of a command's body.</summary>
    public static byte[] Hash(string body) => System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(body))[..16];
}
