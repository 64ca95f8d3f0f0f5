using Crm.Silo.Postgres;

namespace Crm.Tests;

public sealed class MigrationTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE one (id int)");
    private static readonly Migration Second = new(2, "second", "CREATE TABLE two (id int)");

    [Fact]
    public async Task Each_file_is_applied_once_however_many_nodes_start_together()
    {
        var database = await Empty();
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrations.Apply(database, [First, Second])));
        applied.Order().ShouldBe([0, 0, 0, 2]);
        (await Migrations.Apply(database, [First, Second, new(3, "third", "ALTER TABLE two ADD name text")])).ShouldBe(1);
    }

    [Fact]
    public async Task A_database_of_a_newer_build_is_refused()
    {
        var database = await Empty();
        await Migrations.Apply(database, [First, Second]);
        (await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First]))).Message.ShouldContain("Run the newer build");
    }

    [Fact]
    public async Task A_file_that_changed_after_it_was_applied_is_refused()
    {
        var database = await Empty();
        await Migrations.Apply(database, [First]);
        var changed = await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First with { Sql = "CREATE TABLE one (id bigint)" }, Second]));
        changed.Message.ShouldContain("must never change");
        (await Migrations.Apply(database, [First, Second])).ShouldBe(1);
    }

    [Fact]
    public async Task A_gap_is_refused_in_the_build_and_in_the_database()
    {
        var database = await Empty();
        (await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First, Second with { Number = 3 }]))).Message.ShouldContain("This build has migration 3 where 2 should be");
        (await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First, First]))).Message.ShouldContain("This build");
        await Migrations.Apply(database, [First, Second]);
        await Run(database, "DELETE FROM migrations WHERE number = 1");
        (await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First, Second]))).Message.ShouldContain("The database has migration 2 where 1 should be");
    }

    [Fact]
    public async Task A_file_that_fails_leaves_nothing_behind_and_says_which_it_was()
    {
        var database = await Empty();
        var broken = new Migration(2, "broken", "CREATE TABLE half (id int); SELECT 1 / 0");
        (await Should.ThrowAsync<InvalidOperationException>(Migrations.Apply(database, [First, broken]))).Message.ShouldContain("Migration 2 (broken) failed: 22012");
        (await Migrations.Apply(database, [First, new(2, "mended", "CREATE TABLE half (id int)")])).ShouldBe(1);
    }

    [Fact]
    public async Task An_owner_who_is_no_superuser_can_apply_them_and_one_that_moves_data_sees_every_tenant_s()
    {
        var owner = $"owner_{Guid.NewGuid():N}";
        await Run(fixture.ConnectionString, $"CREATE ROLE {owner} LOGIN CREATEROLE");
        var superuser = await Empty($"OWNER {owner}");
        var database = new Npgsql.NpgsqlConnectionStringBuilder(superuser) { Username = owner }.ConnectionString;
        await Migrations.Apply(database, Migrations.Embedded);
        await Run(superuser, """
            INSERT INTO tenants VALUES ('acme', 'Acme'), ('globex', 'Globex');
            INSERT INTO outbox (tenant_id, kind, id, version, reaction) VALUES ('acme', 'contacts', 'a', 1, 'welcome'), ('globex', 'contacts', 'g', 1, 'welcome')
            """);
        var moves = new Migration(Migrations.Embedded.Count + 1, "moves", "CREATE TABLE moved AS SELECT id FROM outbox");
        await Migrations.Apply(database, [.. Migrations.Embedded, moves]);
        (await Run(superuser, "UPDATE moved SET id = id")).ShouldBe(2);
    }

    [Fact]
    public async Task Nodes_that_start_together_on_an_empty_database_all_start()
    {
        var options = new PostgresOptions(await Empty(), JournalFixture.Key);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => options.Prepare(Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance)));
        await using var source = PostgresHosting.Source(options);
        var tenants = new Tenants(new(source), new Vault(options.Key));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => tenants.Add("acme", "Acme")));
        (await tenants.All()).ShouldBe(["acme"]);
    }

    [Fact]
    public void This_build_has_its_files_in_order() =>
        Migrations.Embedded.Select(migration => migration.Number).ShouldBe(Enumerable.Range(1, Migrations.Embedded.Count));

    private async Task<string> Empty(string with = "")
    {
        var name = $"migrations_{Guid.NewGuid():N}";
        await Run(fixture.ConnectionString, $"CREATE DATABASE {name} {with}");
        return new Npgsql.NpgsqlConnectionStringBuilder(fixture.ConnectionString) { Database = name, Pooling = false }.ConnectionString;
    }

    private static async Task<int> Run(string database, string sql)
    {
        await using var connection = new Npgsql.NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }
}
