using System.Diagnostics;
using Crm.Silo.Postgres.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crm-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_committed_is_there_after_a_stop_and_a_start()
    {
        await using (var first = await Start())
            await Execute(first, "CREATE TABLE notes AS SELECT 'kept' AS text");
        await using var second = await Start();
        (await Execute(second, "SELECT text FROM notes")).ShouldBe("kept");
    }

    [Fact]
    public async Task Nothing_of_it_runs_after_a_stop()
    {
        var postgres = await Start();
        var pid = postgres.ProcessId.ShouldNotBeNull();
        await postgres.DisposeAsync();
        Directory.Exists($"/proc/{pid}").ShouldBeFalse();
        postgres.ProcessId.ShouldBeNull();
    }

    [Fact]
    public async Task A_second_start_on_the_same_folder_is_refused_and_says_who_has_it()
    {
        await using var first = await Start();
        var refusal = await Should.ThrowAsync<EmbeddedPostgresException>(Start);
        refusal.Message.ShouldContain($"{_folder} (CRM_DATA) is in use by another process ({Environment.ProcessId})");
        (await Execute(first, "SELECT 'still here'")).ShouldBe("still here");
    }

    [Fact]
    public async Task A_server_that_is_killed_is_started_again_on_the_same_data_and_connection_string()
    {
        await using var postgres = await Start();
        await Execute(postgres, "CREATE TABLE notes AS SELECT 'kept' AS text");
        var killed = postgres.ProcessId.ShouldNotBeNull();
        await Kill(killed);
        (await Eventually(async () => await Execute(postgres, "SELECT text FROM notes"))).ShouldBe("kept");
        postgres.ProcessId.ShouldNotBe(killed);
    }

    [Fact]
    public async Task When_its_parent_is_killed_it_stops_by_itself_and_the_next_start_has_every_commit()
    {
        using (var host = await ServerHost.Start(_folder))
        {
            await Execute(host.ConnectionString, "CREATE TABLE notes AS SELECT 'kept' AS text");
            host.Kill();
        }
        await using var next = await Start();
        (await Execute(next, "SELECT text FROM notes")).ShouldBe("kept");
    }

    [Fact]
    public async Task An_orphan_that_nobody_stopped_is_stopped_by_the_next_start()
    {
        int orphan;
        using (var host = await ServerHost.Start(_folder))
        {
            await Execute(host.ConnectionString, "CREATE TABLE notes AS SELECT 'kept' AS text");
            orphan = int.Parse(File.ReadLines(Path.Combine(_folder, "postgres/postmaster.pid")).First());
            // Its guardians first: they would stop it when their parent goes.
            var shell = Parent(orphan);
            foreach (var guardian in Children(shell).Where(pid => pid != orphan).Append(shell))
                await Kill(guardian);
            host.Kill();
        }
        Directory.Exists($"/proc/{orphan}").ShouldBeTrue();
        await using var next = await Start();
        next.ProcessId.ShouldNotBe(orphan);
        (await Execute(next, "SELECT text FROM notes")).ShouldBe("kept");
    }

    [Fact]
    public async Task It_runs_unprivileged_and_is_reachable_by_no_network_and_no_other_user()
    {
        await using var postgres = await Start();
        var uid = File.ReadLines($"/proc/{postgres.ProcessId}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        uid.ShouldNotBe("0");
        (await Execute(postgres, "SHOW listen_addresses")).ShouldBe("");
        File.GetUnixFileMode(Path.Combine(_folder, "postgres")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task It_writes_every_commit_to_disk_and_no_value_of_a_failed_statement_to_its_log()
    {
        await using var postgres = await EmbeddedPostgres.StartAsync(_folder, NullLogger.Instance);
        (await Execute(postgres, "SELECT current_setting('fsync') || current_setting('synchronous_commit') || current_setting('full_page_writes')")).ShouldBe("ononon");
        await Execute(postgres, "CREATE TABLE people (email text UNIQUE); INSERT INTO people VALUES ('one@example.test')");
        await using var source = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var twice = source.CreateCommand("INSERT INTO people VALUES ($1)");
        twice.Parameters.AddWithValue("one@example.test");
        await Should.ThrowAsync<PostgresException>(() => twice.ExecuteNonQueryAsync());
        var log = await File.ReadAllTextAsync(Path.Combine(_folder, "postgres.log"));
        log.ShouldContain("duplicate key");
        log.ShouldNotContain("example.test");
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_is_no_hindrance_and_half_made_data_neither()
    {
        var deep = Path.Combine(_folder, new string('d', 120), "a,b");
        Directory.CreateDirectory(Path.Combine(deep, "postgres.new/base"));
        await using var postgres = await Start(deep);
        (await Execute(postgres, "SELECT 'reached'")).ShouldBe("reached");
    }

    [Fact]
    public async Task It_has_the_extensions_that_search_and_sign_in_need_and_knows_letters_beyond_ascii()
    {
        await using var postgres = await Start();
        await Execute(postgres, "CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto; CREATE EXTENSION btree_gin");
        (await Execute(postgres, "SELECT (similarity('Дмитрий', 'Дмитрии') > 0.4)::text || lower('ÀÉ')")).ShouldBe("trueàé");
    }

    private Task<EmbeddedPostgres> Start() => Start(_folder);

    private static Task<EmbeddedPostgres> Start(string folder) =>
        EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(folder) { Durable = false }, NullLogger.Instance);

    private static Task<string?> Execute(EmbeddedPostgres postgres, string sql) => Execute(postgres.ConnectionString, sql);

    private static async Task<string?> Execute(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task<string?> Eventually(Func<Task<string?>> ask)
    {
        for (var patience = Stopwatch.StartNew(); ;)
        {
            try
            {
                return await ask();
            }
            catch (NpgsqlException) when (patience.Elapsed < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(10); // Down for the moment: ask until it answers.
            }
        }
    }

    private static async Task Kill(int pid)
    {
        using var kill = Process.Start("kill", $"-KILL {pid}");
        await kill.WaitForExitAsync();
    }

    private static int Parent(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ')[1]);

    private static List<int> Children(int parent) =>
        [.. File.ReadAllText($"/proc/{parent}/task/{parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
