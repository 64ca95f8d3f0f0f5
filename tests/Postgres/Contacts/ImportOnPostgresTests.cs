using System.Text;
using System.Text.Json;
using Crm.Engine;

namespace Crm.Tests;

public sealed class ImportOnPostgresTests(ContactsNode node) : IClassFixture<ContactsNode>
{
    [Fact]
    public async Task A_file_comes_in_is_found_adds_nothing_twice_and_is_taken_back()
    {
        var csv = $"Name,Email,Phone,Company\n{string.Join('\n', Enumerable.Range(0, 700).Select(i => $"Round{i} Trip,round{i}@example.com,030 {5_000_000 + i},Firm {i % 9}"))}\n";
        var first = await node.Import(csv);
        Counts(first).ShouldBe(("done", 700, 700, 0, 0, 0));
        (await node.All("round")).Count.ShouldBe(700);
        Counts(await node.Import(csv)).ShouldBe(("done", 700, 0, 0, 700, 0));

        (await node.Door.Do(new("acme", "imports", first.Id), ContactsNode.Ana, Guid.NewGuid(), "revert", JsonElement.Parse("{}"))).Status.ShouldBe(Status.Applied);
        var reverted = await node.Ended(first.Id);
        reverted.Fields["state"].GetString().ShouldBe("reverted");
        reverted.Fields["revert"].GetProperty("deleted").GetInt64().ShouldBe(700);
        (await node.All("round")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Failed_rows_can_be_fetched_mended_and_sent_again()
    {
        var job = await node.Import("Name,Email\nMended One,nonsense\nMended Two,two@mended.example\n=Mended,also nonsense\n");
        Counts(job).ShouldBe(("done", 3, 1, 0, 0, 2));

        using var reader = new StreamReader((await node.Imports.Failures(ContactsNode.Ana, job.Id)).ShouldNotBeNull());
        var file = await reader.ReadToEndAsync();
        file.ShouldBe("line,problem,Name,Email\r\n"
            + "2,emails: Each must be an e-mail address such as maria@example.com.,Mended One,nonsense\r\n"
            + "4,emails: Each must be an e-mail address such as maria@example.com.,'=Mended,also nonsense\r\n");
        Counts(await node.Import(file.Replace("also nonsense", "three@mended.example", StringComparison.Ordinal).Replace("nonsense", "one@mended.example", StringComparison.Ordinal)))
            .ShouldBe(("done", 2, 2, 0, 0, 0));
        (await node.All("mended")).Select(view => Values.Text(view.Fields, "name")).ShouldBe(["=Mended", "Mended One", "Mended Two"], ignoreOrder: true);
        (await node.Imports.Failures(ContactsNode.Ana with { Tenant = "globex" }, job.Id)).ShouldBeNull();
    }

    [Fact]
    public async Task The_same_upload_again_is_the_same_job_and_another_file_under_its_key_is_refused()
    {
        var order = new ImportOrder(Guid.NewGuid(), "a.csv", false, "merge", default);
        var first = (await Begin(order, "Name,Email\nOnly Once,once@example.com\n")).Job!;
        await node.Ended(first.Id);
        (await Begin(order, "Name,Email\nOnly Once,once@example.com\n")).Job!.Id.ShouldBe(first.Id);
        (await Begin(order, "Name,Email\nOnly Twice,once@example.com\n")).Problems.ShouldHaveSingleItem().Code.ShouldBe("command.reused");
        (await Begin(order with { DryRun = true }, "Name,Email\nOnly Once,once@example.com\n")).Problems.ShouldHaveSingleItem().Code.ShouldBe("command.reused");
    }

    [Fact]
    public async Task What_cannot_be_imported_is_refused_at_once_and_leaves_no_file()
    {
        var order = new ImportOrder(Guid.NewGuid(), "a.csv", false, "merge", default);
        (await Begin(order, "")).Problems.ShouldHaveSingleItem().Code.ShouldBe("import.empty");
        (await Begin(order, "Shoe size\n42\n")).Problems.ShouldHaveSingleItem().Code.ShouldBe("import.mapping");
        (await Begin(order, new string('x', 2 << 20))).Problems.ShouldHaveSingleItem().Code.ShouldBe("body.large");
        (await Begin(order with { OnDuplicate = "explode" }, "Name\nAda\n")).Problems.ShouldHaveSingleItem().Code.ShouldBe("field.choice");
        (await node.Imports.Begin(ContactsNode.Ana with { Permissions = new HashSet<string> { "contacts.read" } }, order, new MemoryStream("Name\nAda\n"u8.ToArray())))
            .Problems.ShouldHaveSingleItem().Code.ShouldBe("access.denied");
        node.Uploads.Unfinished().ShouldBeEmpty();
    }

    private Task<ImportAnswer> Begin(ImportOrder order, string csv) => node.Imports.Begin(ContactsNode.Ana, order, new MemoryStream(Encoding.UTF8.GetBytes(csv)));

    internal static (string? State, long Done, long Created, long Merged, long Skipped, long Failed) Counts(RecordView job)
    {
        long Count(string name) => job.Fields[name].GetInt64();
        return (job.Fields["state"].GetString(), Count("done"), Count("created"), Count("merged"), Count("skipped"), Count("failed"));
    }
}

public sealed class ImportRestartTests(ContactsNode node) : IClassFixture<ContactsNode>
{
    [Fact]
    public async Task An_import_goes_on_where_the_node_ended()
    {
        var csv = $"Name,Email\n{string.Join('\n', Enumerable.Range(0, 1_000).Select(i => $"Restart {i} Nr{i},restart{i}@example.com"))}\n";
        await node.Stop();
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await node.Start(records => new Stuck(records, 400, stuck));
        var begun = await node.Imports.Begin(ContactsNode.Ana, new(Guid.NewGuid(), "a.csv", false, "merge", default), new MemoryStream(Encoding.UTF8.GetBytes(csv)));
        await stuck.Task.WaitAsync(TimeSpan.FromMinutes(1));
        node.Uploads.Unfinished().ShouldHaveSingleItem().Id.ShouldBe(begun.Job!.Id);

        await node.Stop();
        await node.Start();

        ImportOnPostgresTests.Counts(await node.Ended(begun.Job.Id)).ShouldBe(("done", 1_000, 1_000, 0, 0, 0));
        var all = await node.All("restart");
        all.Count.ShouldBe(1_000);
        all.ShouldAllBe(view => view.Version == 1);
    }

    /// <summary>After some commands says so, and fails every later one: the node is about to go.</summary>
    private sealed class Stuck(IRecords inner, int steps, TaskCompletionSource stuck) : IRecords
    {
        private int _left = steps;

        public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args)
        {
            if (Interlocked.Decrement(ref _left) >= 0)
            {
                return inner.Do(at, caller, commandId, verb, args);
            }

            stuck.TrySetResult();
            return Task.FromException<Outcome>(new IOException("Gone."));
        }

        public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => inner.Edit(at, caller, commandId, baseVersion, patch);

        public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => inner.Read(at, caller, cancel);

        public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => inner.Since(at, caller, version, limit, cancel);

        public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => inner.History(at, caller, after, limit, cancel);
    }
}
