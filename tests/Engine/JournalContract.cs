using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>What every journal must do, whatever it writes to.</summary>
public abstract class JournalContract : IAsyncLifetime
{
    private IJournal? _journal;

    /// <summary>The journal under test. It knows the tenants acme and globex, and the kinds of <see cref="SampleCatalog"/>.</summary>
    protected IJournal Journal => _journal!;

    /// <summary>Opens the journal once per test.</summary>
    protected abstract Task<IJournal> Open();

    /// <summary>A record that no other test uses.</summary>
    protected static Address Fresh(string tenant = "acme") => new(tenant, SampleCatalog.Contacts, Guid.NewGuid().ToString("N"));

    public virtual async Task InitializeAsync() => _journal = await Open();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_record_that_was_never_written_loads_as_nothing()
    {
        var at = Fresh();
        (await Journal.Load(at)).View.ShouldBeNull();
        (await Journal.Read(at, 0, 10)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_committed_is_loaded_and_read_again()
    {
        var at = Fresh();
        var copy = await Copy.Load(Journal, at);
        (await copy.Set(new() { ["name"] = "Ada", ["status"] = "active", ["custom.budget"] = 12.50m })).ShouldBeNull();
        (await copy.Set(new() { ["name"] = "Ada L.", ["status"] = null })).ShouldBeNull();

        var view = (await Journal.Load(at)).View.ShouldNotBeNull();
        view.Version.ShouldBe(2);
        (view.CreatedAt, view.UpdatedAt, view.UpdatedBy, view.Deleted).ShouldBe((copy.View!.CreatedAt, copy.View.UpdatedAt, "ana", false));
        view.Fields.Keys.Order().ShouldBe(["custom.budget", "name"]);
        view.Fields["name"].GetString().ShouldBe("Ada L.");
        view.Fields["custom.budget"].GetDecimal().ShouldBe(12.50m);

        var changes = await Journal.Read(at, 0, 10);
        changes.Select(change => (change.Version, change.Type)).ShouldBe([(1, "contacts.create"), (2, "contacts.edit")]);
        changes[1].Fields["name"].From.GetString().ShouldBe("Ada");
        changes[1].Fields["name"].To.GetString().ShouldBe("Ada L.");
        changes[1].Fields["status"].To.ValueKind.ShouldBe(JsonValueKind.Null);
        changes[0].Fields["name"].From.ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Entries_that_are_in_flight_together_hold_and_complete_in_order()
    {
        var at = Fresh();
        var copy = await Copy.Load(Journal, at);
        var done = new List<int>();
        var all = Enumerable.Range(1, 200).Select(async number =>
        {
            await copy.Set("score", number);
            lock (done)
            {
                done.Add(number);
            }
        }).ToArray();
        await Task.WhenAll(all);
        var changes = await Journal.Read(at, 0, 500);
        changes.Select(change => change.Version).ShouldBe(Enumerable.Range(1, 200).Select(version => (long)version));
        changes.Select(change => change.Fields["score"].To.GetInt32()).ShouldBe(Enumerable.Range(1, 200));
        (await Journal.Load(at)).View!.Fields["score"].GetInt32().ShouldBe(200);
        done.Count.ShouldBe(200);
    }

    [Fact]
    public async Task History_is_read_in_pages_without_gap_or_repetition()
    {
        var at = Fresh();
        var copy = await Copy.Load(Journal, at);
        await Task.WhenAll(Enumerable.Range(1, 25).Select(number => copy.Set("score", number)));
        var read = new List<long>();
        for (long after = 0; ;)
        {
            var page = await Journal.Read(at, after, 10);
            if (page.Count == 0)
            {
                break;
            }

            page.Count.ShouldBeLessThanOrEqualTo(10);
            read.AddRange(page.Select(change => change.Version));
            after = page[^1].Version;
        }

        read.ShouldBe(Enumerable.Range(1, 25).Select(version => (long)version));
    }

    [Fact]
    public async Task Of_two_copies_that_write_the_same_version_one_is_fenced_off()
    {
        var at = Fresh();
        await (await Copy.Load(Journal, at)).Set("name", "Ada");
        var (one, other) = (await Copy.Load(Journal, at), await Copy.Load(Journal, at));
        await one.Set("name", "One");
        await Should.ThrowAsync<StaleException>(other.Set("name", "Other"));
        other.Lineage.Broken.ShouldBeTrue();
        one.Lineage.Broken.ShouldBeFalse();
        await one.Set("name", "One again");
        (await Journal.Load(at)).View!.Fields["name"].GetString().ShouldBe("One again");
        (await Journal.Read(at, 0, 10)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_answer_without_a_change_is_fenced_off_when_it_was_decided_on_an_older_state()
    {
        var at = Fresh();
        await (await Copy.Load(Journal, at)).Set("name", "Ada");
        var (one, other) = (await Copy.Load(Journal, at), await Copy.Load(Journal, at));
        await one.Set("name", "One");
        var command = Guid.NewGuid();

        await Should.ThrowAsync<StaleException>(other.Refuse(Outcome.Done(Status.Applied, 1), command));

        other.Lineage.Broken.ShouldBeTrue();
        (await one.Refuse(Outcome.Done(Status.Applied, 2), command)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_two_copies_that_both_create_a_record_one_is_fenced_off()
    {
        var at = Fresh();
        var (one, other) = (await Copy.Load(Journal, at), await Copy.Load(Journal, at));
        var writes = new[] { one.Set("name", "One"), other.Set("name", "Other") };
        var outcomes = await Task.WhenAll(writes.Select(Fate));
        outcomes.Count(outcome => outcome is null).ShouldBe(1);
        outcomes.Count(outcome => outcome is StaleException).ShouldBe(1);
        (await Journal.Read(at, 0, 10)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task When_one_entry_fails_all_that_were_decided_on_it_fail_and_nothing_of_them_is_stored()
    {
        var at = Fresh();
        await (await Copy.Load(Journal, at)).Set("name", "Ada");
        var stale = await Copy.Load(Journal, at);
        await (await Copy.Load(Journal, at)).Set("name", "Meanwhile");
        var fates = await Task.WhenAll(new[] { stale.Set("name", "A"), stale.Set("status", "lost"), stale.Set("score", 3) }.Select(Fate));
        fates.ShouldAllBe(fate => fate is StaleException);
        (await Journal.Load(at)).View!.Version.ShouldBe(2);
        await Should.ThrowAsync<StaleException>(stale.Set("score", 4));
    }

    [Fact]
    public async Task Neighbours_of_a_failing_entry_are_not_touched_by_it()
    {
        var at = Fresh();
        var stale = await Copy.Load(Journal, at);
        await (await Copy.Load(Journal, at)).Set("name", "First");
        var neighbours = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => Copy.Load(Journal, Fresh(number % 2 == 0 ? "acme" : "globex"))));
        var before = neighbours.Take(25).Select(copy => copy.Set("name", "Before")).ToArray();
        var failing = stale.Set("name", "Second");
        var after = neighbours.Select(copy => copy.Set("name", "After")).ToArray();
        await Should.ThrowAsync<StaleException>(failing);
        (await Task.WhenAll(before.Concat(after))).ShouldAllBe(recorded => recorded == null);
        neighbours.ShouldAllBe(copy => !copy.Lineage.Broken);
    }

    [Fact]
    public async Task A_known_command_gets_the_answer_that_it_got_and_stores_nothing()
    {
        var at = Fresh();
        var command = Guid.NewGuid();
        await (await Copy.Load(Journal, at)).Set("name", "Ada", command, "the body");
        var again = await Copy.Load(Journal, at);
        var recorded = (await again.Set("name", "Ada", command, "the body")).ShouldNotBeNull();
        recorded.BodyHash.ToArray().ShouldBe(Copy.Hash("the body"));
        (recorded.Answer.Status, recorded.Answer.Version).ShouldBe((Status.Applied, 1));
        again.Lineage.Broken.ShouldBeTrue();
        (await Journal.Load(at)).View!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_known_command_with_another_body_shows_the_first_body_s_hash()
    {
        var at = Fresh();
        var command = Guid.NewGuid();
        await (await Copy.Load(Journal, at)).Set("name", "Ada", command, "one");
        var recorded = (await (await Copy.Load(Journal, at)).Set("name", "Bo", command, "two")).ShouldNotBeNull();
        recorded.BodyHash.ToArray().ShouldBe(Copy.Hash("one"));
    }

    [Fact]
    public async Task The_same_command_of_another_user_or_on_another_record_is_another_command()
    {
        var (at, other) = (Fresh(), Fresh());
        var command = Guid.NewGuid();
        var copy = await Copy.Load(Journal, at);
        (await copy.Set("name", "Ada", command, user: "ana")).ShouldBeNull();
        (await copy.Set("name", "Bo", command, user: "bo")).ShouldBeNull();
        (await (await Copy.Load(Journal, other)).Set("name", "Cy", command, user: "ana")).ShouldBeNull();
    }

    [Fact]
    public async Task Refusals_and_conflicts_are_remembered_too_and_break_nothing()
    {
        var at = Fresh();
        var copy = await Copy.Load(Journal, at);
        await copy.Set("name", "Ada");
        var (refused, conflicted) = (Guid.NewGuid(), Guid.NewGuid());
        var refusal = Outcome.Rejected(1, new Problem("name", "contact.name", "Too short."));
        var conflict = new Outcome(
            Status.Conflict, 1, [new("name", Json.Null, Json.Element("Ada"), Json.Element("Bo"), "ana", DateTimeOffset.UnixEpoch)], []);
        (await copy.Refuse(refusal, refused)).ShouldBeNull();
        (await copy.Refuse(conflict, conflicted)).ShouldBeNull();

        var known = (await copy.Refuse(refusal, refused)).ShouldNotBeNull();
        known.Answer.Errors.ShouldBe(refusal.Errors);
        var kept = (await copy.Refuse(conflict, conflicted)).ShouldNotBeNull().Answer.Conflicts.ShouldHaveSingleItem();
        (kept.Field, kept.Theirs.GetString(), kept.Yours.GetString(), kept.By).ShouldBe(("name", "Ada", "Bo", "ana"));
        kept.At.ShouldBe(DateTimeOffset.UnixEpoch);
        copy.Lineage.Broken.ShouldBeFalse();
        (await copy.Set("name", "Ada L.")).ShouldBeNull();
    }

    [Fact]
    public async Task A_known_command_in_the_middle_of_a_flight_fails_what_follows_it()
    {
        var at = Fresh();
        var command = Guid.NewGuid();
        await (await Copy.Load(Journal, at)).Set("name", "Ada", command);
        var copy = await Copy.Load(Journal, at);
        var flight = new[] { copy.Set("score", 1), copy.Set("name", "Ada", command), copy.Set("score", 2) };
        (await flight[0]).ShouldBeNull();
        (await flight[1]).ShouldNotBeNull();
        await Should.ThrowAsync<StaleException>(flight[2]);
        (await Journal.Load(at)).View!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Records_of_two_tenants_never_meet_though_they_share_kind_and_id()
    {
        var at = Fresh();
        var foreign = at with { Tenant = "globex" };
        var (mine, theirs) = (await Copy.Load(Journal, at), await Copy.Load(Journal, foreign));
        await Task.WhenAll(mine.Set("name", "Mine"), theirs.Set("name", "Theirs"));
        (await Journal.Load(at)).View!.Fields["name"].GetString().ShouldBe("Mine");
        (await Journal.Load(foreign)).View!.Fields["name"].GetString().ShouldBe("Theirs");
        (await Journal.Read(at, 0, 10)).Count.ShouldBe(1);
    }

    private static async Task<Exception?> Fate(Task<Recorded?> write)
    {
        try
        {
            await write;
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }
}
