using Crm.Engine;
using Crm.Users;

namespace Crm.Rules.Tests.Accounts;

public sealed class UserTests
{
    private static readonly User Ana = new("Ana Silva", "ana@acme.test", ["sales"]);
    private static readonly Moment Now = new(Caller.System("acme"), new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("")]
    [InlineData("ana")]
    [InlineData("ana@")]
    [InlineData("Ana <ana@acme.test>")]
    [InlineData("ana@acme.test, bo@acme.test")]
    public void An_address_is_one_address_and_nothing_else(string email) =>
        (Ana with { Email = email }).Check().ShouldHaveSingleItem().Field.ShouldBe("email");

    [Fact]
    public void A_user_needs_a_name() => (Ana with { Name = "  " }).Tidied(Now).Check().ShouldHaveSingleItem().Field.ShouldBe("name");

    [Fact]
    public void Roles_are_ids() => (Ana with { Roles = ["Sales team"] }).Check().ShouldHaveSingleItem().Field.ShouldBe("roles");

    [Fact]
    public void Deactivating_ends_the_sessions_and_activating_does_not_revive_them()
    {
        var gone = new Deactivate().Decide(Ana, Now).Next!;
        gone.ShouldBe(Ana with { Active = false, Epoch = 1 });
        new Activate().Decide(gone, Now).Next.ShouldBe(Ana with { Epoch = 1 });
        new Deactivate().Decide(gone, Now).Next.ShouldBe(gone);
    }

    [Fact]
    public void Signing_out_everywhere_begins_a_new_epoch() => new SignOut().Decide(Ana, Now).Next!.Epoch.ShouldBe(1);

    [Fact]
    public void An_edit_does_not_move_the_address_and_its_own_verb_does()
    {
        (Ana with { Email = "eve@evil.test" }).CheckStep(Ana).ShouldHaveSingleItem().Code.ShouldBe("user.readdress");
        new Readdress("ana.silva@acme.test").Decide(Ana, Now).Next!.CheckStep(Ana).ShouldBeEmpty();
    }

    [Fact]
    public void No_edit_reaches_what_rights_hang_from()
    {
        foreach (var field in new[] { "roles", "active", "epoch", "ended" })
        {
            User.Kind.Info.Field(field)!.Editable.ShouldBeFalse(field);
        }
    }

    [Fact]
    public void A_user_is_never_deleted() => Ana.CheckDelete().ShouldNotBeNull();
}
