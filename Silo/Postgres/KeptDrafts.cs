using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>The table of unsaved writing. What is in it is sealed and bound to user, record and field: a row that was moved does not open.</summary>
public sealed class KeptDrafts(Database database, Tenants tenants, TimeProvider time, ILogger<KeptDrafts> log) : IKeptDrafts
{
    /// <inheritdoc />
    public async Task Keep(Address at, string user, KeptDraft draft, CancellationToken cancel = default)
    {
        var box = Vault.Seal(await tenants.Key(at.Tenant, cancel), JsonSerializer.SerializeToUtf8Bytes(draft.Value), Place(at, user, draft.Field));
        await database.Run(at.Tenant,
        [
            Command("""
                INSERT INTO drafts (tenant_id, user_id, kind, id, field, base, value, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (tenant_id, user_id, kind, id, field) DO UPDATE SET base = excluded.base, value = excluded.value, at = excluded.at
                """, Text(at.Tenant), Text(user), Text(at.Kind), Text(at.Id), Text(draft.Field), Value(draft.Base), Value(box), Value(draft.At)),
            Command("""
                DELETE FROM drafts WHERE tenant_id = $1 AND user_id = $2 AND (at < $3
                    OR (kind, id, field) IN (SELECT kind, id, field FROM drafts WHERE tenant_id = $1 AND user_id = $2 ORDER BY at DESC OFFSET $4))
                """, Text(at.Tenant), Text(user), Value(Oldest), Value(IKeptDrafts.MostOfUser)),
        ], cancel);
    }

    /// <inheritdoc />
    public Task Drop(Address at, string user, string field, CancellationToken cancel = default) => database.Run(at.Tenant,
    [
        Command("DELETE FROM drafts WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND id = $4 AND field = $5",
            Text(at.Tenant), Text(user), Text(at.Kind), Text(at.Id), Text(field)),
    ], cancel);

    /// <inheritdoc />
    public async Task<IReadOnlyList<KeptDraft>> Of(Address at, string user, CancellationToken cancel = default)
    {
        var key = await tenants.Key(at.Tenant, cancel);
        return await database.Query(at.Tenant,
            [
                Command("SELECT field, base, value, at FROM drafts WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND id = $4 AND at >= $5 ORDER BY field",
                    Text(at.Tenant), Text(user), Text(at.Kind), Text(at.Id), Value(Oldest)),
            ],
            async (reader, token) =>
            {
                var found = new List<KeptDraft>();
                while (await reader.ReadAsync(token))
                {
                    var field = reader.GetString(0);
                    if (Open(key, reader.GetFieldValue<byte[]>(2), at, user, field) is { } value)
                    {
                        found.Add(new(field, value, reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(3)));
                    }
                }

                return (IReadOnlyList<KeptDraft>)found;
            }, cancel);
    }

    private DateTimeOffset Oldest => time.GetUtcNow() - TimeSpan.FromDays(IKeptDrafts.Days);

    private JsonElement? Open(byte[] key, byte[] box, Address at, string user, string field)
    {
        try
        {
            return JsonElement.Parse(Vault.Open(key, box, Place(at, user, field)));
        }
        catch (CryptographicException)
        {
            log.LogError("A draft of {Record} does not open: it was changed, or moved from another row.", at);
            return null;
        }
    }

    private static string Place(Address at, string user, string field) => Vault.Place("draft", at, user, field);
}
