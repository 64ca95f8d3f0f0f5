namespace Crm.Web.Tests.Live;

/// <summary>Who is signed in, and what each keeps for himself.</summary>
public sealed class PeopleTests : PresenceTest
{
    [Fact]
    public async Task What_is_kept_comes_back_on_another_connection_to_its_writer_alone_as_far_as_he_may_see_it()
    {
        var ana = await Watching("ana");
        await ana.Invoke("Keep", "contacts/ada", "title", 1, "Dir");
        await ana.Invoke("Keep", "contacts/ada", "salary", 1, "5");
        await ana.DisposeAsync();

        var (again, bo) = (await Watching("ana"), await Watching("bo"));
        (await again.Invoke("Kept", "contacts/ada")).GetProperty("drafts").EnumerateArray().Select(draft => $"{draft.GetProperty("field")} {draft.GetProperty("value")} {draft.GetProperty("base")}").ShouldBe(["salary 5 1", "title Dir 1"]);
        (await bo.Invoke("Kept", "contacts/ada")).GetRawText().ShouldBe("""{"drafts":[]}""");
        Host.Callers.Set("ana", Samples.Blinkered("ana"));
        await LiveHost.Until(() => again.All.Any(heard => heard.Target == "Resync"), "the new rights");
        (await Should.ThrowAsync<HubFault>(again.Invoke("Kept", "contacts/ada"))).Message.ShouldContain("presence.closed");
        await again.Invoke("Watch", "contacts/ada", null);

        (await again.Invoke("Kept", "contacts/ada")).GetRawText().ShouldNotContain("salary");
        await again.Invoke("Unkeep", "contacts/ada", "title");
        (await again.Invoke("Kept", "contacts/ada")).GetProperty("drafts").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task The_list_of_people_names_module_and_record_only_to_those_who_may_see_them()
    {
        Host.Callers.Set("cy", Samples.Of("cy", "acme", [], []));
        var (bo, cy) = (await Host.Connect("acme.bo"), await Host.Connect("acme.cy"));
        await bo.Invoke("WatchPeople");
        await cy.Invoke("WatchPeople");
        var ana = await Present("ana");
        await ana.Invoke("Active", "contacts");

        await LiveHost.Until(() => People(bo, "ana") is { } person && person.TryGetProperty("module", out var module) && module.GetString() == "contacts", "her module");
        People(bo, "ana")!.Value.GetProperty("refs").EnumerateArray().Select(at => at.GetString()).ShouldBe(["contacts/ada"]);
        (People(bo, "ana")!.Value.GetProperty("status").GetString(), People(bo, "ana")!.Value.GetProperty("team").GetString()).ShouldBe(("online", "North"));
        await LiveHost.Until(() => People(cy, "ana") is not null, "her name");
        cy.All.Where(heard => heard.Target == "People").ShouldAllBe(heard => !heard.Argument.GetRawText().Contains("contacts"));

        await ana.DisposeAsync();
        await LiveHost.Until(() => bo.All.Any(heard => heard.Target == "People" && heard.Argument.GetProperty("gone").EnumerateArray().Any(user => user.GetString() == "ana")), "her departure");
    }

    [Fact]
    public async Task Who_does_nothing_for_the_time_that_the_tenant_has_set_is_away_until_he_does_something()
    {
        Host.Records.Put(new("acme", "policies", "presence"), ("awayMinutes", 0.05));
        var (ana, bo) = (await Host.Connect("acme.ana"), await Host.Connect("acme.bo"));
        await bo.Invoke("WatchPeople");

        await LiveHost.Until(() => People(bo, "ana")?.GetProperty("status").GetString() == "away", "ana, away");
        await ana.Invoke("Active", [null]);
        await LiveHost.Until(() => People(bo, "ana")?.GetProperty("status").GetString() == "online", "ana, back");
    }
}
