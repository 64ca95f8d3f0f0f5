using Crm.Silo.Postgres.Audit;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Crm.Tests;

/// <summary>Whoever alters the journal or the security events past the product is found out, whatever he alters with it.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private static readonly Caller Admin = ActivityNode.By("admin");
    private readonly ActivityNode _node = new();
    private IAudit _audit = null!;
    private ISecurityEvents _events = null!;

    private string File => _node.AnchorPath;

    public async Task InitializeAsync()
    {
        await _node.InitializeAsync();
        (_audit, _events) = (_node.Get<IAudit>(), _node.Get<ISecurityEvents>());
        foreach (var number in Enumerable.Range(1, 4))
        {
            await _node.Set(Admin, "contacts/c1", new { name = $"Ada {number}" });
            await _node.Set(Admin, "contacts/c2", new { name = $"Eve {number}" });
            await _events.Add("acme", new(SecurityTypes.SignedIn, "ana", $"203.0.113.{number}"));
        }
    }

    public Task DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task What_nobody_touched_verifies_with_and_without_anchors()
    {
        var before = await _audit.Verify("acme");
        (before.Faults.Count, before.Records, before.Changes, before.Events, before.Anchors).ShouldBe((0, 2, 8, 4, 0));
        (await Anchored()).ShouldBe(1);
        (await Anchored()).ShouldBe(0, "nothing has changed since");
        await _node.Set(Admin, "contacts/c1", new { name = "Ada, later" });
        (await Anchored()).ShouldBe(1);
        var after = await _audit.Verify("acme");
        after.Faults.ShouldBeEmpty();
        (after.Anchors, after.Compared, after.Changes).ShouldBe((2, 2, 9));
        (await _audit.Verify("globex")).Faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("UPDATE changes SET by_user = 'mallory' WHERE id = 'c1' AND version = 2", "contacts/c1", 2)]
    [InlineData("UPDATE changes SET at = at + interval '1 second' WHERE id = 'c1' AND version = 2", "contacts/c1", 2)]
    [InlineData("DELETE FROM changes WHERE id = 'c1' AND version = 1", "contacts/c1", 1)]
    [InlineData("DELETE FROM changes WHERE id = 'c1' AND version = 3", "contacts/c1", 3)]
    [InlineData("DELETE FROM changes WHERE id = 'c1' AND version = 4", "contacts/c1", 4)]
    [InlineData("DELETE FROM changes WHERE id = 'c1'", "contacts/c1", 1)]
    [InlineData("UPDATE changes SET version = CASE version WHEN 2 THEN 103 ELSE 102 END WHERE id = 'c1' AND version IN (2, 3); UPDATE changes SET version = version - 100 WHERE version > 100", "contacts/c1", 2)]
    [InlineData("UPDATE records SET version = 3 WHERE id = 'c1'", "contacts/c1", 4)]
    [InlineData("UPDATE security_events SET user_id = 'mallory' WHERE number = 2", "security", 2)]
    [InlineData("UPDATE security_events SET detail = '{\"x\":\"y\"}' WHERE number = 2", "security", 2)]
    [InlineData("UPDATE security_events SET sealed = NULL WHERE number = 2", "security", 2)]
    [InlineData("UPDATE security_events SET at = at - interval '1 hour' WHERE number = 2", "security", 2)]
    [InlineData("DELETE FROM security_events WHERE number = 2", "security", 2)]
    [InlineData("DELETE FROM security_events WHERE number = 4", "security", 4)]
    [InlineData("UPDATE security_events SET number = CASE number WHEN 2 THEN 103 ELSE 102 END WHERE number IN (2, 3); UPDATE security_events SET number = number - 100 WHERE number > 100", "security", 2)]
    [InlineData("UPDATE security_heads SET number = 9", "security", 5)]
    public async Task An_edit_a_deletion_a_swap_and_a_cut_are_found_where_they_are(string tampering, string where, long number)
    {
        foreach (var statement in tampering.Split(';'))
        {
            (await _node.Fixture.Run(statement)).ShouldBeGreaterThan(0, statement);
        }

        var fault = (await _audit.Verify("acme")).Faults.ShouldHaveSingleItem();
        (fault.Where, fault.Number).ShouldBe((where, number), fault.Reason);
    }

    [Fact]
    public async Task A_chain_that_was_cut_and_whose_head_was_put_back_is_found_by_the_anchor()
    {
        await Anchored();
        await _node.Fixture.Run("DELETE FROM changes WHERE id = 'c1' AND version = 4");
        await _node.Fixture.Run("UPDATE records r SET version = 3, head_hash = (SELECT hash FROM changes WHERE id = 'c1' AND version = 3) WHERE id = 'c1'");
        await _node.Fixture.Run("DELETE FROM security_events WHERE number = 4");
        await _node.Fixture.Run("UPDATE security_heads SET number = 3, hash = (SELECT hash FROM security_events WHERE number = 3)");
        (await _audit.Verify("acme")).Faults.ShouldHaveSingleItem().Where.ShouldBe("anchors");
    }

    [Fact]
    public async Task A_chain_that_was_written_anew_from_end_to_end_is_found_by_the_anchor()
    {
        await Anchored();
        await Rewrite();
        var faults = (await _audit.Verify("acme")).Faults;
        faults.ShouldHaveSingleItem().Where.ShouldBe("anchors");
    }

    [Fact]
    public async Task Anchors_that_were_written_anew_or_cut_are_found_by_the_file_outside()
    {
        await Anchored();
        await _node.Fixture.Run("UPDATE anchors SET hash = sha256(hash)");
        (await _audit.Verify("acme")).Faults.ShouldContain(fault => fault.Reason.Contains("left the database"));
        await _node.Fixture.Run("DELETE FROM anchors");
        var cut = (await _audit.Verify("acme")).Faults.ShouldHaveSingleItem();
        (cut.Where, cut.Number).ShouldBe(("anchors", 1));
        System.IO.File.Delete(File);
        (await _audit.Verify("acme")).Faults.ShouldBeEmpty("of all that was anchored nothing is left to compare with");
    }

    [Fact]
    public async Task The_file_is_only_added_to_and_a_line_that_was_cut_short_does_no_harm()
    {
        await Anchored();
        var first = await System.IO.File.ReadAllTextAsync(File);
        await System.IO.File.AppendAllTextAsync(File, """{"tenant":"acme","num""");
        await _node.Set(Admin, "contacts/c2", new { name = "Eve, later" });
        await Anchored();
        var second = await System.IO.File.ReadAllTextAsync(File);
        second.ShouldStartWith(first);
        second.ShouldNotContain("Eve");
        System.IO.File.ReadAllLines(File).Select(AnchorCodec.Read).OfType<(string Tenant, long Number, string)>().Where(line => line.Tenant == "acme").Select(line => line.Number).ShouldBe([1, 2]);
        (await _audit.Verify("acme")).Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_node_s_file_gets_every_line_too()
    {
        await Anchored();
        var other = $"{File}.other";
        using var file = new AnchorFile(new(other));
        using var anchors = new Anchors(
            _node.Get<NpgsqlDataSource>(), _node.Fixture.Database, _node.Fixture.Tenants, file, new(other), _node.Time, NullLogger<Anchors>.Instance);
        await anchors.Take();
        (await System.IO.File.ReadAllTextAsync(other)).ShouldBe(await System.IO.File.ReadAllTextAsync(File));
    }

    [Fact]
    public async Task The_application_can_neither_alter_nor_remove_what_it_has_noted()
    {
        foreach (var sql in new[] { "UPDATE security_events SET user_id = ''", "DELETE FROM security_events", "UPDATE anchors SET number = 9", "DELETE FROM anchors", "DELETE FROM security_heads" })
        {
            (await Should.ThrowAsync<PostgresException>(_node.Fixture.AskAsApp<int>("acme", sql))).SqlState.ShouldBe("42501", sql);
        }

        (await _node.Fixture.AskAsApp<long>("globex", "SELECT count(*) FROM security_events")).ShouldBe([0]);
        (await _node.Fixture.AskAsApp<long>(null, "SELECT count(*) FROM security_events")).ShouldBe([0]);
    }

    [Fact]
    public async Task Events_of_many_writers_make_one_chain_without_a_gap_and_equal_ones_that_wait_are_one()
    {
        await using var other = new SecurityJournal(_node.Get<NpgsqlDataSource>(), _node.Fixture.Tenants, _node.Time, NullLogger<SecurityJournal>.Instance);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => (number % 2 == 0 ? _events : other).Add("acme", new(SecurityTypes.SignInFailed, $"user{number}"))));
        for (var times = 0; times < 300; times++)
        {
            _events.Note("acme", new(SecurityTypes.Refused, "eve", null, new Dictionary<string, string> { ["what"] = "GET" }));
        }

        await _events.Add("acme", new(SecurityTypes.SignedIn, "last"));
        var report = await _audit.Verify("acme");
        report.Faults.ShouldBeEmpty();
        report.Events.ShouldBeLessThan(4 + 40 + 300 + 1);
        var refused = await _node.Fixture.Ask<string>("SELECT coalesce(detail ->> 'times', '1') FROM security_events WHERE type = 'access.refused'");
        refused.Sum(int.Parse).ShouldBe(300);
    }

    [Fact]
    public async Task The_audit_shows_changes_and_events_newest_first_page_by_page_and_by_every_condition()
    {
        await _node.Set(Admin, "roles/r1", new { name = "R", permissions = new[] { "contacts.read" } });
        var all = await Read(Admin, new());
        all.Count.ShouldBe(13);
        foreach (var limit in new[] { 1, 3, 12, 13, 14 })
        {
            (await Read(Admin, new(Limit: limit))).ShouldBe(all, $"pages of {limit}");
        }

        all.ShouldBe([.. all.OrderByDescending(line => line[..27], StringComparer.Ordinal)], "newest first");
        (await Read(Admin, new(["signin"]))).Count.ShouldBe(4);
        (await Read(Admin, new(["permission"]))).ShouldHaveSingleItem().ShouldContain("roles/r1");
        (await Read(Admin, new(["change"], Ref: "contacts/c1"))).Count.ShouldBe(4);
        (await Read(Admin, new(Kind: "contacts"))).Count.ShouldBe(8);
        (await Read(Admin, new(By: "ana"))).Count.ShouldBe(4);
        (await Read(Admin with { Tenant = "globex" }, new())).ShouldBeEmpty();
        var entry = (await _audit.Read(Admin, new(["signin"], Limit: 1))).Page!.Items[0];
        (entry.Remote, entry.User, entry.Type).ShouldBe(("203.0.113.4", "ana", SecurityTypes.SignedIn));
        (await _node.Fixture.Ask<long>("SELECT count(*) FROM security_events WHERE encode(sealed, 'escape') LIKE '%203.0.113%'")).ShouldBe([0], "where somebody was is sealed");
    }

    [Fact]
    public async Task Who_reads_the_audit_and_not_contacts_learns_that_they_changed_and_not_how()
    {
        var auditor = ActivityNode.By("aud", "audit.read");
        var entries = (await _audit.Read(auditor, new(["change"]))).Page!.Items;
        entries.Count.ShouldBe(8);
        entries.ShouldAllBe(entry => entry.Fields == null);
        var blind = Admin with { Hidden = new HashSet<string> { "contacts.name" } };
        (await _audit.Read(blind, new(["change"]))).Page!.Items.ShouldAllBe(entry => !entry.Fields!.ContainsKey("name"));
        var text = string.Concat(await Export(auditor));
        text.ShouldNotContain("Ada");
        text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1 + 12);
    }

    [Fact]
    public async Task What_a_spreadsheet_would_run_leaves_as_text()
    {
        await _node.Set(Admin, "contacts/c3", new { name = "=HYPERLINK(\"http://evil\")" });
        await _events.Add("acme", new(SecurityTypes.SignInFailed, "=cmd|' /C calc'!A0"));
        var text = string.Concat(await Export(Admin));
        text.ShouldContain("'=cmd|");
        text.ShouldNotContain(",=cmd");
    }

    [Fact]
    public async Task A_question_that_cannot_be_meant_is_refused()
    {
        (await _audit.Read(Admin, new(["secrets"]))).Refusal!.Code.ShouldBe("audit.category");
        (await _audit.Read(Admin, new(Cursor: "x"))).Refusal!.Code.ShouldBe("cursor.unreadable");
        (await _audit.Read(Admin, new(Limit: 0))).Refusal!.Code.ShouldBe("limit.range");
    }

    private Task<int> Anchored() => _node.Get<Anchors>().Take();

    private async Task<List<string>> Export(Caller caller)
    {
        var pieces = new List<string>();
        await foreach (var piece in _audit.Export(caller, new()))
        {
            pieces.Add(piece);
        }

        return pieces;
    }

    private async Task<List<string>> Read(Caller caller, AuditQuery query)
    {
        var all = new List<string>();
        do
        {
            var page = (await _audit.Read(caller, query)).Page.ShouldNotBeNull();
            all.AddRange(page.Items.Select(entry => $"{entry.At.UtcDateTime:O} {entry.Ref ?? entry.Type} {entry.Number}"));
            query = query with { Cursor = page.Next };
            all.Count.ShouldBeLessThan(1_000, "the pages never end");
        }
        while (query.Cursor is not null);
        return all;
    }

    // As somebody would who knows how the chain is made: no single row tells.
    private async Task Rewrite()
    {
        var at = new Address("acme", "contacts", "c1");
        var before = Silo.Postgres.ChangeCodec.Root(at);
        await using var connection = await _node.Fixture.DataSource.OpenConnectionAsync();
        for (var version = 1L; version <= 4; version++)
        {
            await using var read = new NpgsqlCommand("SELECT version, at, by_user, type, fields, sealed FROM changes WHERE id = 'c1' AND version = $1", connection) { Parameters = { new() { Value = version } } };
            Silo.Postgres.StoredChange stored;
            await using (var reader = await read.ExecuteReaderAsync())
            {
                await reader.ReadAsync();
                stored = new(version, reader.GetDateTime(1), "mallory", reader.GetString(3), reader.GetString(4), reader.GetFieldValue<byte[]>(5), []);
            }

            before = Silo.Postgres.ChangeCodec.Hash(before, stored);
            await _node.Fixture.Run("UPDATE changes SET by_user = 'mallory', hash = $2 WHERE id = 'c1' AND version = $1", version, before);
        }

        await _node.Fixture.Run("UPDATE records SET head_hash = $1 WHERE id = 'c1'", before);
    }
}
