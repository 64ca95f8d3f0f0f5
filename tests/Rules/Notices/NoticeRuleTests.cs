using Crm.Engine;

namespace Crm.Rules.Tests.Notices;

public sealed class NoticeRuleTests
{
    private static readonly Kinds All = Kinds.All();

    public static TheoryData<string> KindNames => [.. ((ICatalog)All).Kinds.Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(KindNames))]
    public void Every_type_of_change_of_every_kind_tells_somebody_or_is_said_to_tell_nobody(string kind)
    {
        var runtime = All.Runtime(kind)!;
        runtime.Notices.Telling.Concat(runtime.Notices.Silent).Order().ShouldBe(runtime.ChangeTypes.Order());
    }

    [Fact]
    public void Every_event_has_one_meaning_words_in_both_languages_and_a_name_that_fits_a_column()
    {
        var rules = ((ICatalog)All).Kinds.SelectMany(kind => All.Runtime(kind.Name)!.Notices.Rules).ToList();
        rules.Select(rule => rule.Event).Distinct().Count().ShouldBe(new NoticeRules(All, All).Events.Count(rule => !rule.Event.EndsWith(".closed")));
        foreach (var rule in new NoticeRules(All, All).Events)
        {
            rule.Event.ShouldMatch("^[a-z][a-zA-Z.]{2,39}$");
            rule.Words.En.ShouldNotBeNullOrWhiteSpace();
            rule.Words.De.ShouldNotBe(rule.Words.En == "{by}: {title}" ? "" : rule.Words.En);
            Names(rule.Words.En).Order().ShouldBe(Names(rule.Words.De).Order());
        }
    }

    [Fact]
    public void The_priorities_sort_by_name_as_by_urgency() =>
        Enum.GetValues<NoticePriority>().Select(each => each.ToString()).ShouldBe(Enum.GetNames<NoticePriority>().Order(StringComparer.Ordinal));

    private static IEnumerable<string> Names(string text) => text.Split('{').Skip(1).Select(part => part.Split('}')[0]);
}
