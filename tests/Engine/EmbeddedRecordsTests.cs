using System.Text.Json;

namespace Crm.Engine.Tests;

/// <summary>The contract of records, kept inside one process.</summary>
public sealed class EmbeddedRecordTests : RecordContract;

/// <inheritdoc cref="EmbeddedRecordTests"/>
public sealed class EmbeddedRecordReadTests : RecordReadContract;

/// <summary>What this host alone promises: how many records it keeps in memory.</summary>
public sealed class EmbeddedRecordsTests : IDisposable
{
    private static readonly Address At = new("acme", "notes", "n1");
    private readonly Bench _bench = new();
    private readonly Caller _ann = Bench.Caller("ann");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Idle_records_leave_memory_and_come_back_from_the_journal()
    {
        using var records = _bench.EmbeddedHost(new());
        (await Edit(records, At, 0, "Demo")).ShouldBeDone(Status.Applied, 1);
        records.Count.ShouldBe(1);

        _bench.Time.Advance(TimeSpan.FromMinutes(15));

        records.Count.ShouldBe(0);
        (await Edit(records, At, 1, "Back")).ShouldBeDone(Status.Applied, 2);
    }

    [Fact]
    public async Task Not_more_than_the_bound_stay_in_memory()
    {
        using var records = _bench.EmbeddedHost(new(Most: 10));
        for (var i = 0; i < 30; i++)
        {
            await Edit(records, At with { Id = $"r{i}" }, 0, "x");
        }

        records.Count.ShouldBeLessThanOrEqualTo(12);
    }

    private Task<Outcome> Edit(EmbeddedRecords records, Address at, long baseVersion, string title) =>
        records.Edit(at, _ann, _bench.NewId(), baseVersion, JsonSerializer.SerializeToElement(new { title }));
}
