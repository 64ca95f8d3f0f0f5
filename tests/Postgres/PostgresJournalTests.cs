using Crm.Engine;
using Crm.Engine.Tests;
using Crm.Silo.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crm.Tests;

/// <summary>The contract that every journal keeps, kept by PostgreSQL.</summary>
public class PostgresJournalTests(JournalFixture fixture) : JournalContract, IClassFixture<JournalFixture>
{
    protected JournalFixture Fixture => fixture;

    protected PostgresJournal Postgres => (PostgresJournal)Journal;

    protected virtual int Lanes => 1;

    protected override Task<IJournal> Open() => Task.FromResult<IJournal>(Another());

    /// <summary>Another node on the same database.</summary>
    protected PostgresJournal Another(Func<KindInfo, string, RecordView, Row>? row = null) => new(
        fixture.Options.App, fixture.Database, fixture.Tenants, new SampleCatalog(), new(row ?? Row, Lanes), TimeProvider.System,
        NullLogger<PostgresJournal>.Instance);

    public override async Task DisposeAsync() => await Postgres.DisposeAsync();

    protected static Row Row(KindInfo kind, string tenant, RecordView view)
    {
        var (title, search, terms) = ListRow.Of(kind, tenant, view, []);
        return new(title, search, terms);
    }
}
