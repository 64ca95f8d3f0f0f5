namespace Crm.Engine.Tests.Notices;

/// <summary>What happens by time alone: what is held, sent, passed on and forgotten.</summary>
public sealed class NoticeClockTests : IDisposable
{
    private readonly NoticeBench _bench = new(); // It begins at 12:00 UTC.

    [Fact]
    public async Task In_quiet_hours_it_waits_for_their_end()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Prefer(bo, new { quietFrom = "13:00", quietTo = "16:30", timeZone = "Europe/Berlin" }); // 11:00 to 14:30 UTC.
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        (await _bench.Of(bo))[0].Fields.ContainsKey("heldUntil").ShouldBeTrue();
        await _bench.Pass(TimeSpan.FromHours(2));
        (await _bench.Of(bo))[0].Fields.ContainsKey("heldUntil").ShouldBeTrue();
        await _bench.Pass(TimeSpan.FromMinutes(30));
        (await _bench.Of(bo))[0].Fields.ContainsKey("heldUntil").ShouldBeFalse();
    }

    [Fact]
    public async Task What_comes_within_an_hour_goes_out_in_one_letter_without_what_was_read()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await Hourly(bo);
        for (var number = 0; number < 3; number++)
        {
            await _bench.Write(ana, number == 0 ? new { name = "Maria 0", notes = "" } : (object)new { name = $"Maria {number}" });
            await _bench.Write(ana, new { notes = "@bo" });
            await _bench.Write(ana, new { notes = "" });
            await _bench.Pass(TimeSpan.FromMinutes(10));
        }

        await _bench.Do((await _bench.Of(bo))[0], "markRead");
        await _bench.Pass(TimeSpan.FromHours(1));
        var letter = _bench.Post.Taken.ShouldHaveSingleItem();
        (letter.To, letter.Subject).ShouldBe(("bo@acme.test", "2 notices"));
        letter.Text.Split("- ").Length.ShouldBe(3);
        (await _bench.Of(bo)).Count(notice => notice.Fields.ContainsKey("mailed")).ShouldBe(2);
        await _bench.Pass(TimeSpan.FromDays(1));
        _bench.Post.Taken.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_for_an_hour_loses_nothing_and_doubles_nothing()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Prefer(bo, new { events = new { mention = new { email = "now" } } });
        _bench.Post.IsAway = true;
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Pass(TimeSpan.FromHours(1));
        (_bench.Post.Tries, _bench.Post.Taken.Count).ShouldSatisfyAllConditions(counts => counts.Item1.ShouldBeInRange(5, 20), counts => counts.Item2.ShouldBe(0));
        _bench.Post.IsAway = false;
        await _bench.Pass(TimeSpan.FromMinutes(11));
        _bench.Post.Taken.ShouldHaveSingleItem();
        await _bench.Pass(TimeSpan.FromDays(2));
        _bench.Post.Taken.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_letter_whose_answer_was_lost_goes_again_under_the_same_name()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Prefer(bo, new { events = new { mention = new { email = "now" } } });
        _bench.Post.LosesAnswer = true;
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Pass(TimeSpan.FromHours(1));
        _bench.Post.Taken.Count.ShouldBe(2);
        _bench.Post.Taken.Select(letter => letter.Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_address_that_does_not_exist_is_tried_once_and_holds_up_nobody()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.User("cy");
        await _bench.Prefer(bo, new { events = new { mention = new { email = "now" } } });
        _bench.Post.Refuses = "bo@acme.test";
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Pass(TimeSpan.FromDays(1));
        _bench.Post.Tries.ShouldBe(1);
        _bench.Timers.Parked.ShouldBeEmpty();
        (await _bench.Of(bo))[0].Fields.ContainsKey("read").ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_critical_and_unread_goes_to_e_mail_and_then_to_the_deputy()
    {
        var (ana, bo, cy) = (await _bench.User("ana"), await _bench.User("bo"), await _bench.User("cy"));
        await _bench.Prefer(bo, new { deputy = "cy", escalateMinutes = 10 });
        await _bench.Prefer(cy, new { deputy = "bo" });
        await _bench.Write(ana, new { name = "Maria", priority = "high", owner = "bo" });
        await _bench.Pass(TimeSpan.FromMinutes(9));
        _bench.Post.Taken.ShouldBeEmpty();
        await _bench.Pass(TimeSpan.FromMinutes(2));
        _bench.Post.Taken.ShouldHaveSingleItem().Subject.ShouldStartWith("Urgent: Maria");
        (await _bench.Of(cy)).ShouldBeEmpty();

        await _bench.Pass(TimeSpan.FromMinutes(10));
        (await _bench.Text(cy)).ShouldBe("bo Name has not read what is urgent: Maria.");
        (await _bench.Of(bo))[0].Fields.ContainsKey("escalated").ShouldBeTrue();
        await _bench.Pass(TimeSpan.FromDays(1)); // It is not passed back.
        (await _bench.Of(bo)).Count.ShouldBe(1);
        (await _bench.Of(cy)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("markRead", 4)]
    [InlineData("dismiss", 4)]
    [InlineData("markRead", 12)]
    public async Task Reading_it_anywhere_ends_that(string verb, int minutes)
    {
        var (ana, bo, cy) = (await _bench.User("ana"), await _bench.User("bo"), await _bench.User("cy"));
        await _bench.Prefer(bo, new { deputy = "cy", escalateMinutes = 10 });
        await _bench.Write(ana, new { name = "Maria", priority = "high", owner = "bo" });
        await _bench.Pass(TimeSpan.FromMinutes(minutes));
        await _bench.Do((await _bench.Of(bo))[0], verb);
        _bench.Timers.All.ShouldNotContain(alarm => alarm.Bell == "notices.escalate");
        await _bench.Pass(TimeSpan.FromDays(1));
        _bench.Post.Taken.Count.ShouldBe(minutes > 10 ? 1 : 0);
        (await _bench.Of(cy)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deputy_who_may_not_see_it_is_told_nothing()
    {
        var (ana, bo, cy) = (await _bench.User("ana"), await _bench.User("bo"), await _bench.User("cy", "contacts.read.own"));
        await _bench.Prefer(bo, new { deputy = "cy" });
        await _bench.Write(ana, new { name = "Maria", priority = "high", owner = "bo" });
        await _bench.Pass(TimeSpan.FromDays(1));
        (await _bench.Of(cy)).ShouldBeEmpty();
    }

    [Fact]
    public async Task After_thirty_days_it_is_gone()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Pass(TimeSpan.FromDays(29));
        (await _bench.Of(bo)).Count.ShouldBe(1);
        await _bench.Pass(TimeSpan.FromDays(2.1));
        (await _bench.Of(bo)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_preview_says_what_the_last_week_would_have_brought_and_changes_nothing()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await _bench.Prefer(bo, new { events = new Dictionary<string, object> { ["mention"] = new { inApp = "never", email = "never" } } });
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Write(ana, new { owner = "bo" });
        (await _bench.Of(bo)).Count(notice => notice.Fields["muted"].GetBoolean()).ShouldBe(1);

        var set = System.Text.Json.JsonElement.Parse("""{"events":{"mention":{"inApp":"hourly","email":"now"}},"quietFrom":"00:00","quietTo":"23:59"}""");
        var (preview, refusal) = await _bench.Book.Preview(bo, set);
        refusal.ShouldBeNull();
        preview!.Items.ShouldBe([new("contacts.assigned", 1, 1, 0, 1, 0), new("mention", 1, 1, 1, 1, 1)]);
        preview.Mails.ShouldBe(1);
        (await _bench.Book.Preferences(bo, null)).Events.Single(choice => choice.Event == "mention").InApp.ShouldBe("never");
        (await _bench.Book.Preview(bo, System.Text.Json.JsonElement.Parse("""{"events":{"weather":{}}}"""))).Refusal!.Code.ShouldBe("preference.event");
        await _bench.Pass(TimeSpan.FromDays(8));
        (await _bench.Book.Preview(bo, set)).Preview!.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_ends_e_mail_gets_no_more_of_it()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await Hourly(bo);
        await _bench.Write(ana, new { name = "Maria", notes = "@bo" });
        await _bench.Book.EndMail("acme", "bo");
        await _bench.Pass(TimeSpan.FromDays(1));
        _bench.Post.Taken.ShouldBeEmpty();
        (await _bench.Book.Preferences(bo, null)).Email.ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_letter_says_passes_the_reader_s_rights_when_it_is_sent()
    {
        var (ana, bo) = (await _bench.User("ana"), await _bench.User("bo"));
        await Hourly(bo);
        await _bench.Write(ana, new { name = "Maria Secret", notes = "@bo" });
        _bench.Rights("bo", "");
        await _bench.Pass(TimeSpan.FromHours(1));
        var letter = _bench.Post.Taken.ShouldHaveSingleItem();
        $"{letter.Subject}{letter.Text}{letter.Html}".ShouldNotContain("Secret");
    }

    [Fact]
    public async Task Markup_in_a_name_is_text_in_the_letter_and_a_line_break_makes_no_header()
    {
        var member = new Member("bo", "<img src=x onerror=alert(1)>", "bo@acme.test", null, []);
        NoticeText[] texts = [new("n", "mention", new Dictionary<string, string>(), "Eve mentioned you in <script>alert('x')</script>\r\nBcc: all@acme.test.", "contacts/c1", true)];
        var letter = NoticeLetter.Of("id", member, texts, urgent: true, "en", _bench.Post, await _bench.Post.Unsubscribe("acme", "bo"));
        letter.Html.ShouldNotContain("<script");
        letter.Html.ShouldNotContain("<img");
        letter.Html.ShouldContain("&lt;script&gt;");
        letter.Subject.Any(char.IsControl).ShouldBeFalse();
        letter.Text.ShouldContain("https://crm.test/contacts/c1");
    }

    public void Dispose() => _bench.Dispose();

    private Task Hourly(Caller user) => _bench.Prefer(user, new { events = new { mention = new { email = "hourly" } } });
}
