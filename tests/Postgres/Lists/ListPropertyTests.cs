using Crm.Silo.Postgres.Lists;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests;

/// <summary>SQL and predicate are made from one tree; these keep them equal.</summary>
public sealed class ListPropertyTests(ListFixture fixture) : IClassFixture<ListFixture>
{
    private const int Worlds = 30;
    private const int QuestionsAWorld = 20;

    [Fact]
    public void A_list_from_SQL_is_the_list_that_the_predicate_and_the_order_make() => Holds(fixture.Lists, 1);

    [Fact]
    public void It_is_the_same_when_the_rows_are_gathered_from_the_index() => Holds(fixture.Gathering, 2);

    [Fact]
    public void It_is_the_same_when_the_list_is_walked_along_its_order() => Holds(fixture.Walking, 3);

    private void Holds(PostgresLists lists, ulong seed) => Prop
        .ForAll(
            Gen.Choose(0, int.MaxValue - 1).SelectMany(world => Gen.Choose(0, 30).Select(count => (World: world, Count: count))).ToArbitrary(),
            each => World(lists, each.World, each.Count).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(Worlds).WithReplay(seed, 1).WithParallelRunConfig(null));

    private async Task World(PostgresLists lists, int world, int count)
    {
        var random = new RandomLists(world);
        var records = random.Records(count);
        await fixture.Store("acme", records);
        await fixture.Store("globex", random.Records(5));
        for (var i = 0; i < QuestionsAWorld; i++)
        {
            var (caller, query) = (random.Caller(), random.Query());
            var (spec, refusal) = ListSpec.Read(caller, ListFixture.Kind, ListFixture.Custom, query.Q, query.Filter, query.Sort);
            if (spec is null)
            {
                (await lists.Find(caller, "contacts", query)).Refusal.ShouldBe(refusal);
                continue;
            }

            var expected = records.Where(spec.Matches).Order(Comparer<RecordView>.Create(spec.Compare)).ToList();
            var actual = await ListFixture.All(lists, caller, query);
            var what = $"world {world} of {count}, question {i}: {query} by {caller.User} {string.Join(',', caller.Permissions)} hidden {string.Join(',', caller.Hidden)}";
            actual.Select(view => view.Id).ShouldBe(expected.Select(view => view.Id), what);
            foreach (var (shown, stored) in actual.Zip(expected))
            {
                shown.Fields.Keys.ShouldBe(spec.Redaction.Show(stored)!.Fields.Keys, ignoreOrder: true, what);
            }
        }
    }
}
