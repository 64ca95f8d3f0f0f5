using System.Text.Json;
using Crm.Engine;
using Crm.Web.SignIn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Web.Tests.SignIn;

public sealed class CallerLeasesTests : IDisposable
{
    private static readonly SessionKey Ana = FakeAccounts.Ana;
    private readonly FakeAccounts _accounts = new();
    private readonly EmbeddedFeed _feed = new();
    private readonly FakeTime _time = new();
    private readonly CallerLeases _callers;

    public CallerLeasesTests()
    {
        _callers = new(_accounts, _feed, _time, NullLogger<CallerLeases>.Instance);
        _accounts.Sessions[Ana] = FakeAccounts.Holding(Ana, "contacts.read");
    }

    public void Dispose() => _callers.Dispose();

    private void Nudge(string reference, string field, string tenant = "acme")
    {
        var at = Address.FromRef(tenant, reference)!.Value;
        var change = new Change(2, _time.GetUtcNow(), "admin", "users.assign", new Dictionary<string, FromTo> { [field] = default });
        _feed.Nudge(new(at, change, new(at.Kind, at.Id, 2, default, default, "admin", false, new Dictionary<string, JsonElement>())));
    }

    [Fact]
    public async Task A_caller_is_asked_for_once_in_a_lease()
    {
        await _callers.Find(Ana);
        _time.Advance(CallerLeases.Lease - TimeSpan.FromTicks(1));
        (await _callers.Find(Ana))!.Can("contacts.read").ShouldBeTrue();
        _accounts.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Without_any_nudge_a_change_holds_after_the_lease_which_is_shorter_than_five_seconds()
    {
        CallerLeases.Lease.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        await _callers.Find(Ana);
        _accounts.Sessions.Clear();
        _time.Advance(CallerLeases.Lease);
        (await _callers.Find(Ana)).ShouldBeNull();
    }

    [Theory]
    [InlineData("users/ana", "roles")]
    [InlineData("users/ana", "active")]
    [InlineData("users/ana", "epoch")]
    [InlineData("users/ana", "ended")]
    [InlineData("roles/sales", "permissions")]
    public async Task A_nudge_about_rights_holds_at_once(string reference, string field)
    {
        await _callers.Find(Ana);
        _accounts.Sessions.Clear();
        Nudge(reference, field);
        (await _callers.Find(Ana)).ShouldBeNull();
    }

    [Theory]
    [InlineData("users/ana", "name", "acme")]
    [InlineData("users/bo", "roles", "acme")]
    [InlineData("contacts/ana", "roles", "acme")]
    [InlineData("users/ana", "roles", "globex")]
    public async Task Another_nudge_costs_no_look_up(string reference, string field, string tenant)
    {
        await _callers.Find(Ana);
        Nudge(reference, field, tenant);
        await _callers.Find(Ana);
        _accounts.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_that_was_on_its_way_when_the_rights_changed_is_not_kept()
    {
        var gate = new TaskCompletionSource();
        _accounts.Gate = gate.Task;
        var early = _callers.Find(Ana).AsTask();
        _accounts.Sessions.Clear();
        Nudge("users/ana", "roles");
        gate.SetResult();
        await early;
        (await _callers.Find(Ana)).ShouldBeNull();
    }

    [Fact]
    public async Task Many_requests_at_once_cost_one_look_up()
    {
        var gate = new TaskCompletionSource();
        _accounts.Gate = gate.Task;
        var all = Enumerable.Range(0, 50).Select(_ => _callers.Find(Ana).AsTask()).ToList();
        gate.SetResult();
        await Task.WhenAll(all);
        _accounts.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task A_fault_is_told_and_not_remembered()
    {
        _accounts.Fault = new UnavailableException("Down.");
        await Should.ThrowAsync<UnavailableException>(() => _callers.Find(Ana).AsTask());
        _accounts.Fault = null;
        (await _callers.Find(Ana)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Listeners_hear_whose_rights_changed_and_find_the_new_ones()
    {
        await _callers.Find(Ana);
        var heard = new List<(string, string?)>();
        using (_callers.OnChanged((tenant, user) => heard.Add((tenant, user))))
        using (_callers.OnChanged((_, _) => throw new InvalidOperationException("A listener at fault.")))
        {
            Nudge("users/ana", "roles");
            Nudge("roles/sales", "hidden");
            Nudge("users/ana", "name");
        }

        Nudge("users/ana", "roles");
        heard.ShouldBe([("acme", "ana"), ("acme", null)]);
    }
}
