using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

public sealed class OtherKeyTests(JournalFixture database) : IClassFixture<JournalFixture>
{
    [Fact]
    public async Task A_node_with_another_master_key_does_not_start_and_locks_nobody_out()
    {
        var other = MasterKey.Parse(Convert.ToBase64String(new byte[32]), "the tests");

        (await Should.ThrowAsync<InvalidOperationException>(new PostgresOptions(database.Options.Owner, other).Prepare(NullLogger.Instance)))
            .Message.ShouldStartWith("This database was filled under another master key");

        await using var app = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.Options.App) { Pooling = false }.ConnectionString);
        await app.OpenAsync();
        await database.Options.Prepare(NullLogger.Instance);
    }
}
