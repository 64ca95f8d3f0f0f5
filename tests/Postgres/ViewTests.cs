using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>A view counts each change once, however often the outbox hands it out.</summary>
public sealed class ViewTests(JournalFixture fixture) : IClassFixture<JournalFixture>
{
    [Fact]
    public async Task Each_change_goes_into_its_row_once()
    {
        var kinds = new Kinds().Add<Contact>();
        await using var journal = new PostgresJournal(
            fixture.Options.App, fixture.Database, fixture.Tenants, kinds, new(PostgresHosting.Row(kinds)), TimeProvider.System, NullLogger<PostgresJournal>.Instance);
        await using var source = PostgresHosting.Source(fixture.Options);
        var (processes, feed, view) = (new Processes([], [new TagUse()]), new EmbeddedFeed(), new TagUse());
        using var records = new EmbeddedRecords(kinds, new(journal, feed, kinds, processes, TimeProvider.System));
        var (outbox, views) = (new Outbox(fixture.Database, journal, new()), new PostgresViews(fixture.Database, source));
        var caller = Caller.System("acme");
        for (var i = 0; i < 10; i++)
        {
            (await records.Edit(new("acme", "contacts", $"v{i}"), caller, CommandIds.Derive("view", $"{i}"), 0, JsonElement.Parse($$"""{"name":"V {{i}}","tags":["all","t{{i % 3}}"]}""")))
                .Errors.ShouldBeEmpty();
        }

        await records.Do(new("acme", "contacts", "v0"), caller, CommandIds.Derive("view", "delete"), "delete", default);

        var due = await outbox.Claim(100);
        due.Count.ShouldBe(11);
        await Task.WhenAll(due.GroupBy(row => row.At).Select(async line =>
        {
            // In order for each record, as the worker does it, and by two workers at once.
            foreach (var row in line)
            {
                var heard = await outbox.Heard(row);
                await Task.WhenAll(views.Fold(view, heard, row, CancellationToken.None), views.Fold(view, heard, row, CancellationToken.None));
            }
        }));

        var counts = (await views.Row("acme", TagUse.ViewName, TagUse.RowKey))!.Value;
        counts.GetRawText().Replace(" ", "").ShouldBe("""{"t0":3,"t1":3,"t2":3,"all":9}""");
        (await views.Row("globex", TagUse.ViewName, TagUse.RowKey)).ShouldBeNull();
        (await outbox.Claim(100)).ShouldBeEmpty();
    }
}
