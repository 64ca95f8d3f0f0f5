using System.Text.Json;

namespace Crm.Contacts;

/// <summary>
/// What of a contact is needed to tell whether another one is the same, and whether that one would add anything to it: some 300 bytes, so that
/// a whole file's worth fits into memory. Values are hashed with 64 bits.
/// </summary>
public sealed record Trace
{
    private static readonly string[] Scalars = ["name", "company", "title", "owner", "notes"];

    private Trace() { }

    /// <summary>The words of the name, see <see cref="ContactKeys.NameTokens"/>.</summary>
    public required IReadOnlyList<string> Name { get; init; }

    /// <summary>The words of the company's name.</summary>
    public required IReadOnlyList<string> Company { get; init; }

    /// <summary>E-mail addresses.</summary>
    public required ulong[] Emails { get; init; }

    /// <summary>National telephone numbers.</summary>
    public required ulong[] Phones { get; init; }

    // The parts of the address, 0 for those it lacks.
    private ulong[] Address { get; init; } = [];

    // What it holds: entries of sets, and the names of the fields that have a value.
    private HashSet<ulong> Marks { get; init; } = [];

    /// <summary>The trace of a contact.</summary>
    public static Trace Of(Contact contact)
    {
        var marks = new HashSet<ulong>();
        foreach (var (name, text) in Scalars.Zip([contact.Name, contact.Company, contact.Title, contact.Owner, contact.Notes]))
        {
            if (text is not null)
            {
                marks.Add(Hash(name));
            }
        }

        marks.UnionWith((contact.Emails ?? []).Select(email => Hash("e", email)));
        marks.UnionWith((contact.Phones ?? []).Select(phone => Hash("p", ContactKeys.Phone(phone) ?? phone)));
        marks.UnionWith((contact.Tags ?? []).Select(tag => Hash("t", Fold.Text(tag))));
        foreach (var (name, value) in (contact.Custom ?? new Dictionary<string, JsonElement>()).Where(own => Tidy.HasValue(own.Value)))
        {
            marks.Add(Hash("custom", name));
            if (value.ValueKind == JsonValueKind.Array)
            {
                marks.UnionWith(value.EnumerateArray().Select(item => Hash(name, item.ToString())));
            }
        }

        return new()
        {
            Name = ContactKeys.NameTokens(contact.Name),
            Company = ContactKeys.CompanyTokens(contact.Company),
            Emails = [.. (contact.Emails ?? []).Select(email => Hash("e", email))],
            Phones = [.. (contact.Phones ?? []).Select(ContactKeys.Phone).OfType<string>().Select(phone => Hash("p", phone))],
            Address = contact.Address is { } address ? [.. address.Parts.Select(part => part.Value is { } value ? Hash("a", Fold.Text(value)) : 0)] : [],
            Marks = marks,
        };
    }

    /// <summary>Whether <see cref="Combining.Filled"/> with that contact would change this one.</summary>
    public bool Lacks(Trace other) => !other.Marks.IsSubsetOf(Marks) || AddressLacks(other);

    /// <summary>This trace once the other contact has filled it.</summary>
    public Trace Filled(Trace other) => this with
    {
        Name = Name.Count > 0 ? Name : other.Name,
        Company = Company.Count > 0 ? Company : other.Company,
        Emails = [.. Emails.Union(other.Emails)],
        Phones = [.. Phones.Union(other.Phones)],
        Address = Address.Length == 0 ? other.Address
            : AddressLacks(other) ? [.. Address.Zip(other.Address, (mine, theirs) => mine == 0 ? theirs : mine)]
            : Address,
        Marks = [.. Marks, .. other.Marks],
    };

    /// <summary>FNV-1a of 64 bits with a finish: for looking up, never for proof.</summary>
    public static ulong Hash(string field, string value = "")
    {
        var hash = 14695981039346656037UL;
        foreach (var c in field)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ 0x1F) * 1099511628211UL;
        foreach (var c in value)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93UL;
        return Math.Max(1, hash ^ (hash >> 32));
    }

    private bool AddressLacks(Trace other) => other.Address.Length > 0 && (Address.Length == 0
        || (Address.Zip(other.Address).All(pair => pair.First == 0 || pair.Second == 0 || pair.First == pair.Second)
            && Address.Zip(other.Address).Any(pair => pair.First == 0 && pair.Second != 0)));
}
