using Crm.Policies;
using Crm.Users;

namespace Crm.Rules.Tests.Accounts;

public sealed class ShareTests
{
    [Theory]
    [InlineData("visible", null)]
    [InlineData("team", "team")]
    [InlineData("hidden", "hidden")]
    public void A_user_chooses_to_whom_he_is_shown(string choice, string? stored) =>
        new Share(choice).Decide(new("Ana", "ana@acme.example", Presence: "team"), default).Next!.Presence.ShouldBe(stored);

    [Fact]
    public void Any_other_choice_is_refused() => new Share("ghost").Decide(new("Ana", "ana@acme.example"), default).Refusal!.Code.ShouldBe("user.presence");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(480, 0)]
    [InlineData(481, 1)]
    public void People_are_away_after_one_minute_to_eight_hours(int minutes, int problems) => new Policy(AwayMinutes: minutes).Check().Count().ShouldBe(problems);
}
