using System.Text.Json;
using Crm.Imports;

namespace Crm.Engine.Tests;

public sealed class ImportTests : IDisposable
{
    private readonly ImportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Northwind_comes_in_and_a_second_time_adds_nothing()
    {
        var csv = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", "northwind-customers.csv"));
        Counts(await _bench.Import(csv)).ShouldBe((ImportState.Done, 91, 91, 0, 0, 0));
        Counts(await _bench.Import(csv)).ShouldBe((ImportState.Done, 91, 0, 0, 91, 0));

        var maria = await _bench.Contact("Maria Anders");
        (maria.Company, maria.Title, maria.Owner, maria.Address!.City).ShouldBe(("Alfreds Futterkiste", "Sales Representative", "ana", "Berlin"));
        maria.Phones.ShouldBe(["030-0074321"]);
    }

    [Fact]
    public async Task A_row_about_a_contact_that_is_there_fills_its_gaps_and_overwrites_nothing()
    {
        await _bench.Contacts.Make("maria", new { name = "Maria Anders", emails = new[] { "maria@example.com" }, title = "Owner", tags = new[] { "vip" } });
        var job = await _bench.Import("Name,Email,Job Title,Company,Tags,Phone\nM. Anders,MARIA@example.com,CEO,Alfreds,wholesale,030 1234567\nMaria Anders,maria@example.com,,,,\n");

        Counts(job).ShouldBe((ImportState.Done, 2, 0, 1, 1, 0));
        var maria = await _bench.Contact("Maria Anders");
        (maria.Title, maria.Company).ShouldBe(("Owner", "Alfreds"));
        maria.Tags.ShouldBe(["vip", "wholesale"]);
        maria.Phones.ShouldBe(["030 1234567"]);
    }

    [Theory]
    [InlineData("merge", 1, 1, 0)]
    [InlineData("skip", 1, 0, 1)]
    [InlineData("create", 2, 0, 0)]
    public async Task What_becomes_of_duplicates_can_be_chosen(string onDuplicate, long created, long merged, long skipped)
    {
        var job = await _bench.Import("Name,Email,Phone\nAda,ada@example.com,\nAda,ada@example.com,030 1234567\n", onDuplicate: onDuplicate);
        Counts(job).ShouldBe((ImportState.Done, 2, created, merged, skipped, 0));
    }

    [Fact]
    public async Task Duplicates_within_a_file_are_found_however_far_apart()
    {
        var rows = Enumerable.Range(0, 1_200).Select(i => $"Person {i % 400} Nr{i % 400},p{i % 400}@example.com,030 {1_000_000 + i}");
        var job = await _bench.Import($"Name,Email,Phone\n{string.Join('\n', rows)}\n");

        Counts(job).ShouldBe((ImportState.Done, 1_200, 400, 800, 0, 0));
        (await _bench.Contact("Person 7 Nr7")).Phones!.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Broken_lines_are_told_and_the_rest_goes_on()
    {
        var job = await _bench.Import("Name,Email\nAda,ada@example.com\n\"Bob,bob@example.com\nCleo,nonsense\n,\nDora,dora@example.com,extra\nEve,eve@example.com\n");

        Counts(job).ShouldBe((ImportState.Done, 5, 2, 0, 0, 3));
        job.Errors!.Select(error => (error.Line, error.Field)).ShouldBe([(3, ""), (4, "emails"), (6, "")]);
        _bench.Files.Failed.Select(row => row.Row.Line).ShouldBe([3, 4, 6]);
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_happen_and_writes_nothing()
    {
        await _bench.Contacts.Make("ada", new { name = "Ada", emails = new[] { "ada@example.com" } });
        var job = await _bench.Import("Name,Email,Phone\nAda,ada@example.com,030 1234567\nAda,ada@example.com,030 1234567\nBob,bob@example.com,\nBob,bob@example.com,\nX,nonsense,\n", dryRun: true);

        Counts(job).ShouldBe((ImportState.Done, 5, 1, 1, 2, 1));
        job.Preview!["merged"].ShouldHaveSingleItem().Contact.ShouldBe("ada");
        job.Preview["created"].ShouldHaveSingleItem().Line.ShouldBe(4);
        job.Preview["skipped"].Count.ShouldBe(2);
        job.Columns.ShouldBe(["Name", "Email", "Phone"]);
        job.Sample!.Count.ShouldBe(5);
        (await _bench.All()).ShouldHaveSingleItem().Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_mapping_overrules_the_header()
    {
        await _bench.Import("A,B\nAda,ada@example.com\n", mapping: new { A = "company", B = "emails" });
        (await _bench.All()).ShouldHaveSingleItem().Fields["company"].GetString().ShouldBe("Ada");
    }

    [Fact]
    public async Task Wherever_it_breaks_off_it_goes_on_and_makes_nothing_twice()
    {
        var csv = $"Name,Email\n{string.Join('\n', Enumerable.Range(0, 600).Select(i => $"Person {i} Nr{i},p{i}@example.com"))}\nPerson 1 Nr1,p1@example.com\n";
        foreach (var steps in new[] { 1, 3, 200, 300, 550, 601 })
        {
            using var bench = new ImportBench();
            var at = await bench.Begin(csv);
            var whole = bench.Services;
            bench.Services = whole with { Records = new Breaking(whole.Records, steps) };
            await Should.ThrowAsync<IOException>(new ImportRunner(bench.Services).Run(at, CancellationToken.None));
            bench.Files.Has(at).ShouldBeTrue();

            bench.Services = whole;
            await new ImportRunner(whole).Run(at, CancellationToken.None);

            Counts(await bench.Read(at)).ShouldBe((ImportState.Done, 601, 600, 0, 1, 0));
            var filter = Json.Element(new { imports = new { has = at.Id } });
            var first = (await bench.Reads.Find(ContactsBench.System, "contacts", new(null, filter, null, 700))).Page!;
            first.Items.Count.ShouldBe(600);
            first.Items.ShouldAllBe(view => view.Version == 1);
            bench.Files.Has(at).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Who_may_not_import_any_more_imports_nothing()
    {
        var at = await _bench.Begin("Name\nAda\n");
        _bench.Rights = user => ContactsBench.Caller(user, "contacts.read");
        await new ImportRunner(_bench.Services).Run(at, CancellationToken.None);

        var job = await _bench.Read(at);
        (job.State, job.Done).ShouldBe((ImportState.Failed, 0));
        job.Reason.ShouldNotBeNull();
        (await _bench.All()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_import_does_nothing_more()
    {
        var at = await _bench.Begin("Name\nAda\n");
        var door = _bench.Contacts.BehindImports();
        (await door.Do(at, ContactsBench.Caller("ana"), _bench.Contacts.NewId(), "cancel", JsonElement.Parse("{}"))).Status.ShouldBe(Status.Applied);
        await new ImportRunner(_bench.Services).Run(at, CancellationToken.None);

        (await _bench.Read(at)).State.ShouldBe(ImportState.Cancelled);
        (await _bench.All()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reverted_it_never_was()
    {
        await _bench.Contacts.Make("ada", new { name = "Ada", emails = new[] { "ada@example.com" }, tags = new[] { "vip" } });
        var before = await _bench.Contacts.Fields("ada");
        await _bench.Import("Name,Email,Phone,Tags\nAda,ada@example.com,030 1234567,new\nBob,bob@example.com,,\nBob,bob@example.com,040 1234567,\n");

        var job = await _bench.Revert(1);

        (job.State, job.Revert!.Deleted, job.Revert.Undone, job.Revert.Left).ShouldBe((ImportState.Reverted, 1, 1, 0));
        (await _bench.Contacts.Fields("ada")).ShouldBe(before);
        (await _bench.All()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Reverting_leaves_what_somebody_changed_since_and_says_so()
    {
        await _bench.Contacts.Make("ada", new { name = "Ada", emails = new[] { "ada@example.com" } });
        await _bench.Import("Name,Email,Job Title,Company\nAda,ada@example.com,Owner,Acme\nBob,bob@example.com,,\nCleo,cleo@example.com,,\n");
        var bob = (await _bench.All()).Single(view => Values.Text(view.Fields, "name") == "Bob").Id;
        (await _bench.Contacts.Edit("ada", 2, new { title = "CEO" })).ShouldBeDone(Status.Applied, 3);
        (await _bench.Contacts.Edit(bob, 1, new { title = "CFO" })).ShouldBeDone(Status.Applied, 2);

        var job = await _bench.Revert(1);

        (job.State, job.Revert!.Deleted, job.Revert.Undone, job.Revert.Left).ShouldBe((ImportState.Reverted, 1, 0, 2));
        job.Revert.Kept.OrderBy(kept => kept.Fields.Count).Select(kept => (kept.Contact, string.Join(',', kept.Fields))).ShouldBe([(bob, ""), ("ada", "title")]);
        var ada = await _bench.Contact("Ada");
        (ada.Title, ada.Company, ada.Imports).ShouldBe(("CEO", null, null));
    }

    [Fact]
    public async Task Of_two_imports_each_is_taken_back_by_itself()
    {
        await _bench.Import("Name,Email\nAda,ada@example.com\n");
        await _bench.Import("Name,Email,Phone\nAda,ada@example.com,030 1234567\n");
        (await _bench.Revert(2)).Revert!.Undone.ShouldBe(1);
        (await _bench.Contact("Ada")).Phones.ShouldBeNull();
        (await _bench.All()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_revert_that_breaks_off_goes_on()
    {
        await _bench.Import($"Name,Email\n{string.Join('\n', Enumerable.Range(0, 300).Select(i => $"Person {i} Nr{i},p{i}@example.com"))}\n");
        var whole = _bench.Services;
        _bench.Services = whole with { Records = new Breaking(whole.Records, 100) };
        await Should.ThrowAsync<IOException>(_bench.Revert(1));
        _bench.Services = whole;
        await new ImportRunner(whole).Run(ImportBench.Job(1), CancellationToken.None);

        (await _bench.Read(ImportBench.Job(1))).State.ShouldBe(ImportState.Reverted);
        (await _bench.All()).ShouldBeEmpty();
    }

    private static (ImportState State, long? Done, long Created, long Merged, long Skipped, long Failed) Counts(ImportJob job)
    {
        job.Total.ShouldBe(job.Done);
        return (job.State, job.Done, job.Created, job.Merged, job.Skipped, job.Failed);
    }

    /// <summary>Lets some commands through and fails every later one, as a process does that dies.</summary>
    private sealed class Breaking(IRecords inner, int steps) : IRecords
    {
        private int _left = steps;

        public Task<Outcome> Do(Address at, Caller caller, Guid commandId, string verb, JsonElement args) => Interlocked.Decrement(ref _left) >= 0
            ? inner.Do(at, caller, commandId, verb, args)
            : Task.FromException<Outcome>(new IOException("Gone."));

        public Task<Outcome> Edit(Address at, Caller caller, Guid commandId, long baseVersion, JsonElement patch) => inner.Edit(at, caller, commandId, baseVersion, patch);

        public Task<RecordView?> Read(Address at, Caller caller, CancellationToken cancel = default) => inner.Read(at, caller, cancel);

        public Task<CatchUp?> Since(Address at, Caller caller, long version, int limit, CancellationToken cancel = default) => inner.Since(at, caller, version, limit, cancel);

        public Task<IReadOnlyList<Change>?> History(Address at, Caller caller, long after, int limit, CancellationToken cancel = default) => inner.History(at, caller, after, limit, cancel);
    }
}
