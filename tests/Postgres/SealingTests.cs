using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>Personal values can be read in the journal with their record's key, and in no other way.</summary>
public sealed class SealingTests(JournalFixture fixture) : IClassFixture<JournalFixture>, IAsyncLifetime
{
    private const string Canary = "Zanzibar-Quokka";
    private readonly PostgresJournal _journal = fixture.Journal();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Fact]
    public async Task No_byte_of_a_personal_value_stands_in_the_journal_the_answers_or_the_outbox()
    {
        var copy = await Copy.Load(_journal, Fresh());
        await copy.Set(
            new() { ["name"] = $"name {Canary}", ["phones"] = new[] { Canary }, ["custom.note"] = $"custom {Canary}", ["undeclared"] = Canary, ["status"] = "active" },
            reactions: "welcome");
        await copy.Set("name", $"again {Canary}");
        var conflict = new Conflict("name", Json.Element(Canary), Json.Element(Canary), Json.Element(Canary), "bo", DateTimeOffset.UnixEpoch);
        await copy.Refuse(new(Status.Conflict, 2, [conflict], []), Guid.NewGuid());

        var (text, hex) = (Canary, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Canary)));
        foreach (var table in new[] { "changes", "answers", "outbox", "subject_keys", "tenant_keys" })
        {
            (await fixture.Ask<long>($"SELECT count(*) FROM {table} t WHERE position($1 in t::text) > 0 OR position($2 in t::text) > 0", text, hex))
                .ShouldBe([0], customMessage: table);
            (await fixture.Ask<long>($"SELECT count(*) FROM {table}"))[0].ShouldBeGreaterThan(0);
        }

        // The scan finds what is there: the read model is readable, and so are fields that are about nobody.
        (await fixture.Ask<long>("SELECT count(*) FROM records t WHERE position($1 in t::text) > 0", text)).ShouldBe([1]);
        (await fixture.Ask<long>("SELECT count(*) FROM changes t WHERE position('active' in t::text) > 0")).ShouldBe([1]);
        (await _journal.Read(copy.At, 0, 1))[0].Fields["custom.note"].To.GetString().ShouldBe($"custom {Canary}");
    }

    [Fact]
    public async Task When_the_key_is_destroyed_personal_values_are_gone_and_all_else_stays()
    {
        var copy = await Copy.Load(_journal, Fresh());
        await copy.Set(new() { ["name"] = "Ada", ["status"] = "active" });
        (await Erase(copy.At)).ShouldBe(1);

        var change = (await _journal.Read(copy.At, 0, 10)).ShouldHaveSingleItem();
        (change.Fields["name"].From.ValueKind, change.Fields["name"].To.ValueKind).ShouldBe((JsonValueKind.Null, JsonValueKind.Null));
        change.Fields["status"].To.GetString().ShouldBe("active");
        (change.By, change.Type).ShouldBe(("ana", "contacts.create"));
        (await _journal.Verify(copy.At)).ShouldBeNull();
    }

    [Fact]
    public async Task An_erased_record_lives_on_under_a_new_key_that_opens_nothing_old()
    {
        var at = Fresh();
        await (await Copy.Load(_journal, at)).Set("name", "Ada");
        await Erase(at);
        var copy = await Copy.Load(_journal, at);
        await copy.Set("score", 1);
        await copy.Set("name", "Somebody else");
        await (await Copy.Load(_journal, at)).Set("name", "Somebody new");

        var names = (await _journal.Read(at, 0, 10)).Where(change => change.Fields.ContainsKey("name")).Select(change => change.Fields["name"].To.ToString());
        names.ShouldBe(["", "Somebody else", "Somebody new"]);
        (await fixture.Ask<long>("SELECT since FROM subject_keys WHERE id = $1 ORDER BY since", at.Id)).ShouldBe([1, 3]);
        (await _journal.Verify(at)).ShouldBeNull();
    }

    [Fact]
    public async Task A_sealed_value_opens_at_its_own_place_only()
    {
        var (one, other) = (await Copy.Load(_journal, Fresh()), await Copy.Load(_journal, Fresh()));
        await one.Set("name", "One");
        await one.Set("name", "One again");
        await other.Set("name", "Other");
        await fixture.Run("UPDATE changes SET sealed = (SELECT sealed FROM changes WHERE id = $1 AND version = 1) WHERE id = $1 AND version = 2", one.At.Id);
        await Should.ThrowAsync<CryptographicException>(_journal.Read(one.At, 1, 1));
        await fixture.Run("UPDATE subject_keys SET wrapped = (SELECT wrapped FROM subject_keys WHERE id = $1) WHERE id = $2", one.At.Id, other.At.Id);
        await Should.ThrowAsync<CryptographicException>(_journal.Load(other.At));
    }

    [Fact]
    public async Task Without_the_right_master_key_nothing_opens()
    {
        var at = Fresh();
        await (await Copy.Load(_journal, at)).Set("name", "Ada");
        var stranger = MasterKey.Parse(Convert.ToBase64String(new byte[32]), "a test");
        var tenants = new Tenants(fixture.Database, new Vault(stranger));
        await using var journal = new PostgresJournal(
            fixture.Options.App, fixture.Database, tenants, new SampleCatalog(), new(Of), TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<PostgresJournal>.Instance);
        await Should.ThrowAsync<CryptographicException>(journal.Load(at));
    }

    [Fact]
    public async Task Each_record_has_a_key_of_its_own_and_no_key_stands_readable()
    {
        var copies = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Copy.Load(_journal, Fresh())));
        await Task.WhenAll(copies.Select(copy => copy.Set("name", "Ada")));
        var wrapped = await fixture.Ask<byte[]>("SELECT wrapped FROM subject_keys WHERE id = ANY ($1)", (object)copies.Select(copy => copy.At.Id).ToArray());
        wrapped.Select(Convert.ToHexString).Distinct().Count().ShouldBe(3);
        var tenant = await fixture.Tenants.Key("acme", default);
        var keys = copies.Zip(await Task.WhenAll(copies.Select(copy => fixture.Ask<byte[]>("SELECT wrapped FROM subject_keys WHERE id = $1", copy.At.Id))))
            .Select(pair => PostgresJournal.OpenKey(pair.First.At, 1, pair.Second[0], tenant).Key).ToList();
        keys.Select(Convert.ToHexString).Distinct().Count().ShouldBe(3);
    }

    // One row of one table, as the application's role may do it.
    private Task<int> Erase(Address at) => fixture.Database.Run(at.Tenant,
        [
            Silo.Postgres.Database.Command(
                "UPDATE subject_keys SET wrapped = NULL, destroyed_at = now() WHERE tenant_id = $1 AND kind = $2 AND id = $3",
                Silo.Postgres.Database.Text(at.Tenant), Silo.Postgres.Database.Text(at.Kind), Silo.Postgres.Database.Text(at.Id)),
        ]);
}
