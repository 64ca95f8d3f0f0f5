using System.Text.Json;
using Crm.Engine;

namespace Crm.Silo.Postgres;

/// <summary>Writes answers; what carries values of fields is sealed under the subject's key.</summary>
internal static class AnswerCodec
{
    public static StoredAnswer Encode(Entry entry, SubjectKey? key)
    {
        var answer = entry.Answer;
        return new(
            (short)answer.Status, answer.Version,
            answer.Errors.Count == 0 ? null : JsonSerializer.Serialize(answer.Errors, Json.Options),
            answer.Conflicts.Count == 0 || key is null
                ? null
                : Vault.Seal(key.Key, JsonSerializer.SerializeToUtf8Bytes(answer.Conflicts, Json.Options), Place(entry.At, entry.User, entry.CommandId)));
    }

    /// <summary>The answer again; without its conflicts when their key is gone.</summary>
    public static Outcome Decode(Address at, string user, Guid command, StoredAnswer stored, byte[]? key) => new(
        (Status)stored.Status, stored.Version,
        stored.Sealed is null || key is null
            ? []
            : JsonSerializer.Deserialize<Conflict[]>(Vault.Open(key, stored.Sealed, Place(at, user, command)), Json.Options)!,
        stored.Errors is null ? [] : JsonSerializer.Deserialize<Problem[]>(stored.Errors, Json.Options)!);

    private static string Place(Address at, string user, Guid command) => Vault.Place("answer", at, user, command.ToString());
}
