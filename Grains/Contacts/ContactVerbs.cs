using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <summary>A line of an imported file becomes a contact.</summary>
/// <param name="Job">The import.</param>
public sealed record Import(string Job, Contact Fields) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "import";

    /// <inheritdoc />
    public static string Permission => "contacts.import";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment) => Fields with { Imports = [Job], MergedInto = null, Merges = null };
}

/// <summary>A line of an imported file that is about this contact adds what it knows.</summary>
/// <param name="Job">The import.</param>
public sealed record Fill(string Job, Contact Fields) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "fill";

    /// <inheritdoc />
    public static string Permission => "contacts.import";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment)
    {
        var filled = record.Filled(Fields).Tidied(moment);
        return Same(filled, record) ? record : filled with { Imports = [.. (record.Imports ?? []).Where(job => job != Job), Job] }; // The last one is whose the change is.
    }

    private static bool Same(Contact a, Contact b) =>
        JsonElement.DeepEquals(JsonSerializer.SerializeToElement(a, Json.Options), JsonSerializer.SerializeToElement(b, Json.Options));
}

/// <summary>The contact goes into another one: it is deleted, and says into which.</summary>
public sealed record MergeInto(string Winner) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "mergeInto";

    /// <inheritdoc />
    public static string Permission => "contacts.merge";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment) => new(record with { MergedInto = Winner }, null, Deleted: true);
}

/// <summary>The contact takes others in.</summary>
/// <param name="Merge">The merge.</param>
/// <param name="From">Their fields as they were when they went, in the order in which gaps are filled from them.</param>
/// <param name="Chosen">Values to keep instead of the contact's own, by flat name.</param>
public sealed record Absorb(string Merge, IReadOnlyList<JsonElement> From, IReadOnlyDictionary<string, JsonElement>? Chosen = null) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "absorb";

    /// <inheritdoc />
    public static string Permission => "contacts.merge";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment)
    {
        var joined = From.Select(fields => fields.Deserialize<Contact>(Json.Options)!).Aggregate(record, Combining.Absorbing);
        return joined.Set(Chosen ?? new Dictionary<string, JsonElement>()) with { Merges = [.. record.Merges ?? [], Merge] };
    }
}

/// <summary>A contact that went into another one is itself again.</summary>
/// <param name="Winner">Where it went; when it is somewhere else by now, it stays there.</param>
public sealed record ComeBack(string Winner) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "comeBack";

    /// <inheritdoc />
    public static string Permission => "contacts.merge";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment) => record.MergedInto == Winner
        ? new Decision<Contact>(record with { MergedInto = null }, null, Deleted: false)
        : new Problem("mergedInto", "contact.elsewhere", "This contact did not go into that one.");
}

/// <summary>Takes back what a merge or an import did to the contact, wherever nobody changed it since.</summary>
/// <param name="Fields">What was done, by flat name.</param>
public sealed record TakeBack(IReadOnlyDictionary<string, FromTo> Fields) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "takeBack";

    /// <inheritdoc />
    public static string Permission => "contacts.edit";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment) => record.MergedInto is null
        ? record.Without(Fields, [])
        : new Problem("mergedInto", "contact.merged", "This contact was merged into another one. Undo that merge first.");
}

/// <summary>A contact that an import made goes again, if it still is what the import made of it.</summary>
/// <param name="Fields">All its fields as the import left them, by flat name.</param>
public sealed record Withdraw(IReadOnlyDictionary<string, JsonElement> Fields) : IVerb<Contact>
{
    /// <inheritdoc />
    public static string Name => "withdraw";

    /// <inheritdoc />
    public static string Permission => "contacts.delete";

    /// <inheritdoc />
    public Decision<Contact> Decide(Contact record, Moment moment)
    {
        var now = Json.Flatten(record);
        return now.Count == Fields.Count && now.All(field => Fields.TryGetValue(field.Key, out var was) && JsonElement.DeepEquals(was, field.Value))
            ? new Decision<Contact>(record, null, Deleted: true)
            : new Problem("", "contact.touched", "This contact was changed since it was imported.");
    }
}
