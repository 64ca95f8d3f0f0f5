using Crm.Engine;
using Crm.Notices;

namespace Crm.Rules.Tests.Notices;

public sealed class NoticeTests
{
    private static readonly Moment Now = new(Caller.System("acme"), new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero));
    private static readonly Moment Later = Now with { Now = Now.Now.AddMinutes(1) };
    private static readonly Notice Made = new Make("ana", "mention", NoticePriority.Important, "contacts/1", 2, "bo", Actions: ["open", "askAccess"]).Decide(new(), Now).Next!;

    [Fact]
    public void It_pops_up_on_the_first_device_that_asks_and_on_no_other()
    {
        var shown = new Show().Decide(Made, Now).Next!;
        shown.Shown.ShouldBe(Now.Now);
        new Show().Decide(shown, Later).Refusal!.Code.ShouldBe("notice.shown");
    }

    [Fact]
    public void What_is_read_muted_or_held_does_not_pop_up()
    {
        new Show().Decide(Made with { Read = Now.Now }, Now).Refusal!.Code.ShouldBe("notice.read");
        new Show().Decide(Made with { Muted = true }, Now).Refusal!.Code.ShouldBe("notice.held");
        new Show().Decide(Made with { HeldUntil = Later.Now }, Now).Refusal!.Code.ShouldBe("notice.held");
        new Show().Decide(new Release().Decide(Made with { HeldUntil = Later.Now }, Now).Next!, Now).Refusal.ShouldBeNull();
    }

    [Fact]
    public void The_first_time_of_each_step_stands_in_the_ledger()
    {
        var read = new MarkRead().Decide(Made, Now).Next!;
        new MarkRead().Decide(read, Later).Next.ShouldBe(read);
        new Dismiss().Decide(read, Later).Next.ShouldBe(read with { Dismissed = Later.Now });
        var delivered = new Deliver().Decide(Made, Now).Next!;
        new Deliver().Decide(delivered, Later).Next.ShouldBe(delivered);
    }

    [Fact]
    public void One_of_its_own_actions_is_taken_once_and_reads_it()
    {
        new TakeAction("erase").Decide(Made, Now).Refusal!.Code.ShouldBe("notice.action");
        var acted = new TakeAction("open").Decide(Made, Now).Next!;
        (acted.Action, acted.Acted, acted.Read).ShouldBe(("open", Now.Now, Now.Now));
        new TakeAction("askAccess").Decide(acted, Later).Refusal!.Code.ShouldBe("notice.acted");
    }

    [Fact]
    public void What_was_read_is_not_passed_on() => new Escalate().Decide(Made with { Read = Now.Now }, Now).Refusal!.Code.ShouldBe("notice.read");

    [Fact]
    public void Nobody_but_its_user_sees_it_whatever_he_may()
    {
        var fields = Json.Flatten(Made);
        var admin = new Caller("acme", "root", new HashSet<string> { "*" }, new HashSet<string>(), new HashSet<string>());
        new Redaction(admin, Notice.Kind.Info).SeesFields(fields).ShouldBeFalse();
        new Redaction(admin with { User = "ana" }, Notice.Kind.Info).SeesFields(fields).ShouldBeTrue();
        new Redaction(Caller.System("acme"), Notice.Kind.Info).SeesFields(fields).ShouldBeTrue();
        new Redaction(admin, Notice.Kind.Info).OnlyOwn.ShouldBe(("user", "root", null));
    }

    [Fact]
    public void It_holds_no_value_of_any_record() => Notice.Kind.Info.Fields.ShouldAllBe(field => !field.Personal && !field.Searched);
}
