using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>Watching lists over the wire: whatever happens, the client's window becomes what reading the list would show.</summary>
public sealed class ListTests : IAsyncLifetime
{
    private LiveHost _host = null!;
    private HubClient _ana = null!;

    public async Task InitializeAsync()
    {
        _host = await LiveHost.Start(options => options.ListsEvery = TimeSpan.FromMilliseconds(300));
        _ana = await _host.Connect();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_row_comes_moves_and_goes()
    {
        Put("b", "open");
        var list = await Follow(new { filter = new { status = "open" }, sort = "name" });

        Put("a", "open");
        await list.Shows("a", "b");
        _host.Records.Put(Samples.At("a"), ("name", "z"));
        await list.Shows("b", "a");
        Put("b", "done");
        await list.Shows("a");
        _host.Records.Delete(Samples.At("a"));
        await list.Shows();
        _host.Records.Restore(Samples.At("a"));
        await list.Shows("a");

        var first = _ana.All.First(heard => heard.Target == "ListChanged").Argument;
        first.GetProperty("subscription").GetString().ShouldBe(list.Subscription);
        first.GetProperty("upserts").GetArrayLength().ShouldBe(1);
        first.GetProperty("upserts")[0].GetProperty("fields").GetProperty("name").GetString().ShouldBe("a");
        first.GetProperty("removed").GetArrayLength().ShouldBe(0);
        first.GetProperty("order").EnumerateArray().Select(id => id.GetString()).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Rows_that_leave_a_full_window_are_replaced_by_those_behind_it()
    {
        for (var i = 0; i < 40; i++)
        {
            Put($"r{i:00}", "open");
        }

        var list = await Follow(new { filter = new { status = "open" }, limit = 5 });
        list.Next.ShouldNotBeNull();

        for (var i = 0; i < 30; i++)
        {
            Put($"r{i:00}", "done");
        }

        await list.Shows("r30", "r31", "r32", "r33", "r34");
    }

    [Fact]
    public async Task What_no_nudge_told_is_found_by_reading_again()
    {
        Put("a", "open");
        Put("b", "open");
        var list = await Follow(new { filter = new { status = "open" } });
        _host.Records.Wire = static (_, _) => { };

        Put("a", "done");
        Put("c", "open");
        _host.Records.Put(Samples.At("b"), ("title", "new"));

        await list.Shows("b", "c");
        await LiveHost.Until(() => list.Rows["b"].GetProperty("version").GetInt64() == 2, "the new version of b");
    }

    [Fact]
    public async Task Those_who_ask_the_same_share_the_reading()
    {
        Put("a", "open");
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _host.Connect($"acme.u{i}")));
        var before = _host.Records.Finds;
        var lists = await Task.WhenAll(clients.Select(client => Follow(new { filter = new { status = "open" } }, client)));

        (_host.Records.Finds - before).ShouldBeLessThan(5);
        Put("b", "open");
        foreach (var list in lists)
        {
            await list.Shows("a", "b");
        }
    }

    [Fact]
    public async Task The_cursor_of_the_next_page_belongs_to_the_page_that_was_answered()
    {
        for (var i = 0; i < 40; i++)
        {
            Put($"r{i:00}", "open");
        }

        (await Follow(new { limit = 5 })).Next.ShouldBe("after r04");
        Put("r00", "gone");
        _host.Records.Delete(Samples.At("r01"));

        for (var i = 0; i < 50; i++)
        {
            var list = await Follow(new { limit = 5 });
            list.Next.ShouldBe($"after {list.Answered[^1]}");
            await _ana.Invoke("UnwatchList", list.Subscription);
            _host.Records.Delete(Samples.At($"r{i % 30 + 2:00}"));
        }
    }

    [Fact]
    public async Task An_unwatched_list_is_silent()
    {
        var (kept, left) = (await Follow(new { }), await Follow(new { sort = "-name" }));
        await _ana.Invoke("UnwatchList", left.Subscription);

        Put("a", "open");
        await kept.Shows("a");

        left.Ids.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_own_records_are_listed_to_who_may_see_only_his_own()
    {
        _host.Callers.Set("bo", Samples.Seller());
        var list = await Follow(new { }, await _host.Connect("acme.bo"));

        _host.Records.Put(Samples.At("a"), ("name", "a"), ("owner", "bo"));
        _host.Records.Put(Samples.At("b"), ("name", "b"), ("owner", "ana"));
        _host.Records.Put(Samples.At("c"), ("name", "c"), ("owner", "bo"));
        await list.Shows("a", "c");
        _host.Records.Put(Samples.At("a"), ("owner", "ana"));
        await list.Shows("c");
    }

    [Fact]
    public async Task Under_a_storm_of_changes_every_follower_ends_where_reading_ends()
    {
        for (var i = 0; i < 30; i++)
        {
            Put($"r{i:00}", "open");
        }

        var random = new Random(3);
        var lists = new List<Follower>();
        for (var i = 0; i < 6; i++)
        {
            lists.Add(await Follow(new { filter = new { status = "open" }, sort = i % 2 == 0 ? "name" : "-title", limit = 7 }, await _host.Connect($"acme.u{i}")));
            for (var step = 0; step < 200; step++)
            {
                _host.Records.Put(Samples.At($"r{random.Next(30):00}"), ("status", random.Next(3) > 0 ? "open" : "done"), ("name", $"{random.Next(100)}"), ("title", $"{random.Next(100)}"));
            }
        }

        foreach (var (list, i) in lists.Select((list, i) => (list, i)))
        {
            var query = new ListQuery(null, Samples.Json(new { status = "open" }), i % 2 == 0 ? "name" : "-title", 7);
            var expected = (await _host.Records.Find(Samples.Manager(), "contacts", query)).Page!.Items;
            await list.Shows([.. expected.Select(row => row.Id)]);
            await LiveHost.Until(() => expected.All(row => list.Rows[row.Id].GetProperty("version").GetInt64() == row.Version), "the same versions");
        }
    }

    private void Put(string id, string status) => _host.Records.Put(Samples.At(id), ("name", id), ("status", status));

    private async Task<Follower> Follow(object query, HubClient? client = null) =>
        new(client ?? _ana, await (client ?? _ana).Invoke("WatchList", "contacts", query));

    /// <summary>A list as a client keeps it: the answer, and every message after it.</summary>
    private sealed class Follower(HubClient client, JsonElement answer)
    {
        public string Subscription { get; } = answer.GetProperty("subscription").GetString()!;

        public string? Next { get; } = answer.GetProperty("next").GetString();

        public IReadOnlyList<string> Answered { get; } = [.. answer.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("id").GetString()!)];

        public Dictionary<string, JsonElement> Rows => State().Rows;

        public IReadOnlyList<string> Ids => State().Order;

        public async Task Shows(params string[] ids)
        {
            try
            {
                await LiveHost.Until(() => Ids.SequenceEqual(ids), string.Join(' ', ids));
            }
            catch (TimeoutException)
            {
                Ids.ShouldBe(ids);
            }
        }

        private (Dictionary<string, JsonElement> Rows, IReadOnlyList<string> Order) State()
        {
            var rows = answer.GetProperty("items").EnumerateArray().ToDictionary(row => row.GetProperty("id").GetString()!);
            IReadOnlyList<string> order = [.. rows.Keys];
            foreach (var change in client.All.Where(heard => heard.Target == "ListChanged").Select(heard => heard.Argument)
                .Where(change => change.GetProperty("subscription").GetString() == Subscription))
            {
                foreach (var id in change.GetProperty("removed").EnumerateArray())
                {
                    rows.Remove(id.GetString()!).ShouldBeTrue();
                }

                foreach (var row in change.GetProperty("upserts").EnumerateArray())
                {
                    rows[row.GetProperty("id").GetString()!] = row;
                }

                order = [.. change.GetProperty("order").EnumerateArray().Select(id => id.GetString()!)];
                rows.Keys.ShouldBe(order, ignoreOrder: true);
            }

            return (rows, order);
        }
    }
}
