using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>Who sees whom at a record, in the words of the hub.</summary>
public sealed class PresenceTests : PresenceTest
{
    [Fact]
    public async Task Those_who_watch_a_record_see_who_is_there_what_he_does_and_no_more_than_that()
    {
        var (ana, bo) = (await Watching("ana"), await Watching("bo"));

        await ana.Invoke("Present", "contacts/ada", new { activity = "editing", field = "title", cursor = 3 });

        await LiveHost.Until(() => Seen(bo) is "ana of acme editing title", "ana");
        var person = Last(bo, "Presence").GetProperty("people")[0];
        person.EnumerateObject().Select(member => member.Name).ShouldBe(["userId", "name", "activity", "field", "cursor", "since"]);
        Last(bo, "Presence").GetRawText().ShouldNotContain("secret");
        await ana.Invoke("Present", "contacts/ada", new { activity = "viewing" });
        await LiveHost.Until(() => Seen(bo) is "ana of acme viewing ", "ana, viewing");
    }

    [Fact]
    public async Task Two_tabs_of_one_user_are_one_person_and_the_last_one_to_close_takes_him_away()
    {
        var bo = await Watching("bo");
        var (one, two) = (await Present("ana"), await Present("ana"));
        await LiveHost.Until(() => Seen(bo) is "ana of acme viewing ", "ana");

        await one.DisposeAsync();
        await bo.Invoke("Present", "contacts/ada", new { activity = "viewing" });
        await LiveHost.Until(() => Seen(bo).Contains("bo of acme", StringComparison.Ordinal), "bo");
        Seen(bo).ShouldContain("ana of acme");
        await two.DisposeAsync();

        await LiveHost.Until(() => Seen(bo) is "bo of acme viewing ", "her departure", seconds: 1);
    }

    [Fact]
    public async Task Who_comes_later_is_told_who_is_there_and_what_is_written()
    {
        var ana = await Present("ana");
        await ana.Invoke("Draft", "contacts/ada", "title", "half a wo");

        var bo = await Watching("bo");

        await LiveHost.Until(() => Drafts(bo) is ["ana title half a wo"], "the draft");
        Seen(bo).ShouldBe("ana of acme editing title");
        Last(bo, "Presence").GetProperty("people")[0].GetProperty("unsaved").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task An_unsaved_value_is_shown_to_others_until_it_is_withdrawn_and_never_to_its_writer()
    {
        var (ana, bo) = (await Present("ana"), await Watching("bo"));
        await ana.Invoke("Draft", "contacts/ada", "title", "Dir");
        await ana.Invoke("Draft", "contacts/ada", "title", "Director");
        await LiveHost.Until(() => Drafts(bo) is [.., "ana title Director"], "the value");

        await ana.Invoke("Undraft", "contacts/ada", "title");

        await LiveHost.Until(() => Drafts(bo) is [.., "ana title gone"], "its end");
        Drafts(ana).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unsaved_value_on_which_nobody_writes_is_shown_no_more_after_a_while()
    {
        var (ana, bo) = (await Present("ana"), await Watching("bo"));
        await ana.Invoke("Draft", "contacts/ada", "title", "forgotten");

        await LiveHost.Until(() => Drafts(bo) is ["ana title forgotten", "ana title gone"], "its end");
    }

    [Fact]
    public async Task A_field_that_the_onlooker_may_not_see_is_named_to_him_by_nobody()
    {
        Host.Callers.Set("cy", Samples.Blinkered());
        var (ana, cy) = (await Present("ana"), await Watching("cy"));
        await ana.Invoke("Draft", "contacts/ada", "salary", "canary");
        await ana.Invoke("Draft", "contacts/ada", "title", "open");

        await LiveHost.Until(() => Drafts(cy) is ["ana title open"], "the open one");
        await ana.Invoke("Present", "contacts/ada", new { activity = "editing", field = "salary", cursor = "canary" });
        await LiveHost.Until(() => Seen(cy) is "ana of acme editing ", "her activity");

        cy.All.ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("canary") && !heard.Argument.GetRawText().Contains("salary"));
        (await Should.ThrowAsync<HubFault>(cy.Invoke("Draft", "contacts/ada", "salary", "1"))).Message.ShouldContain("argument.field");
    }

    [Theory]
    [InlineData("Present", """["contacts/ada",{"activity":"viewing"}]""", "presence.closed")]
    [InlineData("Present", """["contacts/none",{"activity":"viewing"}]""", "presence.closed")]
    [InlineData("Draft", """["contacts/ada","title","x"]""", "presence.closed")]
    [InlineData("Claim", """["contacts/ada","title","take"]""", "presence.closed")]
    [InlineData("Present", """["contacts/ada",{"activity":"dancing"}]""", "argument.activity")]
    [InlineData("Present", """["contacts/ada",{"activity":"viewing","field":7}]""", "argument.field")]
    [InlineData("Present", """["contacts/ada",7]""", "argument.presence")]
    [InlineData("Present", """["ada",{"activity":"viewing"}]""", "argument.ref")]
    [InlineData("Active", """["<script>"]""", "argument.module")]
    [InlineData("Claim", """["contacts/ada","title","steal"]""", "argument.how")]
    public async Task What_is_not_open_or_has_the_wrong_form_is_refused_by_name(string method, string arguments, string code) =>
        (await Should.ThrowAsync<HubFault>((await Host.Connect("acme.bo")).Send(method, arguments))).Message.ShouldContain(code);

    [Fact]
    public async Task A_value_that_is_too_long_and_a_field_that_does_not_exist_are_refused()
    {
        var ana = await Present("ana");
        (await Should.ThrowAsync<HubFault>(ana.Invoke("Draft", "contacts/ada", "notes", new string('x', 20_000)))).Message.ShouldContain("argument.value");
        (await Should.ThrowAsync<HubFault>(ana.Invoke("Draft", "contacts/ada", "shoeSize", "9"))).Message.ShouldContain("argument.field");
        (await Should.ThrowAsync<HubFault>(ana.Invoke("Present", "contacts/ada", new { activity = "viewing", cursor = new string('x', 500) }))).Message.ShouldContain("argument.cursor");
    }

    [Fact]
    public async Task Who_may_only_read_is_seen_and_may_not_say_that_he_writes()
    {
        Host.Callers.Set("cy", Samples.Of("cy", "acme", ["contacts.read"], []));
        var cy = await Present("cy");
        (await Should.ThrowAsync<HubFault>(cy.Invoke("Present", "contacts/ada", new { activity = "editing" }))).Message.ShouldContain("access.denied");
        (await Should.ThrowAsync<HubFault>(cy.Invoke("Draft", "contacts/ada", "title", "x"))).Message.ShouldContain("access.denied");
    }

    [Fact]
    public async Task Another_tenant_s_record_of_the_same_name_has_other_people()
    {
        Host.Records.Put(Samples.At("ada", "globex"), ("name", "Ada"));
        var (stranger, bo) = (await Host.Connect("globex.eve"), await Watching("bo"));
        await stranger.Invoke("Watch", "contacts/ada", null);
        await stranger.Invoke("WatchPeople");
        await Present("ana");
        await LiveHost.Until(() => Seen(bo) is "ana of acme viewing ", "ana");

        await stranger.Invoke("Present", "contacts/ada", new { activity = "viewing" });
        await LiveHost.Until(() => Seen(stranger) is "eve viewing ", "herself");

        stranger.All.ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("acme"));
        Seen(bo).ShouldBe("ana of acme viewing ");
    }

    [Fact]
    public async Task A_field_is_one_person_s_until_he_hands_it_over_or_it_is_taken()
    {
        var (ana, bo) = (await Present("ana"), await Present("bo"));
        await ana.Invoke("Draft", "contacts/ada", "title", "Dir");
        (await bo.Invoke("Claim", "contacts/ada", "title", "ask")).GetRawText().ShouldBe("""{"granted":false,"held":true}""");
        await LiveHost.Until(() => Claims(ana) is "title ana bo", "the wish");

        (await ana.Invoke("Claim", "contacts/ada", "title", "release")).GetRawText().ShouldBe("""{"granted":false,"held":true}""");
        await LiveHost.Until(() => Claims(ana) is "title bo ", "the hand-over");
        (await ana.Invoke("Claim", "contacts/ada", "title", "take")).GetRawText().ShouldBe("""{"granted":true,"held":true}""");
        await LiveHost.Until(() => Claims(bo) is "title ana ", "the take-over");
    }

    [Fact]
    public async Task Who_is_hidden_is_seen_by_nobody_and_who_shows_himself_to_his_team_by_nobody_else()
    {
        Host.Records.Put(new("acme", "users", "ana"), ("presence", "team"));
        var (ana, bo, cy) = (await Present("ana"), await Present("bo"), await Watching("cy"));
        await LiveHost.Until(() => Seen(cy) is "ana of acme viewing |bo of acme viewing " or "bo of acme viewing |ana of acme viewing ", "both, for her team");
        await LiveHost.Until(() => Seen(bo) is "bo of acme viewing ", "himself alone");

        Host.Records.Put(new("acme", "users", "ana"), ("presence", "hidden"));
        await LiveHost.Until(() => Seen(cy) is "bo of acme viewing ", "her departure");
        await ana.Invoke("Draft", "contacts/ada", "title", "canary");
        Host.Records.Put(new("acme", "policies", "presence"), ("presence", "hidden"));
        await LiveHost.Until(() => Seen(cy) is "", "nobody: the tenant has decided so");

        cy.All.Concat(bo.All).ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("canary"));
    }

    [Fact]
    public async Task Whoever_loses_the_right_to_see_a_record_sees_nobody_there_any_more_and_is_seen_there_by_nobody()
    {
        var (ana, cy) = (await Present("ana"), await Present("cy"));
        await LiveHost.Until(() => Seen(ana).Contains("cy of acme", StringComparison.Ordinal) && Seen(cy).Contains("ana of acme", StringComparison.Ordinal), "each other");

        Host.Callers.Set("cy", Samples.Seller("cy"));
        await LiveHost.Until(() => cy.All.Any(heard => heard.Target == "Removed"), "the removal");
        await ana.Invoke("Draft", "contacts/ada", "title", "canary");

        await LiveHost.Until(() => Seen(ana) is "ana of acme editing title", "his departure");
        cy.All.ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("canary"));
        (await Should.ThrowAsync<HubFault>(cy.Invoke("Present", "contacts/ada", new { activity = "viewing" }))).Message.ShouldContain("presence.closed");
    }

    [Fact]
    public async Task A_flood_of_typing_is_refused_and_holds_up_no_edit()
    {
        var ana = await Present("ana");
        var floods = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Outcome(ana.Invoke("Draft", "contacts/ada", "title", $"{i}"))));

        floods.ShouldContain(outcome => outcome.Contains("throttled", StringComparison.Ordinal));
        (await ana.Invoke("Edit", "contacts/ada", 1, new { title = "Director" }, Guid.NewGuid())).GetProperty("status").GetString().ShouldBe("applied");
    }
}
