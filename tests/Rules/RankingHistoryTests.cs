using Crm.Engine;
using Crm.Notices.Priority;
using Xunit.Abstractions;

namespace Crm.Rules.Tests;

/// <summary>
/// A generated history: 40 people of one tenant come back to 30 waiting notices each of 40 times, and act on those that matter to them. What matters is
/// drawn from how the tenant works, from what each likes and from chance; neither the rules nor the weights know any of it.
/// </summary>
public sealed class RankingHistoryTests(ITestOutputHelper output)
{
    private const int People = 40;
    private const int Returns = 40;
    private const int Waiting = 30;
    private const int Shown = 5;
    private static readonly string[] Events = ["contacts.assigned", "contacts.changed", "contacts.mentioned", "meetings.moved", "meetings.cancelled", "views.changed", "imports.done", "calls.assigned"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_top_five_hold_more_of_what_matters_than_the_newest_five(int seed)
    {
        var (newest, rules, learned, best, first) = Run(seed);
        output.WriteLine($"precision of the top five: newest {newest:P0}, rules {rules:P0}, learned {learned:P0}, whoever knew each one's mind {best:P0}; a newcomer's first five {first:P0}");
        rules.ShouldBeGreaterThan(newest + 0.10);
        learned.ShouldBeGreaterThan(newest + 0.25);
        learned.ShouldBeGreaterThan(rules + 0.10);
        learned.ShouldBeGreaterThan(best - 0.20);
        first.ShouldBeGreaterThan(rules + 0.04, "who starts starts from his tenant's");
    }

    // Precision over the second half of the history, when there was something to learn from; and that of newcomers at their first return.
    private static (double Newest, double Rules, double Learned, double Best, double First) Run(int seed)
    {
        var random = new Random(seed);
        var tenant = new Ranking();
        var common = Events.ToDictionary(name => name, _ => Normal(random) * 1.2);
        var people = Enumerable.Range(0, People).Select(number => new Person($"u{number}", random, common)).ToList();
        var (newest, rules, learned, best, first) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var turn = 0; turn < Returns; turn++)
        {
            foreach (var person in people)
            {
                var notices = Enumerable.Range(0, Waiting).Select(_ => Draw(random)).Select(facts => (Facts: facts, Matters: person.Cares(facts, random))).ToList();
                if (turn >= Returns / 2)
                {
                    newest.Add(Precision(notices.Take(Shown)));
                    rules.Add(Precision(notices.OrderByDescending(notice => new Ranking().Rank(notice.Facts, new()).Score).Take(Shown)));
                    best.Add(Precision(notices.OrderByDescending(notice => person.Odds(notice.Facts)).Take(Shown)));
                    learned.Add(Precision(notices.OrderByDescending(notice => person.Ranking.Rank(notice.Facts, tenant).Score).Take(Shown)));
                }

                tenant = person.Answer(notices, tenant);
            }
        }

        foreach (var newcomer in Enumerable.Range(0, 200).Select(number => new Person($"n{number}", random, common)))
        {
            var notices = Enumerable.Range(0, Waiting).Select(_ => Draw(random)).Select(facts => (Facts: facts, Matters: newcomer.Cares(facts, random))).ToList();
            first.Add(Precision(notices.OrderByDescending(notice => newcomer.Ranking.Rank(notice.Facts, tenant).Score).Take(Shown)));
        }

        return (newest.Average(), rules.Average(), learned.Average(), best.Average(), first.Average());
    }

    private static double Precision(IEnumerable<(NoticeFacts Facts, bool Matters)> shown) => shown.Average(notice => notice.Matters ? 1.0 : 0.0);

    private static NoticeFacts Draw(Random random) => new(
        Events[random.Next(Events.Length)], (NoticePriority)(random.Next(30) switch { 0 => 0, < 9 => 1, _ => 2 }), (OwnRole)random.Next(6), (Sender)random.Next(3),
        random.Next(4) switch { 0 => "high", 1 => "low", _ => null }, random.Next(3) == 0 ? TimeSpan.FromHours(random.Next(1, 200)) : null);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private sealed class Person(string name, Random random, Dictionary<string, double> common)
    {
        // What he likes is what his tenant's work brings with it, and something of his own.
        private readonly Dictionary<string, double> _likes = Events.ToDictionary(name => name, name => common[name] + (Normal(random) * 1.2));
        private readonly Dictionary<OwnRole, double> _roles = Enum.GetValues<OwnRole>().ToDictionary(role => role, _ => Normal(random) * 0.5);
        private int _answers;

        public Ranking Ranking { get; private set; } = new();

        public bool Cares(NoticeFacts facts, Random chance) => chance.NextDouble() < 1 / (1 + Math.Exp(-Odds(facts)));

        public double Odds(NoticeFacts facts) => -2 + _likes[facts.Event] + _roles[facts.Role] + ((int)(NoticePriority.Information - facts.Level) * 0.8) + (facts.CustomerPriority == "high" ? 0.7 : 0)
            + (facts.Role is OwnRole.Mentioned or OwnRole.Assignee ? 0.8 : 0) + (facts.UntilDue < TimeSpan.FromHours(24) ? 0.8 : 0);

        public Ranking Answer(IEnumerable<(NoticeFacts Facts, bool Matters)> notices, Ranking tenant)
        {
            foreach (var (facts, matters) in notices)
            {
                var response = matters ? (random.Next(2) == 0 ? Response.Acted : Response.Opened) : random.Next(2) == 0 ? Response.Dismissed : Response.Ignored;
                var colleagues = Ranking.Rank(facts, tenant).Why.FirstOrDefault(reason => reason.Name == Ranking.ColleaguesReason)?.Points ?? 0;
                Ranking = new Learn(name, facts.Features(), response, colleagues).Decide(Ranking, default).Next!;
                if (++_answers % 10 == 0)
                {
                    tenant = new Blend(Ranking.Weights!).Decide(tenant, default).Next!;
                }
            }

            return tenant;
        }
    }
}
