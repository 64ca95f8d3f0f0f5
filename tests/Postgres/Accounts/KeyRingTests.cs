using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Crm.Silo.Postgres.Accounts;

namespace Crm.Tests.Accounts;

public sealed class KeyRingTests(JournalFixture fixture) : IClassFixture<JournalFixture>, IAsyncLifetime
{
    private readonly FakeTime _time = new();

    private KeyRing Ring(MasterKey? master = null) => new(fixture.Database, master ?? JournalFixture.Key, new(), _time);

    public async Task InitializeAsync()
    {
        await using var clear = fixture.DataSource.CreateCommand("TRUNCATE signing_keys");
        await clear.ExecuteNonQueryAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Nodes_sign_with_one_key_and_know_each_other_s()
    {
        using var one = Ring();
        using var two = Ring();
        var key = await one.Current();
        (await two.Current()).Kid.ShouldBe(key.Kid);
        (await two.Find(key.Kid)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_key_signs_for_thirty_days_and_verifies_until_its_last_token_has_expired()
    {
        using var ring = Ring();
        using var other = Ring();
        var first = await ring.Current();
        _time.Advance(TimeSpan.FromDays(29));
        (await ring.Current()).Kid.ShouldBe(first.Kid);
        _time.Advance(TimeSpan.FromDays(1));

        var second = await ring.Current();

        second.Kid.ShouldNotBe(first.Kid);
        (await other.Find(second.Kid)).ShouldNotBeNull();
        Kids(await ring.All()).ShouldBe([second.Kid, first.Kid]);
        _time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(30));
        (await ring.Find(first.Kid)).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(2));
        (await ring.Find(first.Kid)).ShouldBeNull();
        Kids(await ring.All()).ShouldBe([second.Kid]);
    }

    [Fact]
    public async Task Another_node_s_new_key_is_found_within_seconds_and_made_up_ones_do_not_make_us_read_each_time()
    {
        using var one = Ring();
        using var two = Ring();
        (await two.Find("made-up")).ShouldBeNull(); // Read just now.
        var key = await one.Current();
        (await two.Find(key.Kid)).ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(5));
        (await two.Find(key.Kid)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Without_the_master_key_the_stored_keys_cannot_be_opened()
    {
        using var ring = Ring();
        await ring.Current();
        using var thief = Ring(MasterKey.Parse(Convert.ToBase64String(new byte[32]), "a thief"));
        await Should.ThrowAsync<CryptographicException>(() => thief.Current().AsTask());
    }

    private static IEnumerable<string> Kids(IEnumerable<SigningKey> keys) =>
        JsonNode.Parse(AccessTokens.Jwks(keys))!["keys"]!.AsArray().Select(key => (string)key!["kid"]!);
}
