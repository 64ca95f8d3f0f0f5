using Crm.Silo.Postgres;

namespace Crm.Tests;

/// <summary>Tests that look at a whole database: each has one of its own, with a node's journal on it.</summary>
public abstract class JournalTest : IAsyncLifetime
{
    protected JournalFixture Fixture { get; } = new();

    protected PostgresJournal Journal { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Fixture.InitializeAsync();
        Journal = Fixture.Journal();
    }

    public async Task DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Fixture.DisposeAsync();
    }
}
