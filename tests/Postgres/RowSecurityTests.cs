using Crm.Engine.Tests;
using Npgsql;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>The database itself keeps tenants apart, whatever the application asks.</summary>
public sealed class RowSecurityTests(JournalFixture fixture) : IClassFixture<JournalFixture>
{
    // Which tenants there are, and which of them knows an address (by its HMAC), must be known before any can be declared.
    private static readonly string[] Registers = ["tenants", "logins"];

    private const string TenantTables = """
        SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
        """;

    [Fact]
    public async Task Every_table_with_a_tenant_enables_and_forces_it_for_reading_and_writing()
    {
        var tables = await fixture.Ask<string>(TenantTables);
        tables.Count.ShouldBeGreaterThanOrEqualTo(7);
        (await fixture.Ask<string>("SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1) AND NOT (relrowsecurity AND relforcerowsecurity)", (object)tables.ToArray()))
            .ShouldBeEmpty();
        foreach (var table in tables.Except(Registers))
        {
            (await fixture.Ask<bool>("""
                SELECT qual LIKE '%crm.tenants%' AND with_check LIKE '%crm.tenants%' FROM pg_policies WHERE tablename = $1 AND cmd = 'ALL'
                """, table)).ShouldBe([true], customMessage: table);
            (await fixture.Ask<long>("SELECT count(*) FROM pg_policies WHERE tablename = $1", table)).ShouldBe([1], customMessage: table);
        }
    }

    [Fact]
    public async Task Every_unique_key_holds_the_tenant()
    {
        var unfenced = await fixture.Ask<string>("""
            SELECT i.indexrelid::regclass::text FROM pg_index i
            JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attname = 'tenant_id'
            WHERE i.indisunique AND i.indrelid::regclass::text = ANY ($1) AND NOT (t.attnum = ANY (i.indkey))
            """, (object)(await fixture.Ask<string>(TenantTables)).ToArray());
        unfenced.ShouldBeEmpty("a unique key without the tenant tells one tenant what another has");
    }

    [Fact]
    public async Task The_application_s_role_owns_nothing_and_cannot_step_around_policies()
    {
        (await fixture.Ask<bool>("SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles WHERE rolname = 'crm_app'")).ShouldBe([false]);
        (await fixture.Ask<long>("SELECT count(*) FROM pg_class WHERE relowner = 'crm_app'::regrole")).ShouldBe([0]);
        (await fixture.Ask<long>("SELECT count(*) FROM pg_auth_members WHERE member = 'crm_app'::regrole")).ShouldBe([0]);
        (await fixture.Ask<string>("""
            SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm')
            UNION ALL
            SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
            """)).ShouldBeEmpty("views and definer functions see around policies");
    }

    [Theory]
    [InlineData("ALTER TABLE changes DISABLE ROW LEVEL SECURITY")]
    [InlineData("DROP POLICY declared ON changes")]
    [InlineData("CREATE POLICY all_of_it ON changes USING (true)")]
    [InlineData("SET ROLE postgres")]
    [InlineData("CREATE TABLE public.mine (id int)")]
    [InlineData("SELECT * FROM migrations")]
    [InlineData("SET LOCAL row_security = off; SELECT count(*)::int FROM changes")]
    public async Task It_may_not_change_the_rules(string statement)
    {
        await Rows();
        var refusal = await Should.ThrowAsync<PostgresException>(fixture.AskAsApp<int>("acme", statement));
        refusal.SqlState.ShouldBeOneOf(PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.UndefinedObject, PostgresErrorCodes.InvalidParameterValue);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("*")]
    [InlineData("acm")]
    [InlineData("globex ")]
    public async Task Whoever_declares_no_tenant_sees_no_row(string? declared)
    {
        await Rows();
        foreach (var table in (await fixture.Ask<string>(TenantTables)).Except(Registers))
        {
            if ((await fixture.Ask<bool>("SELECT has_table_privilege('crm_app', $1, 'SELECT')", table))[0])
            {
                (await fixture.AskAsApp<long>(declared, $"SELECT count(*) FROM {table}")).ShouldBe([0], customMessage: table);
            }
        }
    }

    [Fact]
    public async Task Whoever_declares_a_tenant_sees_its_rows_and_no_other_tenant_s()
    {
        await Rows();
        foreach (var table in new[] { "tenant_keys", "subject_keys", "changes", "records", "list_rows", "answers", "outbox" })
        {
            (await fixture.AskAsApp<string>("acme", $"SELECT DISTINCT tenant_id FROM {table}")).ShouldBe(["acme"], customMessage: table);
            (await fixture.AskAsApp<string>("globex,acme", $"SELECT DISTINCT tenant_id FROM {table} ORDER BY 1")).ShouldBe(["acme", "globex"], customMessage: table);
        }
    }

    [Theory]
    [InlineData("INSERT INTO changes SELECT 'globex', kind, id || 'x', version, at, by_user, type, fields, sealed, hash FROM changes LIMIT 1 RETURNING 1")]
    [InlineData("UPDATE records SET tenant_id = 'globex' RETURNING 1")]
    [InlineData("INSERT INTO outbox (tenant_id, kind, id, version, reaction) VALUES ('globex', 'contacts', 'x', 1, 'welcome') RETURNING 1")]
    [InlineData("INSERT INTO tenants (tenant_id, name) VALUES ('initech', 'Initech') RETURNING 1")]
    [InlineData("INSERT INTO tenant_keys VALUES ('globex', '') RETURNING 1")]
    public async Task Nobody_writes_for_a_tenant_that_is_not_declared(string statement)
    {
        await Rows();
        (await Should.ThrowAsync<PostgresException>(fixture.AskAsApp<int>("acme", statement))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_declaration_ends_with_its_transaction_though_the_connection_lives_on()
    {
        await Rows();
        // Without the reset that a pool does by default, which would hide a declaration that outlives its transaction.
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(fixture.Options.App) { Pooling = true, MaxPoolSize = 1, NoResetOnClose = true });
        var database = new Silo.Postgres.Database(source);
        Task<long> Count(string tenants) => database.Query(
            tenants, [new("SELECT count(*), pg_backend_pid() FROM records")], async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : -1);
        (await Count("acme")).ShouldBeGreaterThan(0);
        await using (var bare = source.CreateCommand("SELECT count(*) FROM records"))
        {
            (await bare.ExecuteScalarAsync()).ShouldBe(0L);
        }

        (await Count("globex")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_operators_of_searches_may_use_indexes_under_a_policy()
    {
        (await fixture.Ask<bool>("SELECT proleakproof FROM pg_proc WHERE oid IN ('pg_catalog.textlike(text, text)'::regprocedure, 'pg_catalog.arrayoverlap(anyarray, anyarray)'::regprocedure)"))
            .ShouldBe([true, true]);
    }

    private async Task Rows()
    {
        await using var journal = fixture.Journal();
        foreach (var tenant in new[] { "acme", "globex" })
        {
            await (await Copy.Load(journal, Fresh(tenant))).Set("name", "Ada", reactions: "welcome");
        }
    }
}
