using System.Text.Json;
using Crm.Silo.Postgres.Accounts;
using Npgsql;

namespace Crm.Tests.Accounts;

public sealed class SessionTests(AccountsFixture fixture) : IClassFixture<AccountsFixture>
{
    [Fact]
    public async Task A_refresh_token_works_once_and_the_session_goes_on()
    {
        var (_, email) = await fixture.NewUser();
        var (tokens, session) = await fixture.SignIn(email);

        var next = (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldNotBeNull();

        next.RefreshToken.ShouldNotBe(tokens.RefreshToken);
        (await fixture.Accounts.Verify(next.AccessToken))!.Session.ShouldBe(session);
        (await fixture.Accounts.Refresh(next.RefreshToken)).Tokens.ShouldNotBeNull();
    }

    [Fact]
    public async Task The_second_use_of_a_refresh_token_ends_its_session_and_all_of_its_family()
    {
        var (_, email) = await fixture.NewUser();
        var (tokens, session) = await fixture.SignIn(email);
        var (_, other) = await fixture.SignIn(email);
        var next = (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldNotBeNull();

        (await fixture.Accounts.Refresh(tokens.RefreshToken)).ShouldBe(new SignInAnswer(null));

        (await fixture.Accounts.Refresh(next.RefreshToken)).Tokens.ShouldBeNull();
        (await fixture.Accounts.Caller(session)).ShouldBeNull();
        (await fixture.Accounts.Caller(other)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_two_uses_at_once_one_wins_at_most()
    {
        var (_, email) = await fixture.NewUser();
        var (tokens, _) = await fixture.SignIn(email);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.Accounts.Refresh(tokens.RefreshToken)));
        answers.Count(answer => answer.Tokens is not null).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_refresh_token_lasts_thirty_days()
    {
        var (_, email) = await fixture.NewUser();
        var (tokens, session) = await fixture.SignIn(email);
        fixture.Time.Advance(TimeSpan.FromDays(30));
        (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldBeNull();
        (await fixture.Accounts.Caller(session)).ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("acme")]
    [InlineData("acme.")]
    [InlineData("acme,globex.x")]
    [InlineData("acme.x.y")]
    public async Task What_is_no_refresh_token_gets_nothing(string token) => (await fixture.Accounts.Refresh(token)).ShouldBe(new SignInAnswer(null));

    [Fact]
    public async Task A_refresh_token_of_another_tenant_s_name_gets_nothing()
    {
        var (_, email) = await fixture.NewUser();
        var (tokens, _) = await fixture.SignIn(email);
        (await fixture.Accounts.Refresh($"globex{tokens.RefreshToken[4..]}")).Tokens.ShouldBeNull();
        (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldNotBeNull();
    }

    [Fact]
    public async Task Signing_out_ends_one_session_and_says_so_in_the_feed()
    {
        var (user, email) = await fixture.NewUser();
        var (_, first) = await fixture.SignIn(email);
        var (_, second) = await fixture.SignIn(email);
        var heard = new List<Nudge>();
        using (fixture.Get<IFeed>().Subscribe("acme", nudge => { lock (heard) { heard.Add(nudge); } }))
        {
            await fixture.Accounts.SignOut(first);
            await fixture.Accounts.SignOut(first);
        }

        heard.Where(nudge => nudge.At.Id == user).ShouldHaveSingleItem().Change.Fields["ended"].To.GetString().ShouldBe(first.Session);
        (await fixture.Accounts.Caller(first)).ShouldBeNull();
        (await fixture.Accounts.Me(first)).ShouldBeNull();
        (await fixture.Accounts.Caller(second)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_session_of_somebody_else_is_nobody_s()
    {
        var (_, session) = await fixture.SignIn("ana@acme.test");
        (await fixture.Accounts.Caller(session with { User = "admin" })).ShouldBeNull();
        (await fixture.Accounts.Caller(session with { Tenant = "globex" })).ShouldBeNull();
        await fixture.Accounts.SignOut(session with { User = "bo" });
        (await fixture.Accounts.Caller(session)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Signing_a_user_out_ends_all_his_sessions_and_not_the_next_one()
    {
        var (user, email) = await fixture.NewUser();
        var (tokens, before) = await fixture.SignIn(email);
        (await fixture.Do(await fixture.CallerOf("admin"), user, "signout")).Errors.ShouldBeEmpty();
        (await fixture.Accounts.Caller(before)).ShouldBeNull();
        (await fixture.Accounts.Refresh(tokens.RefreshToken)).Tokens.ShouldBeNull();
        (await fixture.Accounts.Caller((await fixture.SignIn(email)).Session)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Who_is_let_in_again_has_no_old_session()
    {
        var (user, email) = await fixture.NewUser();
        var (_, before) = await fixture.SignIn(email);
        var admin = await fixture.CallerOf("admin");
        (await fixture.Do(admin, user, "deactivate")).Errors.ShouldBeEmpty();
        (await fixture.Accounts.Caller(before)).ShouldBeNull();
        (await fixture.Do(admin, user, "activate")).Errors.ShouldBeEmpty();
        (await fixture.Accounts.Caller(before)).ShouldBeNull();
        (await fixture.Accounts.Caller((await fixture.SignIn(email)).Session)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Changed_roles_and_rights_of_roles_hold_at_once()
    {
        var role = await fixture.NewRole("contacts.read");
        var (user, email) = await fixture.NewUser();
        var (_, session) = await fixture.SignIn(email);
        (await fixture.Do(await fixture.CallerOf("admin"), user, "assign", new { roles = new[] { role } })).Errors.ShouldBeEmpty();
        (await fixture.Accounts.Caller(session))!.Can("contacts.read").ShouldBeTrue();

        var patch = JsonSerializer.SerializeToElement(new { permissions = new[] { "users.read" }, hidden = new[] { "users.email" } });
        (await fixture.Records.Edit(new("acme", "roles", role), await fixture.CallerOf("admin"), Guid.NewGuid(), 1, patch)).Errors.ShouldBeEmpty();

        var caller = (await fixture.Accounts.Caller(session)).ShouldNotBeNull();
        (caller.Can("users.read"), caller.Can("contacts.read")).ShouldBe((true, false));
        caller.Hidden.ShouldBe(["users.email"]);
    }

    [Fact]
    public async Task Many_sessions_of_two_tenants_are_looked_up_together_and_each_gets_its_own()
    {
        var (_, ana) = await fixture.SignIn("ana@acme.test");
        var (_, stranger) = await fixture.SignIn("ana@globex.test");
        var reader = fixture.Get<SessionReader>();
        var asked = Enumerable.Range(0, 1_200).Select(i => (i % 3) switch { 0 => ana, 1 => stranger, _ => ana with { Session = $"none{i}" } }).ToList();
        var found = await Task.WhenAll(asked.Select(reader.Find));
        found.Select(session => session?.Key).ShouldBe(asked.Select((session, i) => i % 3 == 2 ? null : session));
    }

    [Theory]
    [InlineData("credentials")]
    [InlineData("sessions")]
    [InlineData("refresh_tokens")]
    public async Task Without_a_declared_tenant_the_application_sees_none_of_it(string table)
    {
        await fixture.SignIn("ana@acme.test");
        (await Count(table, "")).ShouldBe(0);
        (await Count(table, "initech")).ShouldBe(0);
        (await Count(table, "acme")).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Nothing_of_an_address_or_a_password_is_readable_where_accounts_are_kept()
    {
        await fixture.SignIn("ana@acme.test");
        foreach (var table in new[] { "logins", "credentials", "sessions", "refresh_tokens", "signing_keys", "sign_in_tries" })
        {
            await using var command = new NpgsqlCommand($"SELECT count(*) FROM {table} t WHERE t::text ILIKE '%ana@acme%' OR t::text LIKE '%Correct-Horse%'");
            await using var connection = await fixture.DataSource.OpenConnectionAsync();
            command.Connection = connection;
            (await command.ExecuteScalarAsync()).ShouldBe(0L, table);
        }
    }

    private Task<long> Count(string table, string tenant) => fixture.Database.Query(
        tenant, [Silo.Postgres.Database.Command($"SELECT count(*) FROM {table}")], async (reader, cancel) =>
        {
            await reader.ReadAsync(cancel);
            return reader.GetInt64(0);
        });
}
