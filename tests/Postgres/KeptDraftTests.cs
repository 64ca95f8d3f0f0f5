using System.Text.Json;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>What somebody has written and not saved is his alone, sealed, and forgotten in time.</summary>
public sealed class KeptDraftTests : IClassFixture<JournalFixture>
{
    private readonly JournalFixture _fixture;
    private readonly FakeTime _time = new();
    private readonly KeptDrafts _drafts;
    private readonly Address _at = new("acme", "contacts", $"d{Guid.NewGuid():N}");
    private readonly string _user = $"u{Guid.NewGuid():N}";

    public KeptDraftTests(JournalFixture fixture) =>
        (_fixture, _drafts) = (fixture, new(fixture.Database, fixture.Tenants, _time, NullLogger<KeptDrafts>.Instance));

    [Fact]
    public async Task The_last_word_is_kept_for_its_writer_and_nobody_else()
    {
        await Keep("title", "\"Dir\"");
        await Keep("title", """ "Director" """);
        await Keep("address", """{"city":"Berlin"}""");

        (await _drafts.Of(_at, _user)).Select(draft => (draft.Field, draft.Value.GetRawText(), draft.Base)).ShouldBe([("address", """{"city":"Berlin"}""", 3), ("title", "\"Director\"", 3)]);
        (await _drafts.Of(_at, "somebody")).ShouldBeEmpty();
        (await _drafts.Of(_at with { Id = "other" }, _user)).ShouldBeEmpty();
        (await _drafts.Of(_at with { Tenant = "globex" }, _user)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_saved_is_forgotten()
    {
        await Keep("title", "\"x\"");
        await _drafts.Drop(_at, _user, "title");
        await _drafts.Drop(_at, _user, "title");

        (await _drafts.Of(_at, _user)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_nobody_touches_is_forgotten_after_its_days()
    {
        await Keep("title", "\"old\"");
        _time.Advance(TimeSpan.FromDays(IKeptDrafts.Days) + TimeSpan.FromSeconds(1));
        (await _drafts.Of(_at, _user)).ShouldBeEmpty();
        await Keep("name", "\"new\"");

        (await Rows()).ShouldBe(["name"]);
    }

    [Fact]
    public async Task Of_too_many_the_oldest_is_forgotten()
    {
        for (var i = 0; i <= IKeptDrafts.MostOfUser; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Keep($"f{i:000}", "1");
        }

        var rows = await Rows();
        (rows.Count, rows[0]).ShouldBe((IKeptDrafts.MostOfUser, "f001"));
    }

    [Fact]
    public async Task The_table_holds_no_readable_word_and_a_row_that_was_moved_does_not_open()
    {
        await Keep("title", "\"canary-in-the-table\"");
        (await _fixture.Ask<byte[]>("SELECT value FROM drafts WHERE user_id = $1", _user)).Single().AsSpan().IndexOf("canary"u8).ShouldBe(-1);

        await _fixture.Ask<int>("UPDATE drafts SET user_id = 'thief' WHERE user_id = $1 RETURNING 1", _user);

        (await _drafts.Of(_at, "thief")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erasing_a_person_empties_what_was_written_about_him_and_what_he_wrote()
    {
        await Keep("title", "\"about him\"");
        var (person, other) = (_at with { Kind = "users", Id = _user }, _at with { Id = $"o{Guid.NewGuid():N}" });
        await _drafts.Keep(other, "somebody", new("title", JsonElement.Parse("1"), 3, _time.GetUtcNow()));
        foreach (var erased in new[] { _at, person })
        {
            await _fixture.Run("INSERT INTO subject_keys (tenant_id, kind, id, since, wrapped) VALUES ('acme', $1, $2, 1, 'x')", erased.Kind, erased.Id);
        }

        await Erase(_at);
        (await _drafts.Of(_at, _user)).ShouldBeEmpty("it was about the one who is erased");
        await _drafts.Keep(other, _user, new("title", JsonElement.Parse("2"), 3, _time.GetUtcNow()));
        await Erase(person);
        (await _drafts.Of(other, _user)).ShouldBeEmpty("he wrote it");
        (await _drafts.Of(other, "somebody")).Count.ShouldBe(1);

        Task<int> Erase(Address at) => _fixture.Database.Run("acme",
        [
            Silo.Postgres.Database.Command("UPDATE subject_keys SET wrapped = NULL, destroyed_at = now() WHERE tenant_id = 'acme' AND kind = $1 AND id = $2",
                Silo.Postgres.Database.Text(at.Kind), Silo.Postgres.Database.Text(at.Id)),
        ]);
    }

    [Fact]
    public async Task A_tenant_that_does_not_exist_keeps_nothing() =>
        await Should.ThrowAsync<Exception>(_drafts.Keep(_at with { Tenant = "nowhere" }, _user, new("title", JsonElement.Parse("1"), 0, _time.GetUtcNow())));

    private Task Keep(string field, string value) => _drafts.Keep(_at, _user, new(field, JsonElement.Parse(value), 3, _time.GetUtcNow()));

    private Task<List<string>> Rows() => _fixture.Ask<string>("SELECT field FROM drafts WHERE user_id = $1 ORDER BY field", _user);
}
