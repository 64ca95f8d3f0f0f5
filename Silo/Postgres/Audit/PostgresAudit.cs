using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Postgres.Feeds;
using Npgsql;
using NpgsqlTypes;
using static Crm.Silo.Postgres.Database;

namespace Crm.Silo.Postgres.Audit;

/// <summary>The audit: the change log and the security events, one beside the other in time.</summary>
public sealed class PostgresAudit(Database database, NpgsqlDataSource source, Tenants tenants, ICatalog catalog, AnchorFile file) : IAudit, IDisposable
{
    private const int MostItems = 200;
    private const string EventKind = "-";
    private static readonly string[] Columns = ["at", "category", "type", "user", "ref", "number", "changes", "remote", "detail"];
    private readonly SemaphoreSlim _verifying = new(1); // One look at everything at a time.

    /// <inheritdoc />
    public async Task<AuditAnswer> Read(Caller caller, AuditQuery query, CancellationToken cancel = default)
    {
        if (query.Categories?.FirstOrDefault(category => !IAudit.Categories.Contains(category)) is { } unknown)
        {
            return Refused("categories", "audit.category", $"There is no category {unknown}. Known are: {string.Join(", ", IAudit.Categories)}.");
        }

        if (query.Limit is < 1 or > MostItems)
        {
            return Refused("limit", "limit.range", $"1 to {MostItems}.");
        }

        var after = query.Cursor is null ? null : ActivityCursor.Read(query.Cursor);
        if (query.Cursor is not null && after is null)
        {
            return Refused("cursor", "cursor.unreadable", "This cursor is damaged, or belongs to another list. Start again without one.");
        }

        var (changes, events) = await Find(caller.Tenant, query, after, cancel);
        var key = await tenants.Key(caller.Tenant, cancel);
        var all = changes.Select(change => (Place: change.Place, Entry: Entry(caller, change)))
            .Concat(events.Select(happened => (Place: Place(happened), Entry: Entry(caller.Tenant, key, happened))))
            .OrderByDescending(line => line.Place.At).ThenByDescending(line => line.Place.Kind, StringComparer.Ordinal)
            .ThenByDescending(line => line.Place.Id, StringComparer.Ordinal).ThenByDescending(line => line.Place.Version).ToList();
        return new(new([.. all.Take(query.Limit).Select(line => line.Entry)], all.Count > query.Limit ? all[query.Limit - 1].Place.Write() : null), null);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<string> Export(Caller caller, AuditQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var text = new StringBuilder();
        ContactExport.Row(text, Columns, ',', strict: false);
        for (var next = query with { Limit = MostItems, Cursor = null }; ;)
        {
            var page = (await Read(caller, next, cancel)).Page ?? throw new InvalidOperationException("The question was not checked before.");
            foreach (var entry in page.Items)
            {
                ContactExport.Row(text, Cells(entry), ',', strict: true);
            }

            yield return text.ToString();
            text.Clear();
            if (page.Next is null)
            {
                yield break;
            }

            next = next with { Cursor = page.Next };
        }
    }

    /// <inheritdoc />
    public async Task<AuditReport> Verify(string tenant, CancellationToken cancel = default)
    {
        await _verifying.WaitAsync(cancel);
        try
        {
            return await new AuditCheck(source, file, tenant).Run(cancel);
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            throw new UnavailableException("The database does not answer now.", fault);
        }
        finally
        {
            _verifying.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _verifying.Dispose();

    private async Task<(List<FoundChange> Changes, List<StoredEvent> Events)> Find(string tenant, AuditQuery query, ActivityCursor? after, CancellationToken cancel)
    {
        bool Wants(string category) => query.Categories?.Contains(category) is not false;
        var key = await tenants.Key(tenant, cancel);
        var place = query.Ref is { } reference ? Address.FromRef(tenant, reference) : null;
        var before = query.Until is { } until && (after is null || until.UtcDateTime <= after.Time) ? until.UtcDateTime : after?.Time ?? new DateTime(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var from = after is not null && before < after.Time ? null : after;
        NpgsqlParameter[] Bounds() => [Text(tenant), Value(query.Since?.UtcDateTime ?? DateTime.UnixEpoch), Value(before), Optional(query.By), Value(query.Limit + 1)];
        return await database.Query(tenant,
            [
                // The planner must see what is asked for: a person, a record and a time lead to three different indexes.
                new("SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"),
                Command(FindChanges, [.. Bounds(), Text(from?.Kind ?? ""), Text(from?.Id ?? ""), Value(from?.Version ?? 0),
                    Value(Wants("change")), Value(Wants("permission")), Optional(query.Ref is null ? query.Kind : place?.Kind ?? "-"), Optional(query.Ref is null ? null : place?.Id ?? "-")]),
                Command(FindEvents, [.. Bounds(), Value(from is { Kind: EventKind } ? from.Version : from is null ? 0 : long.MaxValue),
                    Column(query.Ref is null && query.Kind is null ? Types(query.Categories) : [], NpgsqlDbType.Text)]),
            ],
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                var changes = await StoredChanges.Read(reader, tenant, key, token);
                await reader.NextResultAsync(token);
                var events = new List<StoredEvent>();
                while (await reader.ReadAsync(token))
                {
                    events.Add(new(reader.GetInt64(0), reader.GetDateTime(1), reader.GetString(2), reader.GetString(3), reader.GetString(4),
                        reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5), []));
                }

                return (changes, events);
            }, cancel);
    }

    // That something happened is told; what, as far as the reader may see the record.
    private AuditEntry Entry(Caller caller, FoundChange found)
    {
        var redaction = catalog.Find(found.At.Kind) is { } kind ? new Redaction(caller, kind) : null;
        var fields = redaction is not null && found.Head is { } head && redaction.Sees(head) ? redaction.Show(found.Change).Fields : null;
        return new(found.Change.At, IsPermission(found) ? "permission" : "change", found.Change.Type, found.Change.By, found.Change.Version, found.At.Ref, fields, null, null);
    }

    private static AuditEntry Entry(string tenant, byte[] key, StoredEvent stored)
    {
        string? remote = null;
        try
        {
            remote = stored.Sealed is { } box ? Encoding.UTF8.GetString(Vault.Open(key, box, SecurityCodec.Place(tenant, stored.Type, stored.At))) : null;
        }
        catch (CryptographicException)
        {
            // Verifying says so; the rest of the line is still worth reading.
        }

        return new(new(stored.At), CategoryOf(stored.Type), stored.Type, stored.User, stored.Number, null, null, JsonSerializer.Deserialize<Dictionary<string, string>>(stored.Detail), remote);
    }

    private static bool IsPermission(FoundChange found) => found.At.Kind == "roles"
        || (found.At.Kind == "users" && found.Change.Type is "users.assign" or "users.activate" or "users.deactivate" or "users.readdress" or "users.create");

    private static string CategoryOf(string type) => type switch
    {
        SecurityTypes.Refused => "refusal",
        SecurityTypes.Exported => "export",
        SecurityTypes.Verified => "audit",
        _ => "signin",
    };

    private static IEnumerable<string> Types(IReadOnlyList<string>? categories) => new[]
    {
        SecurityTypes.SignedIn, SecurityTypes.SignInFailed, SecurityTypes.LockedOut, SecurityTypes.SignedOut, SecurityTypes.TokenReused, SecurityTypes.PasswordSet,
        SecurityTypes.TokenMade, SecurityTypes.Refused, SecurityTypes.Exported, SecurityTypes.Verified,
    }.Where(type => categories?.Contains(CategoryOf(type)) is not false);

    private static ActivityCursor Place(StoredEvent stored) => ActivityCursor.Of(stored.At, EventKind, EventKind, stored.Number);

    private static IEnumerable<string> Cells(AuditEntry entry) =>
    [
        entry.At.UtcDateTime.ToString("O"), entry.Category, entry.Type, entry.User, entry.Ref ?? "", $"{entry.Number}",
        entry.Fields is { } fields ? JsonSerializer.Serialize(fields.ToDictionary(field => field.Key, field => new { from = field.Value.From, to = field.Value.To })) : "",
        entry.Remote ?? "", entry.Detail is { Count: > 0 } detail ? JsonSerializer.Serialize(detail) : "",
    ];

    private static AuditAnswer Refused(string field, string code, string text) => new(null, new(field, code, text));

    private static NpgsqlParameter Optional(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    // $1 tenant, $2 since, $3 before, $4 by, $5 how many; $6 to $8 the rest of the place behind which to begin, $9 $10 changes and permissions, $11 kind, $12 id.
    private const string Permission =
        "(c.kind = 'roles' OR (c.kind = 'users' AND c.type IN ('users.assign', 'users.activate', 'users.deactivate', 'users.readdress', 'users.create')))";

    private const string FindChanges = $"""
        SELECT {StoredChanges.Columns}
        FROM (
            SELECT c.* FROM changes c
            WHERE c.tenant_id = $1 AND c.at >= $2 AND c.at <= $3 AND (c.at < $3 OR (c.kind, c.id, c.version) < ($6, $7, $8))
                AND ($4::text IS NULL OR c.by_user = $4) AND ($11::text IS NULL OR c.kind = $11) AND ($12::text IS NULL OR c.id = $12)
                AND (($9 AND NOT {Permission}) OR ($10 AND {Permission}))
            ORDER BY c.at DESC, c.kind DESC, c.id DESC, c.version DESC LIMIT $5) c
        {StoredChanges.Joins}
        ORDER BY c.at DESC, c.kind DESC, c.id DESC, c.version DESC
        """;

    private const string FindEvents = """
        SELECT number, at, type, user_id, detail, sealed FROM security_events
        WHERE tenant_id = $1 AND at >= $2 AND at <= $3 AND (at < $3 OR number < $6) AND ($4::text IS NULL OR user_id = $4) AND type = ANY ($7)
        ORDER BY at DESC, number DESC LIMIT $5
        """;
}
