using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Npgsql;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>Whoever alters the journal past the product is found out.</summary>
public sealed class ChainTests(JournalFixture fixture) : IClassFixture<JournalFixture>, IAsyncLifetime
{
    private readonly PostgresJournal _journal = fixture.Journal();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task A_record_as_it_was_written_verifies_and_one_that_never_was_too()
    {
        (await _journal.Verify(await Written())).ShouldBeNull();
        (await _journal.Verify(Fresh())).ShouldBeNull();
    }

    [Fact]
    public async Task A_chain_longer_than_a_page_verifies_to_its_end()
    {
        var at = await Written(2_500);
        (await _journal.Verify(at)).ShouldBeNull();
        await fixture.Run("UPDATE changes SET by_user = 'mallory' WHERE id = $1 AND version = 2400", at.Id);
        (await _journal.Verify(at))!.Version.ShouldBe(2_400);
    }

    [Theory]
    [InlineData("by_user = 'mallory'")]
    [InlineData("at = at + interval '1 microsecond'")]
    [InlineData("type = 'contacts.merge'")]
    [InlineData("fields = replace(fields::text, '3', '4')::json")]
    [InlineData("fields = (fields::text || ' ')::json")]
    [InlineData("sealed = set_byte(sealed, 30, 255 - get_byte(sealed, 30))")]
    [InlineData("sealed = NULL")]
    [InlineData("hash = set_byte(hash, 0, 255 - get_byte(hash, 0))")]
    public async Task An_edited_change_is_found(string edit)
    {
        var at = await Written();
        (await fixture.Run($"UPDATE changes SET {edit} WHERE id = $1 AND version = 3", at.Id)).ShouldBe(1);
        (await _journal.Verify(at))!.Version.ShouldBe(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task A_deleted_change_is_found(long version)
    {
        var at = await Written();
        await fixture.Run("DELETE FROM changes WHERE id = $1 AND version = $2", at.Id, version);
        (await _journal.Verify(at))!.Version.ShouldBe(version);
    }

    [Fact]
    public async Task Two_changes_that_swapped_places_are_found()
    {
        var at = await Written();
        foreach (var (from, to) in new[] { (2L, 100L), (3L, 2L), (100L, 3L) })
        {
            await fixture.Run("UPDATE changes SET version = $3 WHERE id = $1 AND version = $2", at.Id, from, to);
        }

        (await _journal.Verify(at))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task A_change_that_was_added_behind_the_head_is_found()
    {
        var at = await Written();
        await fixture.Run("""
            INSERT INTO changes SELECT tenant_id, kind, id, 6, at, by_user, type, fields, sealed, hash FROM changes WHERE id = $1 AND version = 5
            """, at.Id);
        (await _journal.Verify(at))!.Version.ShouldBe(6);
    }

    [Fact]
    public async Task Another_record_s_chain_does_not_pass_for_this_one_s()
    {
        var (at, other) = (await Written(), await Written());
        await fixture.Run("DELETE FROM changes WHERE id = $1", at.Id);
        await fixture.Run("UPDATE changes SET id = $1 WHERE id = $2", at.Id, other.Id);
        (await _journal.Verify(at))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_head_that_does_not_belong_to_the_chain_is_found()
    {
        var at = await Written();
        await fixture.Run("UPDATE records SET head_hash = sha256(head_hash) WHERE id = $1", at.Id);
        (await _journal.Verify(at))!.Version.ShouldBe(5);
    }

    [Theory]
    [InlineData("UPDATE changes SET by_user = 'mallory'")]
    [InlineData("DELETE FROM changes")]
    [InlineData("TRUNCATE changes")]
    [InlineData("UPDATE answers SET version = 0")]
    [InlineData("DELETE FROM answers")]
    [InlineData("DELETE FROM records")]
    [InlineData("UPDATE tenant_keys SET wrapped = ''")]
    public async Task The_application_itself_may_not_rewrite_history(string statement)
    {
        await Written();
        (await Should.ThrowAsync<PostgresException>(fixture.AskAsApp<int>("acme", statement))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    private async Task<Address> Written(int versions = 5)
    {
        var copy = await Copy.Load(_journal, Fresh());
        await Task.WhenAll(Enumerable.Range(1, versions).Select(number => copy.Set(new() { ["score"] = number, ["name"] = $"Ada {number}" })));
        return copy.At;
    }
}
