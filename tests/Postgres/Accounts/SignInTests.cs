using Crm.Silo.Postgres.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Accounts;

public sealed class SignInTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    private static readonly TimeSpan FirstLock = new AccountOptions().FirstLock;

    [Fact]
    public async Task The_right_pair_gets_tokens_that_lead_to_the_user_s_rights()
    {
        var (tokens, session) = await fixture.SignIn("ana@acme.test");

        tokens.ExpiresIn.ShouldBe(86_400);
        (session.Tenant, session.User).ShouldBe(("acme", "ana"));
        var caller = (await fixture.Accounts.Caller(session)).ShouldNotBeNull();
        caller.Can("contacts.edit").ShouldBeTrue();
        caller.Can("users.assign").ShouldBeFalse();
        var me = (await fixture.Accounts.Me(session)).ShouldNotBeNull();
        (me.UserId, me.Tenant, me.Name, me.Email).ShouldBe(("ana", "acme", "Ana Silva", "ana@acme.test"));
        me.Roles.ShouldBe(["Sales"]);
    }

    [Fact]
    public async Task The_case_of_an_address_does_not_matter_and_that_of_a_password_does()
    {
        (await fixture.Try(" BO@Acme.Test ")).Tokens.ShouldNotBeNull();
        (await fixture.Try("bo@acme.test", AccountsFixture.Password.ToUpperInvariant())).ShouldBe(new SignInAnswer(null));
    }

    [Fact]
    public async Task Whichever_part_is_wrong_the_answer_and_the_work_are_the_same()
    {
        var (inactive, address) = await fixture.NewUser();
        (await fixture.Do(await fixture.CallerOf("admin"), inactive, "deactivate")).Errors.ShouldBeEmpty();
        (string Email, string Password)[] wrong =
        [
            ("bo@acme.test", "Wrong-Horse-42!"), ("nobody@nowhere.test", AccountsFixture.Password), (address, AccountsFixture.Password), ("", ""), ("\0", "\ud800"),
        ];
        foreach (var (email, password) in wrong)
        {
            (await fixture.Bcrypts(() => fixture.Try(email, password))).ShouldBe((new SignInAnswer(null), 1));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_five_wrong_passwords_the_account_is_locked_whether_it_exists_or_not(bool exists)
    {
        var email = exists ? (await fixture.NewUser()).Email : $"nobody-{Guid.NewGuid():N}@nowhere.test";
        for (var i = 0; i < 5; i++)
        {
            (await fixture.Try(email, "Wrong-Horse-42!")).ShouldBe(new SignInAnswer(null));
        }

        var (turnedAway, work) = await fixture.Bcrypts(() => fixture.Try(email));
        turnedAway.ShouldBe(new SignInAnswer(null, FirstLock, Locked: true));
        work.ShouldBe(0);

        fixture.Time.Advance(FirstLock);
        var (open, now) = await fixture.Bcrypts(() => fixture.Try(email));
        (open.Tokens is not null).ShouldBe(exists);
        now.ShouldBe(1);
    }

    [Fact]
    public async Task Each_lock_lasts_twice_as_long_as_the_one_before_up_to_an_hour()
    {
        var (_, email) = await fixture.NewUser();
        var lengths = new List<TimeSpan>();
        for (var locks = 0; locks < 8; locks++)
        {
            SignInAnswer answer;
            do
            {
                answer = await fixture.Try(email, "Wrong-Horse-42!", from: $"lock {locks}");
            }
            while (answer.RetryAfter is null);
            lengths.Add(answer.RetryAfter.Value);
            fixture.Time.Advance(answer.RetryAfter.Value);
        }

        lengths.Select(length => length.TotalMinutes).ShouldBe([1, 2, 4, 8, 16, 32, 60, 60]);
    }

    [Fact]
    public async Task Of_many_tries_at_once_no_more_than_five_get_to_guess()
    {
        var (_, email) = await fixture.NewUser();
        var (answers, work) = await fixture.Bcrypts(() => Task.WhenAll(Enumerable.Range(0, 25).Select(_ => fixture.Try(email, "Wrong-Horse-42!"))));
        work.ShouldBe(5);
        answers.Count(answer => answer.Locked).ShouldBe(20);
    }

    [Fact]
    public async Task The_right_password_forgives_the_wrong_ones_and_time_does()
    {
        var (_, email) = await fixture.NewUser();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++)
            {
                (await fixture.Try(email, "Wrong-Horse-42!")).RetryAfter.ShouldBeNull();
            }

            if (round == 0)
            {
                (await fixture.Try(email)).Tokens.ShouldNotBeNull();
            }
            else
            {
                fixture.Time.Advance(TimeSpan.FromMinutes(16));
            }
        }
    }

    [Fact]
    public async Task An_address_that_tries_many_accounts_is_turned_away_for_all_of_them()
    {
        var from = $"spray {Guid.NewGuid()}";
        var most = new AccountOptions().TriesOfAddress;
        for (var i = 0; i < most; i++)
        {
            (await fixture.Try($"victim{i}@nowhere.test", "Wrong-Horse-42!", from: from)).RetryAfter.ShouldBeNull();
        }

        var turnedAway = await fixture.Try("ana@acme.test", from: from);
        (turnedAway.Tokens, turnedAway.Locked).ShouldBe((null, false));
        turnedAway.RetryAfter.ShouldBe(FirstLock);
        (await fixture.Try("ana@acme.test", from: "elsewhere")).Tokens.ShouldNotBeNull();
    }

    [Fact]
    public async Task Right_sign_ins_never_use_up_an_address()
    {
        var from = $"office {Guid.NewGuid()}";
        for (var i = 0; i < (new AccountOptions().TriesOfAddress * 2) + 1; i++)
        {
            (await fixture.Try("bo@globex.test", from: from)).Tokens.ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task An_address_of_several_tenants_needs_the_tenant()
    {
        foreach (var tenant in new[] { "acme", "globex" })
        {
            (await fixture.Get<TenantSetup>().CreateUser(tenant, "both", "Both", "both@somewhere.test", AccountsFixture.Password, ["sales"])).ShouldBeNull();
        }

        (await fixture.Try("both@somewhere.test")).ShouldBe(new SignInAnswer(null));
        var tokens = (await fixture.Try("both@somewhere.test", tenant: "globex")).Tokens.ShouldNotBeNull();
        (await fixture.Accounts.Verify(tokens.AccessToken))!.Session.Tenant.ShouldBe("globex");
        (await fixture.Try("both@somewhere.test", tenant: "initech")).Tokens.ShouldBeNull();
    }

    [Fact]
    public async Task A_password_is_stored_as_bcrypt_of_cost_12()
    {
        new AccountOptions().BcryptCost.ShouldBe(12);
        using var passwords = new Passwords(fixture.Database, AccountsFixture.Key, new());
        var hash = await passwords.Hash("Correct-Horse-42!");
        hash.ShouldStartWith("$2a$12$");
        (await passwords.Matches("Correct-Horse-42!", hash)).ShouldBeTrue();
        (await passwords.Matches("Correct-Horse-42?", hash)).ShouldBeFalse();
    }

    [Fact]
    public async Task Passwords_differ_in_every_character_however_long_they_are()
    {
        var passwords = fixture.Get<Passwords>();
        var start = new string('x', 100) + "\0";
        var hash = await passwords.Hash(start + "a");
        (await passwords.Matches(start + "b", hash)).ShouldBeFalse();
        (await passwords.Matches(start + "a", hash)).ShouldBeTrue();
    }

    [Fact]
    public async Task When_too_many_wait_the_next_one_is_told_so_and_it_is_no_wrong_password()
    {
        var (_, email) = await fixture.NewUser();
        await using var busy = fixture.Node(new() { BcryptCost = 4, BcryptsAtOnce = 1, BcryptsWaiting = -1 });
        for (var i = 0; i < 7; i++)
        {
            await Should.ThrowAsync<UnavailableException>(() => busy.GetRequiredService<IAccounts>().SignIn(email, AccountsFixture.Password, null, null, "busy", null));
        }

        (await fixture.Try(email)).Tokens.ShouldNotBeNull();
    }
}
