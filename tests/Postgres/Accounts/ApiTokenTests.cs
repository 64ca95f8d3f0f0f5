using Crm.Silo.Postgres.Accounts;

namespace Crm.Tests.Accounts;

public sealed class ApiTokenTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private ApiTokens Own => fixture.Get<ApiTokens>();

    [Fact]
    public async Task A_token_can_do_what_both_its_user_and_its_scope_hold()
    {
        var (_, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        var (token, text) = (await Own.Make(session, "Nightly", ["contacts.read", "users.delete"], Month)).ShouldNotBeNull();

        var verified = (await fixture.Accounts.Verify(text)).ShouldNotBeNull();
        verified.Session.ShouldBe(new SessionKey(session.Tenant, session.User, token.Id));
        verified.Session.IsToken.ShouldBeTrue();
        (await fixture.Accounts.Caller(verified.Session)).ShouldNotBeNull().Permissions.ShouldBe(["contacts.read"]);
        (await fixture.Accounts.Me(verified.Session)).ShouldNotBeNull().Permissions.ShouldBe(["contacts.read"]);
        session.IsToken.ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_does_to_users_no_more_than_its_scope_says()
    {
        var (_, email) = await fixture.NewUser(roles: ["admin"]);
        var (other, _) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        var (token, _) = (await Own.Make(session, "Reader", ["users.read"], Month)).ShouldNotBeNull();
        var caller = (await fixture.Accounts.Caller(session with { Session = token.Id })).ShouldNotBeNull();

        (await fixture.Accounts.ResetPassword(caller, other, "Correct-Horse-43!")).ShouldNotBeNull().Code.ShouldBe("access.denied");
        (await fixture.Accounts.ResetPassword((await fixture.Accounts.Caller(session))!, other, "Correct-Horse-43!")).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_ends_when_it_is_revoked_when_its_time_is_up_and_with_a_new_password()
    {
        var (_, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        var made = new List<(OwnToken Token, string Text)>();
        foreach (var days in new[] { 1, 90, 90 })
        {
            made.Add((await Own.Make(session, $"{days}", ["*"], TimeSpan.FromDays(days))).ShouldNotBeNull());
        }

        (await Own.End(session, made[1].Token.Id)).ShouldBeTrue();
        (await Own.End(session, made[1].Token.Id)).ShouldBeFalse("it has ended");
        (await fixture.Accounts.Caller(session with { Session = made[1].Token.Id })).ShouldBeNull();
        fixture.Time.Advance(TimeSpan.FromDays(2));
        (await fixture.Accounts.Verify(made[0].Text)).ShouldBeNull();
        (await Own.Tokens(session)).ShouldHaveSingleItem().Id.ShouldBe(made[2].Token.Id);
        (await fixture.Accounts.ChangePassword(session, AccountsFixture.Password, "Another-Horse-42!", "here")).Refusal.ShouldBeNull();
        (await fixture.Accounts.Caller(session with { Session = made[2].Token.Id })).ShouldBeNull();
        (await fixture.Accounts.Caller(session)).ShouldNotBeNull("the one that changed it goes on");
    }

    [Theory]
    [InlineData("crm_")]
    [InlineData("crm_acme")]
    [InlineData("crm_acme.")]
    [InlineData("crm_.x")]
    [InlineData("crm_acme,globex.x")]
    [InlineData("crm_acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_token_leads_nowhere(string text) => (await fixture.Accounts.Verify(text)).ShouldBeNull();

    [Fact]
    public async Task A_token_of_one_tenant_is_none_in_another()
    {
        var (_, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        var (_, text) = (await Own.Make(session, "T", ["*"], Month)).ShouldNotBeNull();
        (await fixture.Accounts.Verify(text.Replace($"crm_{session.Tenant}.", "crm_globex.", StringComparison.Ordinal))).ShouldBeNull();
        (await fixture.Accounts.Refresh(text)).Tokens.ShouldBeNull("it is not traded");
    }

    [Fact]
    public async Task Somebody_sees_and_ends_his_own_sign_ins_and_nobody_elses()
    {
        var (_, email) = await fixture.NewUser();
        var (_, here) = await fixture.SignIn(email);
        var (_, there) = await fixture.SignIn(email);
        var (_, other) = await fixture.SignIn((await fixture.NewUser()).Email);
        var (token, _) = (await Own.Make(here, "Kept", ["*"], Month)).ShouldNotBeNull();

        var listed = await Own.Sessions(here);
        listed.Select(session => session.Id).ShouldBe([here.Session, there.Session], ignoreOrder: true);
        listed.Single(session => session.Current).Id.ShouldBe(here.Session);
        listed.ShouldAllBe(session => session.Agent == "Test/1.0");
        (await Own.End(here, other.Session)).ShouldBeFalse();
        (await Own.EndOthers(here)).ShouldBe(1);
        (await fixture.Accounts.Caller(there)).ShouldBeNull();
        (await fixture.Accounts.Caller(other)).ShouldNotBeNull();
        (await fixture.Accounts.Caller(here)).ShouldNotBeNull();
        (await Own.Tokens(here)).ShouldHaveSingleItem().Id.ShouldBe(token.Id);
    }

    [Fact]
    public async Task There_are_at_most_fifty_tokens()
    {
        var (_, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        for (var i = 0; i < IOwnSessions.MostTokens; i++)
        {
            (await Own.Make(session, $"{i}", ["*"], Month)).ShouldNotBeNull();
        }

        (await Own.Make(session, "one more", ["*"], Month)).ShouldBeNull();
    }
}
