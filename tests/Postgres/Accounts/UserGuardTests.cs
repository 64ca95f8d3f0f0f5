using System.Text.Json;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Tests.Accounts;

public sealed class UserGuardTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    private async Task<Caller> Helpdesk()
    {
        var role = await fixture.NewRole("users.*", "roles.*", "contacts.read");
        return await fixture.CallerOf((await fixture.NewUser("acme", role)).Id);
    }

    private static void ShouldBeRefused(Outcome outcome, string code) =>
        (outcome.Status, outcome.Errors[0].Code).ShouldBe((Status.Rejected, code));

    [Theory]
    [InlineData("assign")]
    [InlineData("deactivate")]
    public async Task Nobody_changes_his_own_roles_or_deactivates_himself(string verb) => ShouldBeRefused(
        await fixture.Do(await fixture.CallerOf("admin"), "admin", verb, verb == "assign" ? new { roles = new[] { "sales" } } : null), "user.self");

    [Fact]
    public async Task Two_administrators_who_deactivate_each_other_at_once_leave_one()
    {
        for (var round = 0; round < 10; round++)
        {
            var (one, two) = ((await fixture.NewUser("acme", "admin")).Id, (await fixture.NewUser("acme", "admin")).Id);
            var (callerOne, callerTwo) = (await fixture.CallerOf(one), await fixture.CallerOf(two));
            var outcomes = await Task.WhenAll(fixture.Do(callerOne, two, "deactivate"), fixture.Do(callerTwo, one, "assign", new { roles = Array.Empty<string>() }));
            outcomes.Count(outcome => outcome.Status == Status.Applied).ShouldBe(1);
        }
    }

    [Fact]
    public async Task Nobody_gives_a_role_with_rights_that_he_does_not_hold()
    {
        var (target, _) = await fixture.NewUser("acme", await fixture.NewRole("contacts.read"));
        var helpdesk = await Helpdesk();
        ShouldBeRefused(await fixture.Do(helpdesk, target, "assign", new { roles = new[] { "admin" } }), "role.beyond");
        ShouldBeRefused(await fixture.Do(helpdesk, target, "assign", new { roles = new[] { "sales" } }), "role.beyond");
        (await fixture.Do(helpdesk, target, "assign", new { roles = new[] { await fixture.NewRole("contacts.read", "users.read") } })).Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_makes_a_role_with_rights_that_he_does_not_hold_nor_brings_one_back()
    {
        var helpdesk = await Helpdesk();
        var role = JsonSerializer.SerializeToElement(new { name = "Mine", permissions = new[] { "contacts.delete" } });
        ShouldBeRefused(await fixture.Records.Edit(new("acme", "roles", "mine"), helpdesk, Guid.NewGuid(), 0, role), "role.beyond");

        var gone = new Address("acme", "roles", await fixture.NewRole("contacts.delete"));
        (await fixture.Records.Do(gone, helpdesk, Guid.NewGuid(), "delete", default)).Errors.ShouldBeEmpty();
        ShouldBeRefused(await fixture.Records.Do(gone, helpdesk, Guid.NewGuid(), "restore", default), "role.beyond");
        (await fixture.Records.Do(gone, await fixture.CallerOf("admin"), Guid.NewGuid(), "restore", default)).Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("deactivate", "{}")]
    [InlineData("activate", "{}")]
    [InlineData("signout", "{}")]
    [InlineData("assign", """{"roles":[]}""")]
    [InlineData("readdress", """{"email":"mine@evil.test"}""")]
    public async Task Who_has_more_rights_is_out_of_reach(string verb, string args) =>
        ShouldBeRefused(await fixture.Do(await Helpdesk(), "admin", verb, JsonElement.Parse(args)), "user.outranks");

    [Fact]
    public async Task Resetting_the_password_of_who_has_more_rights_is_no_way_up()
    {
        (await fixture.Accounts.ResetPassword(await Helpdesk(), "admin", "Another-Horse-43!"))!.Code.ShouldBe("user.outranks");
        (await fixture.Accounts.ResetPassword(await fixture.CallerOf("ana"), "bo", "Another-Horse-43!"))!.Code.ShouldBe("access.denied");
        (await fixture.Accounts.ResetPassword(await fixture.CallerOf("admin"), "nobody", "Another-Horse-43!"))!.Code.ShouldBe("record.missing");
        (await fixture.Accounts.ResetPassword(await fixture.CallerOf("admin"), "../x", "Another-Horse-43!"))!.Code.ShouldBe("record.missing");
    }

    [Fact]
    public async Task Without_the_permission_nothing_goes()
    {
        var ana = await fixture.CallerOf("ana");
        foreach (var verb in GuardedVerb.Names)
        {
            ShouldBeRefused(await fixture.Do(ana, "bo", verb, verb switch { "assign" => new { roles = Array.Empty<string>() }, "readdress" => new { email = "x@y.test" }, _ => null }), "access.denied");
        }
    }

    [Fact]
    public async Task Rights_that_were_taken_away_while_the_command_was_on_its_way_do_not_count()
    {
        var stale = await Helpdesk();
        (await fixture.Do(await fixture.CallerOf("admin"), stale.User, "deactivate")).Errors.ShouldBeEmpty();
        var (target, _) = await fixture.NewUser("acme", await fixture.NewRole("contacts.read"));
        ShouldBeRefused(await fixture.Do(stale, target, "deactivate"), "access.denied");
    }

    [Fact]
    public async Task A_role_that_does_not_exist_cannot_be_given() =>
        ShouldBeRefused(await fixture.Do(await fixture.CallerOf("admin"), "bo", "assign", new { roles = new[] { "nosuch" } }), "role.unknown");

    [Fact]
    public async Task Edits_reach_neither_roles_nor_the_address_and_users_are_not_deleted()
    {
        var admin = await fixture.CallerOf("admin");
        var (user, _) = await fixture.NewUser();
        var at = new Address("acme", "users", user);
        ShouldBeRefused(await fixture.Records.Edit(at, admin, Guid.NewGuid(), 2, JsonSerializer.SerializeToElement(new { roles = new[] { "admin" } })), "field.locked");
        ShouldBeRefused(await fixture.Records.Edit(at, admin, Guid.NewGuid(), 2, JsonSerializer.SerializeToElement(new { email = "x@y.test" })), "user.readdress");
        ShouldBeRefused(await fixture.Records.Do(at, admin, Guid.NewGuid(), "delete", default), "user.stays");
        ShouldBeRefused(await fixture.Records.Do(at, admin, Guid.NewGuid(), "end", JsonSerializer.SerializeToElement(new { session = "x" })), "verb.unknown");
    }

    [Fact]
    public async Task The_role_that_may_do_everything_can_be_neither_narrowed_nor_deleted()
    {
        var (admin, role) = (await fixture.CallerOf("admin"), new Address("acme", "roles", "admin"));
        ShouldBeRefused(await fixture.Records.Edit(role, admin, Guid.NewGuid(), 1, JsonSerializer.SerializeToElement(new { permissions = new[] { "users.*" } })), "role.everything");
        ShouldBeRefused(await fixture.Records.Do(role, admin, Guid.NewGuid(), "delete", default), "role.everything");
    }

    [Fact]
    public async Task A_new_address_signs_in_and_the_old_one_does_not()
    {
        var (user, before) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(before);
        var after = $"new-{before}";
        (await fixture.Do(await fixture.CallerOf("admin"), user, "readdress", new { email = after })).Errors.ShouldBeEmpty();
        (await fixture.Accounts.Caller(session)).ShouldBeNull();
        (await fixture.Try(before)).Tokens.ShouldBeNull();
        (await fixture.SignIn(after)).Session.User.ShouldBe(user);
    }

    [Fact]
    public async Task An_address_that_somebody_has_or_that_is_none_changes_nothing()
    {
        var (user, email) = await fixture.NewUser();
        var admin = await fixture.CallerOf("admin");
        ShouldBeRefused(await fixture.Do(admin, user, "readdress", new { email = "ANA@acme.test" }), "user.email.taken");
        ShouldBeRefused(await fixture.Do(admin, user, "readdress", new { email = "no address" }), "user.email");
        (await fixture.SignIn(email)).Session.User.ShouldBe(user);
        (await fixture.SignIn("ana@acme.test")).Session.User.ShouldBe("ana");
    }

    [Fact]
    public async Task A_second_user_of_an_address_gets_no_password()
    {
        var taken = await fixture.Get<TenantSetup>().CreateUser("acme", "ana2", "Ana Two", "ana@acme.test", AccountsFixture.Password, ["sales"]);
        taken.ShouldNotBeNull().Code.ShouldBe("user.email.taken");
        (await fixture.SignIn("ana@acme.test")).Session.User.ShouldBe("ana");
    }
}
