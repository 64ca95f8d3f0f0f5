using System.Diagnostics;
using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Load;

/// <summary>A database with many contacts of one tenant, made by plain COPY and kept for the next run.</summary>
internal sealed class SearchStore : IAsyncDisposable
{
    /// <summary>Whose contacts they are.</summary>
    public const string Tenant = "acme";

    private readonly EmbeddedPostgres _server;

    private SearchStore(EmbeddedPostgres server, PostgresOptions options, Kinds kinds) => (_server, Options, Kinds) = (server, options, kinds);

    /// <summary>How to connect.</summary>
    public PostgresOptions Options { get; }

    /// <summary>The product's kinds.</summary>
    public Kinds Kinds { get; }

    /// <summary>Opens the folder's database, and fills it when it does not hold as many contacts.</summary>
    public static async Task<SearchStore> Open(string folder, int contacts)
    {
        var server = await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(folder) { Durable = false }, NullLogger.Instance);
        var options = new PostgresOptions(server.ConnectionString, MasterKey.Parse(Convert.ToBase64String(new byte[32]), "the benchmark"));
        await options.Prepare(NullLogger.Instance);
        var store = new SearchStore(server, options, Kinds.All());
        if (await store.Count() != contacts)
        {
            await store.Fill(contacts);
        }

        return store;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Runs statements as the owner.</summary>
    public async Task Run(string sql)
    {
        await using var connection = await Connect();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> Count()
    {
        await using var connection = await Connect();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM list_rows", connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task Fill(int contacts)
    {
        var clock = Stopwatch.StartNew();
        await Run($"""
            TRUNCATE records, list_rows;
            INSERT INTO tenants (tenant_id, name) VALUES ('{Tenant}', 'Acme') ON CONFLICT DO NOTHING;
            DROP INDEX IF EXISTS list_rows_by_title, list_rows_by_creation, list_rows_terms, list_rows_keys, records_by_update;
            """);
        await Task.WhenAll(Task.Run(() => Copy(contacts, "records", Record)), Task.Run(() => Copy(contacts, "list_rows", Row)));
        await Run("""
            SET maintenance_work_mem = '512MB';
            CREATE INDEX list_rows_by_title ON list_rows (tenant_id, kind, title, id) WHERE NOT deleted;
            CREATE INDEX list_rows_by_creation ON list_rows (tenant_id, kind, created_at, id) WHERE NOT deleted;
            CREATE INDEX records_by_update ON records (tenant_id, kind, updated_at, id) WHERE NOT deleted;
            CREATE INDEX list_rows_terms ON list_rows USING gin (terms) WITH (fastupdate = on, gin_pending_list_limit = 2048);
            CREATE INDEX list_rows_keys ON list_rows USING gin (keys) WITH (fastupdate = off);
            """);
        await Run("VACUUM ANALYZE records");
        await Run("VACUUM ANALYZE list_rows");
        Console.WriteLine($"Filled with {contacts} contacts in {clock.Elapsed.TotalSeconds:0} s.");
    }

    private async Task Copy(int contacts, string table, Func<RecordView, NpgsqlBinaryImporter, Task> write)
    {
        var people = new People(1);
        await using var connection = await Connect();
        await using var import = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT binary)");
        for (var number = 0; number < contacts; number++)
        {
            var created = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(number);
            var id = $"c-{unchecked((uint)(number * 2654435761)):x8}";
            var view = new RecordView(Contact.KindName, id, 1, created, created.AddMinutes(number * 7919L % 500_000), "ana", false, people.Fields(number));
            await import.StartRowAsync();
            await import.WriteAsync(Tenant);
            await import.WriteAsync(view.Kind);
            await import.WriteAsync(view.Id);
            await write(view, import);
        }

        await import.CompleteAsync();
    }

    private static async Task Record(RecordView view, NpgsqlBinaryImporter import)
    {
        await import.WriteAsync(view.Version);
        await import.WriteAsync(view.CreatedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        await import.WriteAsync(view.UpdatedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        await import.WriteAsync(view.UpdatedBy);
        await import.WriteAsync(view.Deleted);
        await import.WriteAsync(JsonSerializer.Serialize(view.Fields), NpgsqlDbType.Jsonb);
        await import.WriteAsync(new byte[32]);
    }

    private async Task Row(RecordView view, NpgsqlBinaryImporter import)
    {
        var (title, search, terms, keys) = ListRow.Of(Contact.Kind.Info, Tenant, view, Kinds.Runtime(view.Kind)!.Keys(view.Fields));
        await import.WriteAsync(view.CreatedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        await import.WriteAsync(view.Deleted);
        await import.WriteAsync(title);
        await import.WriteAsync(search);
        await import.WriteAsync(terms);
        await import.WriteAsync(keys);
    }

    private async Task<NpgsqlConnection> Connect()
    {
        var connection = new NpgsqlConnection(Options.Owner);
        await connection.OpenAsync();
        return connection;
    }
}
