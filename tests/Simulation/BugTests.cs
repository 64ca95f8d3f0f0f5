namespace Crm.Simulation;

/// <summary>That nothing is found proves something only if mistakes would be.</summary>
public sealed class BugTests
{
    private const int Seeds = 1_000;
    private const int Handful = 20;

    [Theory]
    [InlineData(Bug.NoFence, "version")]
    [InlineData(Bug.UnfencedAnswer, "nowhere")]
    [InlineData(Bug.AckBeforeCommit, "which the journal does not have")]
    [InlineData(Bug.NoDedupe, "")]
    [InlineData(Bug.IgnoredGap, "the journal is at")]
    [InlineData(Bug.NoResume, "")]
    [InlineData(Bug.MarkBeforeSend, "0 times")]
    [InlineData(Bug.LostAlarm, "without an alarm")]
    [InlineData(Bug.TopicWithoutTenant, "data of another tenant")]
    [InlineData(Bug.LossyMerge, "is missing")]
    [InlineData(Bug.RightsAtConnectOnly, "")]
    [InlineData(Bug.NoDeparture, "there are")]
    [InlineData(Bug.NoRetelling, "there are")]
    [InlineData(Bug.ClaimForAll, "is held by")]
    public void It_is_found_within_1000_seeds_and_shrinks_to_a_handful_of_steps(Bug bug, string told)
    {
        var found = Search.Run(1, Seeds, TimeSpan.FromMinutes(10), bug, stopAfter: 3);

        var (smallest, broken) = found.Findings.Select(finding => Shrink.Of(Plan.Of(finding.Seed), bug))
            .OrderBy(shrunk => shrunk.Broken.Contains(told, StringComparison.Ordinal) ? 0 : 1).ThenBy(shrunk => shrunk.Case.Ops.Count)
            .FirstOrDefault((null!, "nothing was found"));
        broken.ShouldContain(told);
        smallest.Ops.Count.ShouldBeLessThanOrEqualTo(Handful);
    }
}
