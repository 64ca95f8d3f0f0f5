using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>A commit that holds though nobody was told. On a server of its own: it is set to keep commits waiting.</summary>
public sealed class UnknownWriteTests : IAsyncLifetime
{
    private const string Waiting = "FROM pg_stat_activity WHERE application_name = 'crm journal' AND wait_event = 'SyncRep'";
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-test-").FullName;
    private EmbeddedPostgres _server = null!;

    public async Task InitializeAsync() => _server = await EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions(_folder) { Durable = false, Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } }, NullLogger.Instance);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_write_whose_acknowledgement_was_lost_is_unknown_is_found_on_loading_and_its_command_has_one_effect()
    {
        var options = new PostgresOptions(_server.ConnectionString, JournalFixture.Key);
        await options.Prepare(NullLogger.Instance);
        await using var source = PostgresHosting.Source(options);
        var database = new Silo.Postgres.Database(source);
        var tenants = new Tenants(database, new Vault(options.Key));
        await tenants.Add("acme", "Acme");
        await using var journal = new PostgresJournal(
            options.App, database, tenants, new SampleCatalog(), new(SampleRow.Of), TimeProvider.System, NullLogger<PostgresJournal>.Instance);
        var (at, command) = (SampleRow.Fresh(), Guid.NewGuid());
        var copy = await Copy.Load(journal, at);

        // No standby of that name will ever answer: a commit is on the disk, and waits.
        await Set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "nobody");
        var write = copy.Set("name", "Ada", command);
        await Until(async () => (long)(await Ask($"SELECT count(*) {Waiting}"))! == 1);
        await Ask($"SELECT pg_terminate_backend(pid) {Waiting}");
        await Should.ThrowAsync<Crm.UnavailableException>(write);
        await Set("ALTER SYSTEM RESET synchronous_standby_names", "");

        copy.Lineage.Broken.ShouldBeTrue();
        var again = await Copy.Load(journal, at);
        again.View!.Version.ShouldBe(1);
        (await again.Set("name", "Ada", command)).ShouldNotBeNull().Answer.Version.ShouldBe(1);
        (await journal.Read(at, 0, 10)).Count.ShouldBe(1);
        (await (await Copy.Load(journal, at)).Set("name", "Ada L.")).ShouldBeNull();
        (await journal.Verify(at)).ShouldBeNull();
    }

    private async Task Set(string statement, string expected)
    {
        await Ask(statement);
        await Ask("SELECT pg_reload_conf()");
        await Until(async () => (string)(await Ask("SHOW synchronous_standby_names"))! == expected);
    }

    private async Task<object?> Ask(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Yield();
        }
    }
}
