namespace Crm.Web.Tests.Live;

/// <summary>What happens on open connections when rights change, sessions end or tokens expire.</summary>
public sealed class RightsTests : IAsyncLifetime
{
    private LiveHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await LiveHost.Start(options => (options.LeaseEvery, options.TrustFor) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(1)));
        _host.Records.Put(Samples.Ada, ("name", "Ada"), ("owner", "bo"), ("salary", "1000"));
        _host.Records.Put(Samples.At("bob"), ("name", "Bob"), ("owner", "ana"), ("salary", "2000"));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Records_that_are_no_longer_visible_are_taken_away(bool messageIsLost)
    {
        var bo = await _host.Connect("acme.bo");
        await bo.Invoke("Watch", "contacts/ada", null);
        await bo.Invoke("Watch", "contacts/bob", null);

        _host.Callers.Set("bo", Samples.Seller(), messageIsLost);
        await LiveHost.Until(() => bo.All.Any(heard => heard.Target == "Removed") && bo.All.Any(heard => heard.Target == "Resync"), "both messages");
        _host.Records.Put(Samples.At("bob"), ("title", "canary"));
        (await Should.ThrowAsync<HubFault>(bo.Invoke("Watch", "contacts/bob", 1))).Message.ShouldContain("record.missing");

        bo.All.Single(heard => heard.Target == "Removed").Argument.GetRawText().ShouldBe("""{"ref":"contacts/bob","version":1,"by":"system"}""");
        bo.All.Single(heard => heard.Target == "Resync").Argument.GetRawText().ShouldBe("""{"refs":["contacts/ada"]}""");
        bo.All.ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("canary"));
    }

    [Fact]
    public async Task A_field_that_is_hidden_now_is_shown_no_more_and_the_next_answer_is_the_whole_record()
    {
        var cy = await _host.Connect("acme.cy");
        (await cy.Invoke("Watch", "contacts/ada", null)).GetRawText().ShouldContain("1000");

        _host.Callers.Set("cy", Samples.Blinkered());
        await LiveHost.Until(() => cy.All.Any(heard => heard.Target == "Resync"), "the resync");
        _host.Records.Put(Samples.Ada, ("salary", "canary"));
        var again = await cy.Invoke("Watch", "contacts/ada", 1);
        _host.Records.Put(Samples.Ada, ("salary", "canary"));
        await LiveHost.Until(() => cy.Versions("contacts/ada").Count == 1, "the change");

        again.GetProperty("record").GetProperty("fields").TryGetProperty("salary", out _).ShouldBeFalse();
        cy.All.ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("canary"));
        (await cy.Invoke("Watch", "contacts/ada", 3)).GetProperty("changes").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_record_that_nobody_can_read_when_rights_change_is_asked_for_again_by_its_watcher()
    {
        var cy = await _host.Connect("acme.cy");
        await cy.Invoke("Watch", "contacts/ada", null);

        _host.Records.Reading = _ => throw new UnavailableException("No silo is left.");
        _host.Callers.Set("cy", Samples.Blinkered());

        await LiveHost.Until(() => cy.All.Any(heard => heard.Target == "Resync"), "the resync");
    }

    [Fact]
    public async Task What_another_connection_was_shown_under_other_rights_is_not_continued_by_changes()
    {
        var before = await (await _host.Connect("acme.cy")).Invoke("Watch", "contacts/ada", null);
        _host.Callers.Set("cy", Samples.Blinkered());
        var cy = await _host.Connect("acme.cy");

        var after = await cy.Invoke("Watch", "contacts/ada", new { version = 1, view = before.GetProperty("view").GetString() });

        after.GetProperty("record").GetProperty("fields").TryGetProperty("salary", out _).ShouldBeFalse();
        (await cy.Invoke("Watch", "contacts/ada", new { version = 1, view = after.GetProperty("view").GetString() })).GetProperty("changes").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Lists_are_read_anew_with_the_new_rights()
    {
        var bo = await _host.Connect("acme.bo");
        var list = await bo.Invoke("WatchList", "contacts", new { });
        list.GetProperty("items").GetArrayLength().ShouldBe(2);

        _host.Callers.Set("bo", Samples.Of("bo", "acme", ["contacts.read.own"], ["contacts.salary"]));
        await LiveHost.Until(() => bo.All.Any(heard => heard.Target == "ListChanged"), "the new list");

        var change = bo.All.Single(heard => heard.Target == "ListChanged").Argument;
        change.GetProperty("removed").EnumerateArray().Select(id => id.GetString()).ShouldBe(["bob"]);
        change.GetProperty("upserts")[0].GetProperty("fields").TryGetProperty("salary", out _).ShouldBeFalse();
        _host.Records.Put(Samples.At("carl"), ("name", "Carl"), ("owner", "bo"));
        await LiveHost.Until(() => bo.All.Count(heard => heard.Target == "ListChanged") == 2, "a row of his own");
    }

    [Fact]
    public async Task A_list_of_a_kind_that_may_not_be_read_any_more_is_emptied_and_closed()
    {
        var bo = await _host.Connect("acme.bo");
        await bo.Invoke("WatchList", "contacts", new { filter = new { salary = "2000" } });

        _host.Callers.Set("bo", Samples.Blinkered("bo"));
        await LiveHost.Until(() => bo.All.Any(heard => heard.Target == "ListChanged"), "the end of the list");

        bo.All.Single(heard => heard.Target == "ListChanged").Argument.GetRawText()
            .ShouldBe("""{"subscription":"list-1","upserts":[],"removed":["bob"],"order":[],"closed":true}""");
    }

    [Theory]
    [InlineData(Transport.WebSockets, false)]
    [InlineData(Transport.WebSockets, true)]
    [InlineData(Transport.ServerSentEvents, false)]
    [InlineData(Transport.LongPolling, false)]
    public async Task Who_is_signed_out_is_told_and_cut_off(Transport transport, bool messageIsLost)
    {
        var bo = await _host.Connect("acme.bo", transport);
        await bo.Invoke("Watch", "contacts/ada", null);

        _host.Callers.Set("bo", null, messageIsLost);
        await LiveHost.Until(() => bo.Closed, "the end");

        bo.All[^1].Target.ShouldBe("SignedOut");
        bo.All[^1].Argument.GetRawText().ShouldBe("""{"reason":"ended"}""");
        (await _host.Refused("acme.bo")).ShouldContain("session.ended");
    }

    [Fact]
    public async Task A_token_that_expires_ends_its_connection()
    {
        var bo = await _host.Connect("acme.bo.3");
        await bo.Invoke("Watch", "contacts/ada", null);

        await LiveHost.Until(() => bo.Closed, "the end");

        bo.All[^1].Argument.GetRawText().ShouldBe("""{"reason":"expired"}""");
    }

    [Fact]
    public async Task Rights_that_nobody_can_confirm_are_trusted_for_a_while_only()
    {
        var bo = await _host.Connect("acme.bo");
        _host.Callers.Down = true;
        (await bo.Invoke("Watch", "contacts/ada", null)).GetProperty("version").GetInt64().ShouldBe(1);

        await LiveHost.Until(() => bo.Invoke("Watch", "contacts/ada", null).ContinueWith(call => call.Exception?.ToString() ?? "", TaskScheduler.Default).Result.Contains("unavailable"), "the refusal");
        _host.Callers.Down = false;

        await LiveHost.Until(() => bo.Invoke("Watch", "contacts/ada", null).ContinueWith(call => call.IsCompletedSuccessfully, TaskScheduler.Default).Result, "the return of trust");
    }

    [Fact]
    public async Task An_edit_is_made_with_the_rights_of_now()
    {
        var bo = await _host.Connect("acme.bo");
        await bo.Invoke("Watch", "contacts/bob", null);
        _host.Callers.Set("bo", Samples.Seller());
        await LiveHost.Until(() => bo.All.Any(heard => heard.Target == "Removed"), "the removal");

        var edit = await bo.Invoke("Edit", "contacts/bob", 1, new { title = "x" }, Guid.NewGuid());

        edit.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("record.missing");
    }
}
