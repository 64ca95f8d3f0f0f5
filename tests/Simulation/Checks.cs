using System.Text.Json;

namespace Crm.Simulation;

/// <summary>What must hold of the journal and of an acknowledged edit, written without the engine's own code.</summary>
public static class Checks
{
    private static readonly JsonElement Nothing = JsonElement.Parse("null");

    /// <summary>Whether two records have the same fields with the same values.</summary>
    public static bool Same(IReadOnlyDictionary<string, JsonElement> one, IReadOnlyDictionary<string, JsonElement>? other) =>
        other is not null && one.Count == other.Count
        && one.All(field => other.TryGetValue(field.Key, out var value) && JsonElement.DeepEquals(field.Value, value));

    /// <summary>A field of an acknowledged edit that is not in the version that it was acknowledged as; null when all are.</summary>
    public static string? Forgotten(Command command, Shelf shelf, long version)
    {
        var after = shelf.Views[(int)version - 1].Fields;
        foreach (var field in command.Body.EnumerateObject())
        {
            var now = after.GetValueOrDefault(field.Name, Nothing);
            var before = command.Seen?.GetValueOrDefault(field.Name, Nothing)
                ?? (command.Base > 0 && command.Base <= shelf.Views.Count ? shelf.Views[(int)command.Base - 1].Fields.GetValueOrDefault(field.Name, Nothing) : Nothing);
            var kept = JsonElement.DeepEquals(before, field.Value) || field.Name switch
            {
                "tags" => Words(field.Value).Except(Words(before)).All(Words(now).Contains) && !Words(before).Except(Words(field.Value)).Any(Words(now).Contains),
                "body" => field.Value.GetString()!.Split('\n').Except((before.GetString() ?? "").Split('\n')).All(now.GetString()!.Split('\n').Contains),
                "likes" => Added(shelf, version, "likes") == field.Value.GetInt64() - (before.ValueKind == JsonValueKind.Number ? before.GetInt64() : 0),
                _ => JsonElement.DeepEquals(now, field.Value),
            };
            if (!kept)
            {
                return field.Name;
            }
        }

        return null;
    }

    /// <summary>What is wrong with a record's history; null when nothing is.</summary>
    public static string? Wrong(Address at, Shelf shelf)
    {
        IReadOnlyDictionary<string, JsonElement> before = new Dictionary<string, JsonElement>();
        var commands = new HashSet<(string, Guid)>();
        for (var i = 0; i < shelf.Changes.Count; i++)
        {
            var (change, view) = (shelf.Changes[i], shelf.Views[i]);
            if (change.Version != i + 1 || view.Version != i + 1)
            {
                return $"{at}: version {change.Version} stands where {i + 1} belongs";
            }

            if (!commands.Add(shelf.Commands[i]))
            {
                return $"{at}: version {i + 1} is the second effect of one command";
            }

            if (Step(change, before, view.Fields) is { } field)
            {
                return $"{at}: version {i + 1} and its change differ in {field}";
            }

            if (view.Fields.TryGetValue("stock", out var stock) && stock.GetInt64() < 0)
            {
                return $"{at}: the stock is {stock} at version {i + 1}";
            }

            before = view.Fields;
        }

        return null;
    }

    // The field in which a change, the record before it and the record after it do not fit together.
    private static string? Step(Change change, IReadOnlyDictionary<string, JsonElement> before, IReadOnlyDictionary<string, JsonElement> after)
    {
        foreach (var (name, value) in change.Fields)
        {
            if (name != "deleted" && (!JsonElement.DeepEquals(before.GetValueOrDefault(name, Nothing), value.From)
                || !JsonElement.DeepEquals(after.GetValueOrDefault(name, Nothing), value.To)))
            {
                return name;
            }
        }

        return before.Keys.Union(after.Keys).FirstOrDefault(name => !change.Fields.ContainsKey(name)
            && !JsonElement.DeepEquals(before.GetValueOrDefault(name, Nothing), after.GetValueOrDefault(name, Nothing)));
    }

    private static List<string> Words(JsonElement set) =>
        set.ValueKind == JsonValueKind.Array ? [.. set.EnumerateArray().Select(word => word.GetString()!)] : [];

    private static long Added(Shelf shelf, long version, string field) =>
        shelf.Changes[(int)version - 1].Fields.TryGetValue(field, out var change) ? Number(change.To) - Number(change.From) : 0;

    private static long Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
}
