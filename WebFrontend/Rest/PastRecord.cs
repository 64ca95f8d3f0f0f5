using System.Text.Json;

namespace Crm.Web.Rest;

/// <summary>Shows a record at the version that a command made, also when others, or the same command long ago, moved it on.</summary>
public static class PastRecord
{
    // Beyond this a repeated command shows the record as it is now: its fold would cost more than it tells.
    private const int LongestFold = 1_000;

    /// <summary>The record at that version; null when the caller may not see it any more.</summary>
    public static async Task<RecordView?> At(IRecords records, Address at, Caller caller, long version, CancellationToken cancel)
    {
        var now = await records.Read(at, caller, cancel);
        return now?.Version == version || version > LongestFold
            ? now
            : await records.History(at, caller, 0, (int)version, cancel) is { } changes && changes.Count == version ? Fold(at, changes) : now;
    }

    private static RecordView Fold(Address at, IReadOnlyList<Change> changes)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in changes.SelectMany(change => change.Fields))
        {
            if (value.To.ValueKind == JsonValueKind.Null)
            {
                fields.Remove(name);
            }
            else
            {
                fields[name] = value.To;
            }
        }

        var deleted = fields.Remove("deleted");
        return new(at.Kind, at.Id, changes[^1].Version, changes[0].At, changes[^1].At, changes[^1].By, deleted, fields);
    }
}
