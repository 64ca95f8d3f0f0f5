using System.Text.Json;
using Crm.Engine;

namespace Crm.Silo.Postgres;

/// <summary>Dead letters as an operator sees them: with the change, and without its personal values.</summary>
public sealed class DeadLetters(Outbox outbox, IJournal journal, ICatalog catalog) : IDeadLetters
{
    private static readonly JsonElement Hidden = JsonSerializer.SerializeToElement(IDeadLetters.Hidden);

    /// <inheritdoc />
    public async Task<IReadOnlyList<DeadLetter>> Read(string tenant, long after, int limit, CancellationToken cancel = default)
    {
        var letters = new List<DeadLetter>();
        foreach (var parked in await outbox.Parked(tenant, limit, after, cancel))
        {
            var change = (await journal.Read(parked.At, parked.Version - 1, 1, cancel)).FirstOrDefault(change => change.Version == parked.Version);
            letters.Add(new(parked.Seq, parked.At, parked.Version, parked.Reaction, parked.Since, parked.Error, change is null ? null : Shown(parked.At.Kind, change)));
        }

        return letters;
    }

    /// <inheritdoc />
    public Task<bool> Replay(string tenant, long number, CancellationToken cancel = default) => outbox.Replay(tenant, number, cancel);

    /// <inheritdoc />
    public Task<bool> Discard(string tenant, long number, CancellationToken cancel = default) => outbox.Discard(tenant, number, cancel);

    // A field that the kind does not know is a tenant's own, and those count as personal.
    private Change Shown(string kind, Change change) => change with
    {
        Fields = change.Fields.ToDictionary(
            field => field.Key,
            field => field.Key == "deleted" || catalog.Find(kind)?.Field(field.Key) is { Personal: false } ? field.Value : new(Covered(field.Value.From), Covered(field.Value.To))),
    };

    private static JsonElement Covered(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? value : Hidden;
}
