using Crm.Web.Live;

namespace Crm.Web.Tests.Live;

/// <summary>How a list's first rows are kept right change by change.</summary>
public sealed class ListWindowTests
{
    private static readonly ListSpec Spec = Samples.Spec(Samples.Manager(), new(null, Samples.Json(new { status = "open" }), "name", 3));
    private readonly ListWindow _window = new(Spec, limit: 3, room: 5);

    [Fact]
    public void A_row_comes_in_at_its_place()
    {
        _window.Load([Row("a"), Row("c")], complete: true);

        Hear(Row("b")).ShouldBe(WindowNews.Changed);

        Shown.ShouldBe("abc");
    }

    [Fact]
    public void A_row_moves_when_what_it_is_sorted_by_changes()
    {
        _window.Load([Row("a"), Row("b"), Row("c")], complete: true);

        Hear(Row("a", 2, name: "z")).ShouldBe(WindowNews.Changed);

        Shown.ShouldBe("bca");
    }

    [Fact]
    public void A_row_that_does_not_match_any_more_goes()
    {
        _window.Load([Row("a"), Row("b")], complete: true);

        Hear(Row("a", 2, status: "done")).ShouldBe(WindowNews.Changed);

        Shown.ShouldBe("b");
    }

    [Fact]
    public void A_row_that_is_deleted_or_hidden_goes()
    {
        _window.Load([Row("a"), Row("b")], complete: true);

        _window.Hear(Row("a", 2), null).ShouldBe(WindowNews.Changed);

        Shown.ShouldBe("b");
    }

    [Fact]
    public void What_never_belonged_is_no_news()
    {
        _window.Load([Row("a")], complete: true);

        Hear(Row("b", status: "done")).ShouldBe(WindowNews.None);
        _window.Hear(Row("b", 2), null).ShouldBe(WindowNews.None);
    }

    [Fact]
    public void An_older_version_of_a_row_changes_nothing()
    {
        _window.Load([Row("a", 5)], complete: true);

        Hear(Row("a", 4, status: "done")).ShouldBe(WindowNews.None);

        Shown.ShouldBe("a");
    }

    [Fact]
    public void A_full_window_lets_its_last_row_go_and_takes_it_back()
    {
        _window.Load([Row("b"), Row("c"), Row("d")], complete: true);

        Hear(Row("a")).ShouldBe(WindowNews.Changed);
        Shown.ShouldBe("abc");
        Hear(Row("a", 2, status: "done")).ShouldBe(WindowNews.Changed);
        Shown.ShouldBe("bcd");
    }

    [Fact]
    public void Behind_the_last_known_row_nothing_is_known()
    {
        _window.Load([Row("a"), Row("b"), Row("c")], complete: false);

        Hear(Row("d")).ShouldBe(WindowNews.None);

        Shown.ShouldBe("abc");
    }

    [Fact]
    public void When_a_row_leaves_a_window_that_is_not_the_whole_list_it_is_short()
    {
        _window.Load([Row("a"), Row("b"), Row("c")], complete: false);

        Hear(Row("b", 2, status: "done")).ShouldBe(WindowNews.Changed | WindowNews.Short);

        Shown.ShouldBe("ac");
    }

    [Fact]
    public void A_row_that_moves_behind_the_last_known_one_leaves()
    {
        _window.Load([Row("a"), Row("b"), Row("c")], complete: false);

        Hear(Row("a", 2, name: "z")).ShouldBe(WindowNews.Changed | WindowNews.Short);

        Shown.ShouldBe("bc");
    }

    [Fact]
    public void The_last_known_row_stays_when_it_does_not_move_down()
    {
        _window.Load([Row("a"), Row("b"), Row("c")], complete: false);

        Hear(Row("c", 2)).ShouldBe(WindowNews.Changed);

        Shown.ShouldBe("abc");
    }

    [Fact]
    public void Any_run_of_changes_leaves_what_reading_again_would_show()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            Follow(new Random(seed), seed);
        }
    }

    private static RecordView Row(string id, long version = 1, string status = "open", string? name = null) =>
        Samples.View(id, version, false, ("name", name ?? id), ("status", status));

    private string Shown => string.Concat(_window.Shown.Select(row => row.Id));

    private WindowNews Hear(RecordView row) => _window.Hear(row, Spec.Place(row));

    private static void Follow(Random random, int seed)
    {
        var store = Enumerable.Range(0, 12).Select(i => Row($"{(char)('a' + i)}", 1, random.Next(2) == 0 ? "open" : "done")).ToDictionary(row => row.Id);
        var window = new ListWindow(Spec, 3, 5);
        Read();
        for (var step = 0; step < 60; step++)
        {
            var id = $"{(char)('a' + random.Next(12))}";
            store[id] = Row(id, store[id].Version + 1, random.Next(3) == 0 ? "done" : "open", $"{(char)('a' + random.Next(12))}");
            if (window.Hear(store[id], Spec.Place(store[id])).HasFlag(WindowNews.Short))
            {
                Read();
            }

            window.Shown.Select(row => (row.Id, row.Version)).ShouldBe(Page(3).Select(row => (row.Id, row.Version)), $"seed {seed}, step {step}");
        }

        void Read() => window.Load([.. Page(5)], complete: store.Values.Count(Spec.Matches) <= 5);
        IEnumerable<RecordView> Page(int count) => store.Values.Where(Spec.Matches).Order(Comparer<RecordView>.Create(Spec.Compare)).Take(count);
    }
}
