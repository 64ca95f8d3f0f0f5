using Crm.Engine;
using Crm.Notices;

namespace Crm.Rules.Tests.Notices;

public sealed class WishTests
{
    private const string Event = "mention";
    private static readonly Preference Berlin = new("ana", QuietFrom: "22:00", QuietTo: "07:00", TimeZone: "Europe/Berlin");

    private static Preference Chosen(Pace? inApp = null, bool? desktop = null, Pace? email = null) =>
        new("ana", new Dictionary<string, Choice> { [Event] = new(inApp, desktop, email) });

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text);

    [Theory]
    [InlineData(Pace.Now, null)]
    [InlineData(Pace.Batch, "2026-09-01T12:05:00Z")]
    [InlineData(Pace.Hourly, "2026-09-01T13:00:00Z")]
    [InlineData(Pace.Daily, "2026-09-02T08:00:00Z")]
    public void What_comes_together_is_held_until_its_time(Pace how, string? until) =>
        new Wishes(Chosen(how)).Plan(Event, NoticePriority.Important, At("2026-09-01T12:03:07Z")).HeldUntil.ShouldBe(until is null ? null : At(until));

    [Fact]
    public void A_time_that_is_just_now_means_the_next_one() =>
        new Wishes(Chosen(email: Pace.Hourly)).Plan(Event, NoticePriority.Important, At("2026-09-01T12:00:00Z")).MailAt.ShouldBe(At("2026-09-01T13:00:00Z"));

    [Theory]
    [InlineData("2026-09-01T21:30:00Z", "2026-09-02T05:00:00Z")] // 23:30 in summer.
    [InlineData("2026-09-02T04:59:59Z", "2026-09-02T05:00:00Z")]
    [InlineData("2026-09-02T05:00:00Z", null)]
    [InlineData("2026-12-01T21:30:00Z", "2026-12-02T06:00:00Z")] // 22:30 in winter.
    [InlineData("2026-12-01T12:00:00Z", null)]
    public void Quiet_hours_hold_in_the_user_s_own_zone(string made, string? until) =>
        new Wishes(Berlin).Plan(Event, NoticePriority.Important, At(made)).HeldUntil.ShouldBe(until is null ? null : At(until));

    [Fact]
    public void Only_what_is_critical_passes_quiet_hours_and_nobody_switches_it_off_in_the_product()
    {
        var wishes = new Wishes(Berlin with { Events = Chosen(Pace.Never, email: Pace.Now).Events });
        var plan = wishes.Plan(Event, NoticePriority.Critical, At("2026-09-01T23:00:00Z"));
        (plan.Muted, plan.HeldUntil, plan.MailAt).ShouldBe((false, null, At("2026-09-01T23:00:00Z")));
        wishes.Plan(Event, NoticePriority.Important, At("2026-09-01T23:00:00Z")).ShouldBe(new(true, false, null, At("2026-09-02T05:00:00Z")));
    }

    [Fact]
    public void The_hour_that_summer_time_leaves_out_is_the_hour_after_it()
    {
        var wishes = new Wishes(Chosen(Pace.Daily) with { TimeZone = "Europe/Berlin", DigestAt = 2 });
        wishes.Plan(Event, NoticePriority.Important, At("2026-03-28T12:00:00Z")).HeldUntil.ShouldBe(At("2026-03-29T01:00:00Z"));
    }

    [Fact]
    public void Hours_of_a_zone_that_is_half_an_hour_off_begin_there() =>
        new Wishes(Chosen(Pace.Hourly) with { TimeZone = "Asia/Kolkata" }).Plan(Event, NoticePriority.Important, At("2026-09-01T12:03:00Z")).HeldUntil.ShouldBe(At("2026-09-01T12:30:00Z"));

    [Fact]
    public void His_own_choice_comes_before_his_role_s_and_that_before_the_product_s()
    {
        var role = new Preference(null, new Dictionary<string, Choice> { [Event] = new(Pace.Batch, false) }, Language: "de");
        var choice = new Wishes(Chosen(email: Pace.Daily), role).For(Event, NoticePriority.Important);
        choice.ShouldBe(new(Pace.Batch, false, Pace.Daily));
        new Wishes(Chosen(), role).Language.ShouldBe("de");
        new Wishes().For(Event, NoticePriority.Important).ShouldBe(Wishes.Usual(NoticePriority.Important));
    }

    [Fact]
    public void Who_wants_no_mail_gets_none_and_who_wants_nothing_is_told_nothing()
    {
        new Wishes(Chosen(email: Pace.Now) with { Mails = false }).Plan(Event, NoticePriority.Important, At("2026-09-01T12:00:00Z")).MailAt.ShouldBeNull();
        new Wishes(Chosen(Pace.Never, true, Pace.Never)).Plan(Event, NoticePriority.Important, At("2026-09-01T12:00:00Z")).ShouldBe(new(true, false, null, null));
    }

    [Theory]
    [InlineData("""{"quietFrom":"25:00"}""", "quietFrom")]
    [InlineData("""{"quietTo":"seven"}""", "quietTo")]
    [InlineData("""{"timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("""{"language":"fr"}""", "language")]
    [InlineData("""{"digestAt":24}""", "digestAt")]
    [InlineData("""{"escalateMinutes":-1}""", "escalateMinutes")]
    [InlineData("""{"deputy":"ana"}""", "deputy")]
    public void What_cannot_be_meant_is_refused_by_name(string set, string field) =>
        new Prefer("ana", Set(set)).Over(new("ana")).Check().ShouldHaveSingleItem().Field.ShouldBe(field);

    [Theory]
    [InlineData("""{"user":"bo"}""")]
    [InlineData("""{"everything":"off"}""")]
    [InlineData("""{"events":{"mention":{"inApp":"sometimes"}}}""")]
    [InlineData("""{"events":{"mention":{"fax":"now"}}}""")]
    [InlineData("""{"digestAt":"eight"}""")]
    public void What_is_not_understood_is_a_fault_of_the_arguments(string set) =>
        Should.Throw<System.Text.Json.JsonException>(() => new Prefer("ana", Set(set)).Over(new("ana")));

    [Fact]
    public void What_is_not_given_stays_and_null_takes_a_choice_away()
    {
        var before = Berlin with { Events = new Dictionary<string, Choice> { [Event] = new(Pace.Daily), ["announcement"] = new(Email: Pace.Now) } };
        var after = new Prefer("ana", Set("""{"quietFrom":null,"events":{"mention":null,"escalation":{"desktop":false}}}""")).Over(before);
        (after.QuietFrom, after.QuietTo, after.TimeZone).ShouldBe((null, "07:00", "Europe/Berlin"));
        after.Events!.Keys.ShouldBe(["announcement", "escalation"]);
    }

    private static Dictionary<string, System.Text.Json.JsonElement> Set(string json) =>
        System.Text.Json.JsonElement.Parse(json).EnumerateObject().ToDictionary(field => field.Name, field => field.Value);
}
