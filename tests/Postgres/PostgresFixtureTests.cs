using Npgsql;

namespace Crm.Tests;

public sealed class PostgresFixtureTests(PostgresFixtureTests.Notes notes) : IClassFixture<PostgresFixtureTests.Notes>
{
    [Fact]
    public async Task A_test_class_gets_what_its_fixture_prepared()
    {
        await using var count = notes.DataSource.CreateCommand("SELECT count(*) FROM notes");
        (await count.ExecuteScalarAsync()).ShouldBe(1L);
    }

    [Fact]
    public async Task Another_database_of_the_same_template_sees_nothing_of_this_one()
    {
        await using (var insert = notes.DataSource.CreateCommand("CREATE TABLE mine ()"))
            await insert.ExecuteNonQueryAsync();
        var other = new Notes();
        await other.InitializeAsync();
        await using (var table = other.DataSource.CreateCommand("SELECT to_regclass('mine')::text, to_regclass('notes')::text"))
        await using (var row = await table.ExecuteReaderAsync())
        {
            await row.ReadAsync();
            row.IsDBNull(0).ShouldBeTrue();
            row.GetString(1).ShouldBe("notes");
        }
        await other.DisposeAsync();
    }

    public sealed class Notes : PostgresFixture
    {
        protected override async Task Prepare(string connectionString)
        {
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var create = new NpgsqlCommand("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('one')", connection);
            await create.ExecuteNonQueryAsync();
        }
    }
}
