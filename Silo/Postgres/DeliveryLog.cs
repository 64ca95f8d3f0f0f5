using Crm.Silo.Webhooks;
using Npgsql;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres;

/// <summary>The tables behind webhooks: what was sent, and what is sent again.</summary>
public sealed class DeliveryLog(Database database, Tenants tenants) : IWebhooks
{
    private const int LongestError = 500;

    /// <inheritdoc />
    public async Task<string> Secret(string tenant, string webhook, long epoch, CancellationToken cancel = default) =>
        WebhookSignature.Show(WebhookSignature.Secret(await tenants.Key(tenant, cancel), tenant, webhook, epoch));

    /// <summary>The secrets that sign now: the newest, and the one before.</summary>
    public async Task<IReadOnlyList<byte[]>> Secrets(string tenant, string webhook, long epoch, CancellationToken cancel = default)
    {
        var key = await tenants.Key(tenant, cancel);
        return epoch > 1
            ? [WebhookSignature.Secret(key, tenant, webhook, epoch), WebhookSignature.Secret(key, tenant, webhook, epoch - 1)]
            : [WebhookSignature.Secret(key, tenant, webhook, epoch)];
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<Delivery>> Deliveries(string tenant, string webhook, long? before, int limit, CancellationToken cancel = default) => database.Query(tenant,
        [
            Command("""
                SELECT number, kind, id, version, at, milliseconds, status, error FROM deliveries
                WHERE tenant_id = $1 AND webhook = $2 AND number < $3 ORDER BY number DESC LIMIT $4
                """, Text(tenant), Text(webhook), Value(before ?? long.MaxValue), Value(limit)),
        ],
        async (reader, token) =>
        {
            var found = new List<Delivery>();
            while (await reader.ReadAsync(token))
            {
                found.Add(new(
                    reader.GetInt64(0), new(tenant, reader.GetString(1), reader.GetString(2)), reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt32(5),
                    reader.IsDBNull(6) ? null : reader.GetInt32(6), reader.IsDBNull(7) ? null : reader.GetString(7)));
            }

            return (IReadOnlyList<Delivery>)found;
        }, cancel);

    /// <inheritdoc />
    public Task<int> Resume(string tenant, string webhook, Address of, long after, CancellationToken cancel = default) => database.Query(tenant,
        [
            Command("""
                WITH again AS (
                    INSERT INTO outbox (tenant_id, kind, id, version, reaction)
                    SELECT tenant_id, kind, id, version, $5 FROM changes
                    WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND version > $4 ORDER BY version LIMIT $6 RETURNING 1)
                SELECT count(*)::int4, pg_notify('crm_outbox', '') FROM again
                """, Text(tenant), Text(of.Kind), Text(of.Id), Value(after), Text(WebhookBook.NameOf(webhook)), Value(IWebhooks.MostResumed)),
        ],
        async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt32(0) : 0, cancel);

    /// <summary>Writes down how a try went, and forgets what is older than 30 days.</summary>
    /// <param name="error">Null when it was taken.</param>
    public Task Add(string webhook, Address of, long version, TimeSpan took, int? status, string? error, CancellationToken cancel = default) => database.Run(of.Tenant,
    [
        Command("INSERT INTO deliveries (tenant_id, webhook, kind, id, version, milliseconds, status, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            Text(of.Tenant), Text(webhook), Text(of.Kind), Text(of.Id), Value(version), Value((int)took.TotalMilliseconds), Maybe(status), Maybe(error is { Length: > LongestError } ? error[..LongestError] : error)),
        Command("""
            DELETE FROM deliveries WHERE tenant_id = $1 AND webhook = $2 AND number IN (
                SELECT number FROM deliveries WHERE tenant_id = $1 AND webhook = $2 AND at < now() - interval '30 days' ORDER BY number LIMIT 10)
            """, Text(of.Tenant), Text(webhook)),
    ], cancel);

    private static NpgsqlParameter Maybe(int? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Integer };

    private static NpgsqlParameter Maybe(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };
}
