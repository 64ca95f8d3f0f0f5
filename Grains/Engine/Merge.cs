using System.Text.Json;

namespace Crm.Engine;

/// <summary>What became of one field of an edit.</summary>
/// <param name="Value">What to store; null when the two sides contradict each other.</param>
public readonly record struct Merged(JsonElement? Value)
{
    /// <summary>Both sides left the base for different values, and the type cannot hold both.</summary>
    public static readonly Merged Contradiction = new(null);
}

/// <summary>Three-way merge of one field, by its type.</summary>
public static class Merge
{
    /// <summary>Joins what two people made of the same base.</summary>
    /// <param name="before">The value that both started from; JSON null for none, as in the others.</param>
    /// <param name="theirs">What is stored now.</param>
    /// <param name="yours">What is asked for.</param>
    public static Merged Field(FieldType type, JsonElement before, JsonElement theirs, JsonElement yours)
    {
        if (JsonElement.DeepEquals(before, yours))
        {
            return new(theirs);
        }

        if (JsonElement.DeepEquals(before, theirs))
        {
            return new(yours);
        }

        return type switch
        {
            FieldType.Counter => Counters(before, theirs, yours), // First: two people who each add one have added two.
            _ when JsonElement.DeepEquals(theirs, yours) => new(theirs),
            FieldType.Set => Sets(before, theirs, yours),
            FieldType.LongText => LongTexts(before, theirs, yours),
            _ => Merged.Contradiction,
        };
    }

    // What either side added is in, what either side took out is out.
    private static Merged Sets(JsonElement before, JsonElement theirs, JsonElement yours)
    {
        var (was, mine) = (Texts(before).ToHashSet(), Texts(yours).ToList());
        var dropped = was.Except(mine).ToHashSet();
        return new(Json.Element(Texts(theirs).Where(text => !dropped.Contains(text)).Union(mine.Where(text => !was.Contains(text)))));
    }

    private static Merged Counters(JsonElement before, JsonElement theirs, JsonElement yours) =>
        yours.ValueKind != JsonValueKind.Number || theirs.ValueKind != JsonValueKind.Number
            ? Merged.Contradiction
            : new(Json.Element(checked(theirs.GetInt64() + yours.GetInt64() - (before.ValueKind == JsonValueKind.Number ? before.GetInt64() : 0))));

    private static Merged LongTexts(JsonElement before, JsonElement theirs, JsonElement yours) =>
        before.ValueKind != JsonValueKind.String || theirs.ValueKind != JsonValueKind.String || yours.ValueKind != JsonValueKind.String
            ? Merged.Contradiction
            : MergeLines.Join(before.GetString()!, theirs.GetString()!, yours.GetString()!) is { } joined
                ? new(Json.Element(joined))
                : Merged.Contradiction;

    private static IEnumerable<string> Texts(JsonElement set) =>
        set.ValueKind == JsonValueKind.Array ? set.EnumerateArray().Select(item => item.GetString()!) : [];
}
