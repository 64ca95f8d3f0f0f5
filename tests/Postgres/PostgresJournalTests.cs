using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>The contract that every journal keeps, kept by PostgreSQL.</summary>
public class PostgresJournalTests(JournalFixture fixture) : JournalContract, IClassFixture<JournalFixture>
{
    protected virtual int Lanes => 1;

    protected override Task<IJournal> Open() => Task.FromResult<IJournal>(fixture.Journal(new(SampleRow.Of, Lanes)));

    public override async Task DisposeAsync() => await ((PostgresJournal)Journal).DisposeAsync();
}

/// <summary>The same with several writers side by side.</summary>
public sealed class PostgresLanesTests(JournalFixture fixture) : PostgresJournalTests(fixture)
{
    protected override int Lanes => 3;
}

/// <summary>The read model's row of a sample record.</summary>
public static class SampleRow
{
    public static Row Of(KindInfo kind, string tenant, RecordView view)
    {
        var (title, search, terms, keys) = ListRow.Of(kind, tenant, view, []);
        return new(title, search, terms, keys);
    }

    /// <summary>A node's journal on the fixture's database.</summary>
    public static PostgresJournal Journal(this JournalFixture fixture, JournalOptions? options = null) => new(
        fixture.Options.App, fixture.Database, fixture.Tenants, new SampleCatalog(), options ?? new(Of), TimeProvider.System, NullLogger<PostgresJournal>.Instance);

    /// <summary>A record that no other test uses.</summary>
    public static Address Fresh(string tenant = "acme") => new(tenant, SampleCatalog.Contacts, Guid.NewGuid().ToString("N"));
}
