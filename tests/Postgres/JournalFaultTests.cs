using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Npgsql;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>What the journal does when the database does not do what it is asked.</summary>
public sealed class JournalFaultTests(JournalFixture fixture) : IClassFixture<JournalFixture>
{
    private const string WritersInWait = "FROM pg_stat_activity WHERE application_name = 'crm journal' AND datname = current_database() AND wait_event_type = 'Lock'";

    [Fact]
    public async Task When_the_writer_s_connection_is_cut_in_a_commit_the_whole_group_is_unknown_and_the_next_one_is_written()
    {
        await using var journal = fixture.Journal();
        var copies = await Task.WhenAll(new[] { Fresh(), Fresh("globex") }.Select(at => Copy.Load(journal, at)));
        Task<Recorded?>[] writes;
        await using (await Blocked())
        {
            writes = [copies[0].Set("name", "Ada")];
            await Until(async () => (await fixture.Ask<long>($"SELECT count(*) {WritersInWait}"))[0] == 1);
            writes = [.. writes, copies[0].Set("score", 1), copies[1].Set("name", "Bo")];
            (await fixture.Ask<bool>($"SELECT pg_terminate_backend(pid) {WritersInWait}")).ShouldBe([true]);
            await Should.ThrowAsync<UnavailableException>(writes[0]);
        }

        copies[0].Lineage.Broken.ShouldBeTrue();
        await Should.ThrowAsync<StaleException>(writes[1]); // It was decided on a change that may not be.
        (await writes[2]).ShouldBeNull();
        var again = await Copy.Load(journal, copies[0].At);
        again.View.ShouldBeNull();
        (await again.Set("name", "Ada")).ShouldBeNull();
        journal.Queued.ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_stored_fails_alone()
    {
        await using var journal = fixture.Journal();
        var (bad, good) = (await Copy.Load(journal, Fresh()), await Copy.Load(journal, Fresh()));
        Task<Recorded?>[] writes;
        await using (await Blocked())
        {
            writes = [good.Set("score", 1), bad.Set("status", "nul \0 in a text"), good.Set("score", 2), bad.Set("score", 3)];
        }

        (await Task.WhenAll(writes[0], writes[2])).ShouldAllBe(recorded => recorded == null);
        (await Should.ThrowAsync<InvalidOperationException>(writes[1])).Message.ShouldNotContain("in a text");
        await Should.ThrowAsync<Exception>(writes[3]);
        (await journal.Load(bad.At)).View.ShouldBeNull();
        (await journal.Load(good.At)).View!.Version.ShouldBe(2);
        journal.Restarts.ShouldBe(0);
    }

    [Fact]
    public async Task A_row_that_cannot_be_made_fails_its_record_and_no_other()
    {
        await using var journal = fixture.Journal(new((kind, tenant, view) => view.Fields.ContainsKey("owner") ? throw new FormatException() : Of(kind, tenant, view)));
        var (bad, good) = (await Copy.Load(journal, Fresh()), await Copy.Load(journal, Fresh()));
        var failing = bad.Set("owner", "ana");
        (await good.Set("score", 1)).ShouldBeNull();
        await Should.ThrowAsync<InvalidOperationException>(failing);
    }

    [Fact]
    public async Task A_writer_that_dies_is_started_again_and_reported_and_fails_only_what_it_held()
    {
        await using var journal = fixture.Journal();
        var at = Fresh();
        var copy = await Copy.Load(journal, at);
        await copy.Set("name", "Ada");
        var (command, answer) = (Guid.NewGuid(), new Outcome(Status.Conflict, 1, [new("name", Json.Null, Json.Null, Json.Null, "bo", DateTimeOffset.UnixEpoch)], []));
        await copy.Refuse(answer, command);
        await fixture.Run("UPDATE answers SET sealed = set_byte(sealed, 40, 255 - get_byte(sealed, 40)) WHERE id = $1 AND sealed IS NOT NULL", at.Id);

        await Should.ThrowAsync<UnavailableException>(copy.Refuse(answer, command));
        journal.Restarts.ShouldBe(1);
        (await (await Copy.Load(journal, at)).Set("name", "Ada L.")).ShouldBeNull();
    }

    [Fact]
    public async Task When_too_many_wait_the_next_one_is_refused_at_once_and_no_record_is_written_out_of_order()
    {
        await using var journal = fixture.Journal(new(Of, MostQueued: 3));
        var (full, other) = (await Copy.Load(journal, Fresh()), await Copy.Load(journal, Fresh()));
        Task<Recorded?>[] writes;
        await using (await Blocked())
        {
            writes = [full.Set("score", 1), full.Set("score", 2), full.Set("score", 3), other.Set("score", 1)];
            await Should.ThrowAsync<UnavailableException>(writes[3]);
            await Should.ThrowAsync<StaleException>(other.Set("score", 2));
        }

        (await Task.WhenAll(writes[..3])).ShouldAllBe(recorded => recorded == null);
        (await journal.Load(other.At)).View.ShouldBeNull();
        (await (await Copy.Load(journal, other.At)).Set("score", 1)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_two_nodes_that_write_one_record_one_is_fenced_off_whoever_is_first()
    {
        await using var one = fixture.Journal();
        await using var other = fixture.Journal();
        var at = Fresh();
        await (await Copy.Load(one, at)).Set("score", 0);
        var (here, there) = (await Copy.Load(one, at), await Copy.Load(other, at));
        Task<Recorded?>[] writes;
        await using (await Blocked())
        {
            writes = [here.Set("score", 1), there.Set("score", 2)];
        }

        var fates = await Task.WhenAll(writes.Select(async write =>
        {
            try
            {
                return (await write) is null ? "stored" : "repeated";
            }
            catch (StaleException)
            {
                return "stale";
            }
        }));
        fates.Order().ShouldBe(["stale", "stored"]);
        (await one.Verify(at)).ShouldBeNull();
        (await one.Load(at)).View!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_head_that_is_not_at_the_version_before_fails_the_change_though_its_own_row_would_fit()
    {
        await using var journal = fixture.Journal();
        var at = Fresh();
        var copy = await Copy.Load(journal, at);
        await copy.Set("score", 1);
        await fixture.Run("UPDATE records SET version = 5 WHERE id = $1", at.Id);
        await Should.ThrowAsync<StaleException>(copy.Set("score", 2));
        (await fixture.Ask<long>("SELECT count(*) FROM changes WHERE id = $1", at.Id)).ShouldBe([1]);
    }

    [Fact]
    public async Task Everything_of_a_command_is_stored_or_nothing_is()
    {
        await using var journal = fixture.Journal();
        var at = Fresh();
        var copy = await Copy.Load(journal, at);
        await fixture.Run("ALTER TABLE outbox ADD CONSTRAINT none_for_this CHECK (reaction <> 'refused')");
        await Should.ThrowAsync<InvalidOperationException>(copy.Set("name", "Ada", reactions: "refused"));
        foreach (var table in new[] { "changes", "records", "answers", "outbox", "subject_keys" })
        {
            (await fixture.Ask<long>($"SELECT count(*) FROM {table} WHERE id = $1", at.Id)).ShouldBe([0]);
        }

        (await (await Copy.Load(journal, at)).Set("name", "Ada", reactions: "welcome")).ShouldBeNull();
        foreach (var table in new[] { "changes", "records", "answers", "outbox", "subject_keys" })
        {
            (await fixture.Ask<long>($"SELECT count(*) FROM {table} WHERE id = $1", at.Id)).ShouldBe([1]);
        }
    }

    // While it lives no change can be written, and writers wait in the middle of their transaction.
    private async Task<NpgsqlConnection> Blocked()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(fixture.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var block = new NpgsqlCommand("BEGIN; LOCK TABLE changes IN ACCESS EXCLUSIVE MODE", connection);
        await block.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Yield();
        }
    }
}
