using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <summary>How many contacts of a tenant carry each tag: what a tag field offers while one types.</summary>
public sealed class TagUse : IView
{
    /// <summary>Names the view.</summary>
    public const string ViewName = "contacts.tags";

    /// <summary>Its only row.</summary>
    public const string RowKey = "tags";

    private const string Tags = "tags";
    private const string Deleted = "deleted";

    /// <inheritdoc />
    public string Name => ViewName;

    /// <inheritdoc />
    public bool Hears(string kind, Change change) =>
        kind == Contact.Kind.Name && (change.Fields.ContainsKey(Deleted) || (change.Fields.TryGetValue(Tags, out var tags) && (Any(tags.From) || Any(tags.To))));

    /// <inheritdoc />
    public string Key(Nudge heard) => RowKey;

    /// <inheritdoc />
    public JsonElement Fold(JsonElement? row, Nudge heard)
    {
        var counts = row?.Deserialize<SortedDictionary<string, int>>() ?? [];
        var (before, after) = Carried(heard);
        foreach (var gone in before.Except(after))
        {
            if (counts.TryGetValue(gone, out var count) && count > 1)
            {
                counts[gone] = count - 1;
            }
            else
            {
                counts.Remove(gone);
            }
        }

        foreach (var come in after.Except(before))
        {
            counts[come] = counts.GetValueOrDefault(come) + 1;
        }

        return Json.Element(counts);
    }

    // The tags that counted before and count after: those of a deleted contact do not.
    private static (IReadOnlyList<string> Before, IReadOnlyList<string> After) Carried(Nudge heard)
    {
        var now = heard.After.Fields.TryGetValue(Tags, out var tags) ? Texts(tags) : [];
        var was = heard.Change.Fields.TryGetValue(Tags, out var change) ? Texts(change.From) : now;
        var wasDeleted = heard.Change.Fields.TryGetValue(Deleted, out var deleted) ? deleted.From.ValueKind == JsonValueKind.True : heard.After.Deleted;
        return (wasDeleted || heard.Change.Version == 1 ? [] : was, heard.After.Deleted ? [] : now);
    }

    private static bool Any(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0;

    private static IReadOnlyList<string> Texts(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.GetString()!)] : [];
}
