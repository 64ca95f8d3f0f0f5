using System.Text.Json;
using Crm.Roles;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Tests.Accounts;

public sealed class StandardGrantsTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    [Fact]
    public async Task A_role_that_is_older_than_a_permission_gets_it_once_and_keeps_what_is_its_own()
    {
        var at = await Old("older", "contacts.read", "orders.read");
        (await fixture.Get<StandardGrants>().Make()).ShouldBe(1);
        var permissions = await Held(at);
        permissions.ShouldContain("orders.read");
        permissions.ShouldContain("follows.create");
        StandardRoles.All["sales"].Permissions!.ShouldBeSubsetOf(permissions);
        (await fixture.Get<StandardGrants>().Make()).ShouldBe(0);
    }

    [Fact]
    public async Task What_an_administrator_took_away_stays_away_and_what_he_gave_as_a_whole_is_not_given_in_pieces()
    {
        var at = await Old("taken", "contacts.read", "views.create", "follows.create");
        await Set(at, "contacts.*");
        await fixture.Get<StandardGrants>().Make();
        var permissions = await Held(at);
        permissions.ShouldNotContain("follows.create");
        permissions.ShouldNotContain("views.create");
        permissions.ShouldNotContain("contacts.edit");
        permissions.ShouldContain("follows.delete", "it was never taken away");
    }

    [Fact]
    public async Task A_role_that_was_deleted_is_not_brought_back_and_the_one_that_may_everything_is_left_alone()
    {
        var at = await Old("gone", "contacts.read");
        (await fixture.Records.Do(at, Caller.System("gone"), Guid.NewGuid(), "delete", default)).Status.ShouldBe(Status.Applied);
        var admin = await fixture.Records.Read(new("acme", "roles", "admin"), Caller.System("acme"));
        await fixture.Get<StandardGrants>().Make();
        (await fixture.Records.Read(at, Caller.System("gone"))).ShouldBeNull();
        (await fixture.Records.Read(new("acme", "roles", "admin"), Caller.System("acme")))!.Version.ShouldBe(admin!.Version);
    }

    private async Task<Address> Old(string tenant, params string[] permissions)
    {
        await fixture.Get<Tenants>().Add(tenant, tenant);
        var at = new Address(tenant, "roles", "sales");
        var made = await fixture.Records.Edit(at, Caller.System(tenant), Guid.NewGuid(), 0, JsonSerializer.SerializeToElement(new { name = "Sales", permissions }));
        made.Errors.ShouldBeEmpty();
        return at;
    }

    private async Task Set(Address at, params string[] permissions)
    {
        var version = (await fixture.Records.Read(at, Caller.System(at.Tenant)))!.Version;
        (await fixture.Records.Edit(at, Caller.System(at.Tenant), Guid.NewGuid(), version, JsonSerializer.SerializeToElement(new { permissions }))).Status.ShouldBe(Status.Applied);
    }

    private async Task<List<string?>> Held(Address at) =>
        [.. (await fixture.Records.Read(at, Caller.System(at.Tenant)))!.Fields["permissions"].EnumerateArray().Select(permission => permission.GetString())];
}
