using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <summary>Makes one contact of two, and takes that back.</summary>
public static class Combining
{
    /// <summary>Sets are united and gaps are filled; what the contact has is never overwritten.</summary>
    public static Contact Filled(this Contact into, Contact from) => into with
    {
        Name = into.Name ?? from.Name,
        Emails = Union(into.Emails, from.Emails, email => email),
        Phones = Union(into.Phones, from.Phones, phone => ContactKeys.Phone(phone) ?? phone),
        Company = into.Company ?? from.Company,
        Title = into.Title ?? from.Title,
        Address = into.Address?.FilledFrom(from.Address) ?? from.Address,
        Tags = Union(into.Tags, from.Tags, Fold.Text),
        Owner = into.Owner ?? from.Owner,
        Notes = into.Notes ?? from.Notes,
        Custom = Custom(into.Custom, from.Custom),
    };

    /// <summary>As <see cref="Filled"/>, but nobody's notes are lost: they follow the winner's own.</summary>
    public static Contact Absorbing(this Contact into, Contact from) => into.Filled(from) with { Notes = Notes(into.Notes, from.Notes) };

    /// <summary>Sets values by flat name; null takes a value away, an address is patched part by part.</summary>
    public static Contact Set(this Contact contact, IEnumerable<KeyValuePair<string, JsonElement>> values)
    {
        var fields = Json.Flatten(contact);
        foreach (var (name, asked) in values)
        {
            var value = Contact.Kind.Info.Field(name) is { } field ? Patch.Over(field, fields.GetValueOrDefault(name, Json.Null), asked) : asked;
            if (value.ValueKind == JsonValueKind.Null)
            {
                fields.Remove(name);
            }
            else
            {
                fields[name] = value;
            }
        }

        return Json.Unflatten<Contact>(fields);
    }

    /// <summary>The contact without what these changes did to it. What others have changed since stays, and is named in <paramref name="left"/>.</summary>
    public static Contact Without(this Contact contact, IEnumerable<KeyValuePair<string, FromTo>> changes, ICollection<string> left)
    {
        var fields = Json.Flatten(contact);
        foreach (var (name, change) in changes)
        {
            var now = fields.GetValueOrDefault(name, Json.Null);
            if (Merge.Field(TypeOf(name, change), change.To, now, change.From).Value is not { } value)
            {
                left.Add(name);
            }
            else if (value.ValueKind == JsonValueKind.Null || value is { ValueKind: JsonValueKind.Array } && value.GetArrayLength() == 0)
            {
                fields.Remove(name);
            }
            else
            {
                fields[name] = value;
            }
        }

        return Json.Unflatten<Contact>(fields);
    }

    private static FieldType TypeOf(string name, FromTo change) => Contact.Kind.Info.Field(name)?.Type
        ?? (change.To.ValueKind == JsonValueKind.Array ? FieldType.Set : FieldType.Text);

    private static IReadOnlyList<string>? Union(IReadOnlyList<string>? into, IReadOnlyList<string>? from, Func<string, string> by) =>
        into is null ? from : from is null ? into : [.. into.Concat(from).DistinctBy(by)];

    private static string? Notes(string? into, string? from) =>
        into is null ? from
        : from is null || into.Contains(from, StringComparison.Ordinal) ? into
        : $"{into}\n\n{from}";

    private static IReadOnlyDictionary<string, JsonElement>? Custom(
        IReadOnlyDictionary<string, JsonElement>? into, IReadOnlyDictionary<string, JsonElement>? from)
    {
        if (into is null || from is null)
        {
            return into ?? from;
        }

        var joined = new Dictionary<string, JsonElement>(into);
        foreach (var (name, value) in from)
        {
            if (!joined.TryGetValue(name, out var mine) || !Tidy.HasValue(mine))
            {
                joined[name] = value;
            }
            else if (mine.ValueKind == JsonValueKind.Array && value.ValueKind == JsonValueKind.Array)
            {
                joined[name] = Merge.Field(FieldType.Set, Json.Null, mine, value).Value!.Value;
            }
        }

        return joined;
    }
}
