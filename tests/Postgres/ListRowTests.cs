using Crm.Engine.Tests;
using static Crm.Tests.SampleRow;

namespace Crm.Tests;

/// <summary>What the journal writes of what lists find records by.</summary>
public sealed class ListRowTests : JournalTest
{
    [Fact]
    public async Task A_change_that_no_list_finds_a_record_by_moves_the_record_alone()
    {
        var copy = await Copy.Load(Journal, Fresh());
        await copy.Set("name", "Ada");
        var before = await Row();
        await copy.Set("score", 7);
        (await Row()).ShouldBe(before);
        (await Fixture.Ask<string>("SELECT version || ' ' || (fields ->> 'score') FROM records")).ShouldBe(["2 7"]);

        await copy.Set("status", "active");
        (await Row()).ShouldNotBe(before);
    }

    [Fact]
    public async Task Of_changes_that_are_written_together_one_is_enough_to_be_found_by_it()
    {
        var copy = await Copy.Load(Journal, Fresh());
        var other = await Copy.Load(Journal, Fresh());
        await Task.WhenAll(copy.Set("name", "Ada"), other.Set("name", "Bo"));
        await Task.WhenAll(copy.Set("score", 1), copy.Set("name", "Countess"), copy.Set("score", 2), other.Set("score", 3));
        (await Fixture.Ask<string>("SELECT title FROM list_rows ORDER BY title")).ShouldBe(["bo", "countess"]);
        (await Fixture.Ask<string>("SELECT version || ' ' || (fields ->> 'score') FROM records ORDER BY version")).ShouldBe(["2 3", "4 2"]);
    }

    private async Task<string> Row() => (await Fixture.Ask<string>("SELECT xmin || ' ' || title FROM list_rows")).ShouldHaveSingleItem();
}
