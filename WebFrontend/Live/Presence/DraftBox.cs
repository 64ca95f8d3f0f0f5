using System.Text.Json;

namespace Crm.Web.Live;

/// <summary>What users have written and not saved, each for himself.</summary>
internal sealed class DraftBox(IKeptDrafts drafts, TimeProvider time)
{
    /// <summary>Keeps what the user has written, for where he opens the record next.</summary>
    public Task Keep(LiveConnection connection, Address at, string field, long baseVersion, JsonElement value)
    {
        Desk.MayWrite(connection.Rights, Desk.Open(connection, at), field);
        return drafts.Keep(at, connection.Rights.Caller.User, new(field, value, baseVersion, time.GetUtcNow()));
    }

    /// <summary>Forgets it. Whoever may not write there any more may still do so.</summary>
    public Task Unkeep(LiveConnection connection, Address at, string field) => drafts.Drop(at, connection.Rights.Caller.User, field);

    /// <summary>What the user has kept in a record that is open, as far as he may still see the fields.</summary>
    public async Task<IReadOnlyList<KeptDraft>> Kept(LiveConnection connection, Address at)
    {
        var watch = Desk.Open(connection, at);
        return [.. (await drafts.Of(at, connection.Rights.Caller.User)).Where(draft => watch.Redaction.SeesField(draft.Field))];
    }
}
