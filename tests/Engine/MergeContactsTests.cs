using System.Text.Json;

namespace Crm.Engine.Tests;

public sealed class MergeContactsTests : IDisposable
{
    private readonly ContactsBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task The_winner_gets_what_it_lacks_and_the_others_go()
    {
        await Three();

        (await _bench.Merge("w", "a", "b")).ShouldBeDone(Status.Applied, 2);

        var winner = await View("w");
        Texts(winner, "emails").ShouldBe(["w@example.com", "a@example.com", "b@example.com"]);
        Texts(winner, "phones").ShouldBe(["030 1234567", "040 7654321"]);
        Texts(winner, "custom.hobbies").ShouldBe(["chess", "golf"]);
        winner.Fields["title"].GetString().ShouldBe("Owner");
        winner.Fields["notes"].GetString().ShouldBe("First.\n\nSecond.");
        winner.Fields["custom.budget"].GetInt32().ShouldBe(7);
        winner.Fields["name"].GetString().ShouldBe("Maria Anders");
        winner.UpdatedBy.ShouldBe("ana");
        (await _bench.Fields("a")).ShouldBeNull();
        (await _bench.Fields("b")).ShouldBeNull();
    }

    [Fact]
    public async Task Chosen_values_win_over_the_winners_own()
    {
        await Three();
        (await _bench.Do(ContactsBench.Contact("w"), "merge", new { with = new[] { "a" }, fields = new { name = "Maria A. Anders", custom = new { budget = 9 } } }))
            .ShouldBeDone(Status.Applied, 2);

        var winner = await View("w");
        winner.Fields["name"].GetString().ShouldBe("Maria A. Anders");
        winner.Fields["custom.budget"].GetInt32().ShouldBe(9);
    }

    [Fact]
    public async Task Undone_everything_is_as_it_was()
    {
        await Three();
        var before = await All();
        await _bench.Merge("w", "a", "b");

        (await _bench.Do(ContactsBench.Contact("w"), "unmerge")).ShouldBeDone(Status.Applied, 3);

        (await All()).ShouldBe(before);
        (await Merges()).ShouldHaveSingleItem().Fields["state"].GetString().ShouldBe("reverted");
    }

    [Fact]
    public async Task Undoing_keeps_what_others_changed_since_and_says_so()
    {
        await Three();
        await _bench.Merge("w", "a", "b");
        (await _bench.Edit("w", 2, new { title = "CEO", emails = new[] { "w@example.com", "a@example.com", "b@example.com", "new@example.com" } })).ShouldBeDone(Status.Applied, 3);

        (await _bench.Do((await Merges())[0].Address, "revert")).Status.ShouldBe(Status.Merged);

        var winner = await View("w");
        winner.Fields["title"].GetString().ShouldBe("CEO");
        Texts(winner, "emails").ShouldBe(["w@example.com", "new@example.com"]);
        Texts((await Merges())[0].View, "left").ShouldBe(["title"]);
        (await _bench.Fields("a")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_contact_that_went_into_another_one_cannot_go_again()
    {
        await Three();
        await _bench.Make("other", new { name = "Other" });
        await _bench.Merge("w", "a");
        var before = await All();

        (await _bench.Merge("other", "b", "a")).ShouldBeRefused("merge.loser");
        (await _bench.Do(ContactsBench.Contact("a"), "restore")).ShouldBeRefused("contact.merged");
        (await _bench.Edit("a", 2, new { name = "Late" })).ShouldBeRefused("record.missing");

        (await All()).ShouldBe(before);
    }

    [Fact]
    public async Task Of_two_merges_at_once_that_want_one_contact_one_gets_it_and_the_other_changes_nothing()
    {
        await Three();
        await _bench.Make("other", new { name = "Other" });
        var outcomes = await Task.WhenAll(_bench.Merge("w", "a", "b"), _bench.Merge("other", "a", "b"));

        outcomes.Count(outcome => outcome.Status == Status.Applied).ShouldBe(1);
        outcomes.Single(outcome => outcome.Status == Status.Rejected).ShouldBeRefused("merge.loser");
        var (winner, loser) = outcomes[0].Status == Status.Applied ? ("w", "other") : ("other", "w");
        Texts(await View(winner), "emails").ShouldContain("a@example.com");
        (await View(loser)).Fields.Keys.ShouldNotContain("merges");
    }

    [Fact]
    public async Task Two_contacts_that_are_merged_into_each_other_do_not_both_vanish()
    {
        await Three();
        await Task.WhenAll(_bench.Merge("w", "a"), _bench.Merge("a", "w"));

        ((await _bench.Fields("w")) ?? (await _bench.Fields("a"))).ShouldNotBeNull();
        var emails = (await Task.WhenAll(Emails("w"), Emails("a"))).SelectMany(emails => emails).Distinct();
        emails.ShouldBe(["w@example.com", "a@example.com"], ignoreOrder: true);
    }

    [Fact]
    public async Task Wherever_it_breaks_off_the_outbox_completes_it()
    {
        for (var steps = 0; steps < 6; steps++)
        {
            using var bench = new ContactsBench();
            await Three(bench);
            var at = ContactsBench.Contact("w");
            var id = bench.NewId();
            var args = Json.Element(new { with = new[] { "a", "b" } });
            try
            {
                await bench.BehindDoor(new BreakingRecords(bench.Host, steps)).Do(at, ContactsBench.Caller("ana"), id, "merge", args);
            }
            catch (IOException)
            {
                bench.Journal.Outbox.Count.ShouldBe(steps == 0 ? 0 : 1);
            }

            await bench.RunOutbox();
            await bench.RunOutbox();
            (await bench.Door.Do(at, ContactsBench.Caller("ana"), id, "merge", args)).ShouldBeDone(Status.Applied, 2);
            (await bench.Fields("a")).ShouldBeNull();
            (await bench.Fields("w"))!.ShouldContain("b@example.com");
        }
    }

    [Fact]
    public async Task A_repeated_command_gets_the_same_answer_and_does_nothing()
    {
        await Three();
        var id = _bench.NewId();
        var first = await _bench.Do(ContactsBench.Contact("w"), "merge", new { with = new[] { "a" } }, id: id);

        (await _bench.Do(ContactsBench.Contact("w"), "merge", new { with = new[] { "a" } }, id: id)).ShouldBe(first);
        (await _bench.Do(ContactsBench.Contact("w"), "merge", new { with = new[] { "b" } }, id: id)).ShouldBeRefused("command.reused");
        (await View("w")).Version.ShouldBe(2);
    }

    [Fact]
    public async Task An_edit_of_the_loser_is_taken_over_or_refused_but_never_lost()
    {
        await Three();
        var merging = _bench.Merge("w", "a");
        var editing = _bench.Edit("a", 1, new { phones = new[] { "089 5555555" } });
        await merging;

        var taken = Texts(await View("w"), "phones").Contains("089 5555555");
        taken.ShouldBe((await editing).Status == Status.Applied);
    }

    [Theory]
    [InlineData("""{"with":[]}""", "merge.with")]
    [InlineData("""{"with":["a","a"]}""", "merge.with")]
    [InlineData("""{"with":["w"]}""", "merge.self")]
    [InlineData("""{"with":["nobody"]}""", "merge.loser")]
    [InlineData("""{"with":["../a"]}""", "merge.with")]
    [InlineData("""{"with":["a"],"fields":{"mergedInto":"x"}}""", "field.locked")]
    [InlineData("""{"with":["a"],"fields":{"priority":"urgent"}}""", "field.choice")]
    [InlineData("""{"with":"a"}""", "body.unreadable")]
    [InlineData("""{}""", "body.unreadable")]
    public async Task What_makes_no_sense_is_refused_and_changes_nothing(string args, string code)
    {
        await Three();
        var before = await All();
        (await _bench.Door.Do(ContactsBench.Contact("w"), ContactsBench.Caller("ana"), _bench.NewId(), "merge", JsonElement.Parse(args))).ShouldBeRefused(code);
        (await All()).ShouldBe(before);
    }

    [Fact]
    public async Task Nobody_merges_what_he_may_not_see_or_without_the_permission()
    {
        await Three();
        await _bench.Make("foreign", new { name = "Foreign" }, user: "bo");
        var args = Json.Element(new { with = new[] { "foreign" } });
        (await _bench.Door.Do(ContactsBench.Contact("w"), ContactsBench.Caller("ana", "contacts.read.own", "contacts.merge"), _bench.NewId(), "merge", args))
            .ShouldBeRefused("merge.loser");
        (await _bench.Door.Do(ContactsBench.Contact("w"), ContactsBench.Caller("ana", "contacts.read"), _bench.NewId(), "merge", args)).ShouldBeRefused("access.denied");
        (await _bench.Door.Do(ContactsBench.Contact("w"), ContactsBench.Caller("eve", "contacts.read.own", "contacts.merge"), _bench.NewId(), "merge", args))
            .ShouldBeRefused("record.missing");
    }

    [Theory]
    [InlineData("mergeInto", """{"winner":"a"}""")]
    [InlineData("absorb", """{"merge":"m","from":[]}""")]
    [InlineData("import", """{"job":"j","fields":{}}""")]
    [InlineData("nonsense", "{}")]
    public async Task The_door_knows_no_inner_verbs(string verb, string args)
    {
        await Three();
        (await _bench.Door.Do(ContactsBench.Contact("w"), ContactsBench.System, _bench.NewId(), verb, JsonElement.Parse(args))).ShouldBeRefused("verb.unknown");
    }

    private Task Three() => Three(_bench);

    private static async Task Three(ContactsBench bench)
    {
        await bench.Make("w", new { name = "Maria Anders", emails = new[] { "w@example.com" }, phones = new[] { "030 1234567" }, notes = "First.", custom = new { hobbies = new[] { "chess" } } });
        await bench.Make("a", new { name = "M. Anders", emails = new[] { "a@example.com" }, phones = new[] { "+49 30 1234567" }, title = "Owner", custom = new { budget = 7 } });
        await bench.Make("b", new { name = "Maria", emails = new[] { "b@example.com" }, phones = new[] { "040 7654321" }, notes = "Second.", custom = new { hobbies = new[] { "golf" } } });
    }

    private async Task<RecordView> View(string id) => (await _bench.Host.Read(ContactsBench.Contact(id), ContactsBench.System)).ShouldNotBeNull();

    private async Task<string?[]> All() => [await _bench.Fields("w"), await _bench.Fields("a"), await _bench.Fields("b")];

    private async Task<IEnumerable<string>> Emails(string id) =>
        await _bench.Host.Read(ContactsBench.Contact(id), ContactsBench.System) is { } view ? Texts(view, "emails") : [];

    private async Task<List<(Address Address, RecordView View, IReadOnlyDictionary<string, JsonElement> Fields)>> Merges()
    {
        var merges = new List<(Address, RecordView, IReadOnlyDictionary<string, JsonElement>)>();
        foreach (var at in _bench.Journal.Outbox.Select(row => row.At).Distinct())
        {
            var view = (await _bench.Host.Read(at, ContactsBench.System)).ShouldNotBeNull();
            merges.Add((at, view, view.Fields));
        }

        return merges;
    }

    private static List<string> Texts(RecordView view, string field) =>
        view.Fields.TryGetValue(field, out var value) ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : [];

    /// <summary>Lets some commands through and then fails as a process does that dies.</summary>
    private sealed class BreakingRecords(IRecords inner, int steps) : IRecords
    {
        private int _left = steps;

        public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) =>
            _left-- > 0 ? inner.Do(at, caller, commandId, verb, args) : throw new IOException("Gone.");

        public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => inner.Edit(at, caller, commandId, baseVersion, patch);

        public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => inner.Read(at, caller, cancel);

        public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => inner.Since(at, caller, version, limit, cancel);

        public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => inner.History(at, caller, after, limit, cancel);
    }
}
