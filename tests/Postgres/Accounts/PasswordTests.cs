namespace Crm.Tests.Accounts;

public sealed class PasswordTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    private const string Next = "Another-Horse-43!";

    [Fact]
    public async Task Changing_one_s_own_password_keeps_this_session_and_ends_the_others()
    {
        var (_, email) = await fixture.NewUser();
        var (_, here) = await fixture.SignIn(email);
        var (tokens, there) = await fixture.SignIn(email);

        (await fixture.Accounts.ChangePassword(here, AccountsFixture.Password, Next, "desk")).ShouldBe(new PasswordAnswer(null));

        (await fixture.Accounts.Caller(here)).ShouldNotBeNull();
        (await fixture.Accounts.Caller(there)).ShouldBeNull();
        (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldBeNull();
        (await fixture.Try(email)).Tokens.ShouldBeNull();
        (await fixture.Try(email, Next)).Tokens.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_present_password_is_asked_for_and_guessing_it_locks_the_account()
    {
        var (_, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        for (var i = 0; i < 5; i++)
        {
            (await fixture.Accounts.ChangePassword(session, "Wrong-Horse-42!", Next, "desk")).Refusal!.Code.ShouldBe("password.wrong");
        }

        (await fixture.Accounts.ChangePassword(session, AccountsFixture.Password, Next, "desk")).RetryAfter.ShouldBe(TimeSpan.FromMinutes(1));
        (await fixture.Try(email)).Locked.ShouldBeTrue();
    }

    [Fact]
    public async Task A_weak_password_is_refused_and_the_old_one_stays()
    {
        var (user, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        (await fixture.Accounts.ChangePassword(session, AccountsFixture.Password, "short", "desk")).Refusal!.Code.ShouldBe("password.length");
        (await fixture.Accounts.ResetPassword(await fixture.CallerOf("admin"), user, $"{user}-A-1-x!!")).ShouldNotBeNull().Code.ShouldBe("password.email");
        (await fixture.Try(email)).Tokens.ShouldNotBeNull();
        (await fixture.Accounts.Caller(session)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_reset_ends_every_session_and_tells_the_feed()
    {
        var (user, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        var heard = new List<Nudge>();
        using (fixture.Get<IFeed>().Subscribe("acme", nudge => { lock (heard) { heard.Add(nudge); } }))
        {
            (await fixture.Accounts.ResetPassword(await fixture.CallerOf("admin"), user, Next)).ShouldBeNull();
        }

        heard.ShouldContain(nudge => nudge.At.Id == user && nudge.Change.Fields.ContainsKey("ended"));
        (await fixture.Accounts.Caller(session)).ShouldBeNull();
        (await fixture.Try(email, Next)).Tokens.ShouldNotBeNull();
    }
}
