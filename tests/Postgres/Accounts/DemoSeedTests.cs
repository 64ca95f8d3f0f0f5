using Crm.Silo.Postgres.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Accounts;

public sealed class DemoSeedTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    [Theory]
    [InlineData("admin", "Admin", true)]
    [InlineData("manager", "Manager", false)]
    [InlineData("ana", "Sales", false)]
    [InlineData("bo", "Sales", false)]
    public async Task Both_tenants_have_their_four_users(string user, string role, bool everything)
    {
        foreach (var tenant in new[] { "acme", "globex" })
        {
            var (_, session) = await fixture.SignIn($"{user}@{tenant}.test");
            (session.Tenant, session.User).ShouldBe((tenant, user));
            (await fixture.Accounts.Me(session))!.Roles.ShouldBe([role]);
            (await fixture.Accounts.Caller(session))!.Can("anything.at.all").ShouldBe(everything);
        }
    }

    [Fact]
    public async Task A_second_start_makes_nothing_and_costs_no_bcrypt()
    {
        await using var node = fixture.Node(new() { BcryptCost = 4 });
        (await node.GetRequiredService<DemoSeed>().Fill()).ShouldBeFalse();
        node.GetRequiredService<Passwords>().Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_start_that_was_interrupted_is_completed_and_keeps_what_was_changed_since()
    {
        await using (var interrupt = fixture.DataSource.CreateCommand("DELETE FROM credentials WHERE tenant_id = 'globex' AND user_id = 'bo'"))
        {
            await interrupt.ExecuteNonQueryAsync();
        }

        (await fixture.Get<DemoSeed>().Fill()).ShouldBeTrue();
        (await fixture.SignIn("bo@globex.test")).Session.User.ShouldBe("bo");
        (await fixture.Get<DemoSeed>().Fill()).ShouldBeFalse();
    }
}

public sealed class DemoSeedElsewhereTests(JournalFixture fixture) : IClassFixture<JournalFixture>
{
    [Fact]
    public async Task A_database_with_a_tenant_of_its_own_is_left_alone()
    {
        await fixture.Tenants.Add("initech", "Initech");
        using var passwords = new Passwords(fixture.Database, JournalFixture.Key, new() { BcryptCost = 4 });
        var seed = new DemoSeed(
            fixture.Tenants, null!, new(fixture.Database, JournalFixture.Key, TimeProvider.System), passwords,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<DemoSeed>.Instance);
        (await seed.Fill()).ShouldBeFalse();
    }
}
