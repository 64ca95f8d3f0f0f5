using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <summary>How much a contact matters to its owner.</summary>
public enum Priority
{
    /// <summary>Can wait.</summary>
    Low,

    /// <summary>The rule.</summary>
    Normal,

    /// <summary>First.</summary>
    High,
}

/// <summary>Where a contact stands with us.</summary>
public enum ContactStatus
{
    /// <summary>Shown interest, nothing agreed.</summary>
    Lead,

    /// <summary>In touch.</summary>
    Active,

    /// <summary>Has bought.</summary>
    Customer,

    /// <summary>No longer in touch.</summary>
    Inactive,
}

/// <summary>A person or an organisation that the tenant deals with.</summary>
/// <param name="Emails">Lower case; the first one is the main one.</param>
/// <param name="Phones">As typed; the first one is the main one.</param>
/// <param name="Title">What the person does: the job title.</param>
/// <param name="Owner">The id of the user who looks after it; whoever made it unless told otherwise.</param>
/// <param name="MergedInto">The contact that has taken this one in; set only while this one is deleted for that reason.</param>
/// <param name="Merges">The merges in which this contact took others in.</param>
/// <param name="Imports">The imports that made this contact or added to it.</param>
public sealed record Contact(
    string? Name = null, IReadOnlyList<string>? Emails = null, IReadOnlyList<string>? Phones = null, string? Company = null, string? Title = null,
    PostalAddress? Address = null, IReadOnlyList<string>? Tags = null, string? Owner = null, Priority Priority = Priority.Normal,
    ContactStatus Status = ContactStatus.Active, string? Notes = null, string? MergedInto = null, IReadOnlyList<string>? Merges = null,
    IReadOnlyList<string>? Imports = null, IReadOnlyDictionary<string, JsonElement>? Custom = null) : IKind<Contact>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "contacts";

    /// <summary>Longest name, company and job title, in characters.</summary>
    public const int MaxLine = 200;

    /// <summary>Longest notes, in characters.</summary>
    public const int MaxNotes = 20_000;

    /// <summary>Longest tag, in characters.</summary>
    public const int MaxTag = 60;

    private const int MaxEmail = 254; // RFC 5321, 4.5.3.1.3, less the brackets.
    private const int MaxPhone = 50;
    private const int FewestDigits = 3;
    private const int MostDigits = 25;

    /// <inheritdoc />
    public static Kind<Contact> Kind { get; } = new Kind<Contact>(KindName, "name", new Contact(), "People and organisations that the tenant deals with.")
        .Field(nameof(Name), FieldType.Text, personal: true, searched: true, maxLength: MaxLine)
        .Field(nameof(Emails), FieldType.Set, personal: true, searched: true, maxLength: MaxEmail)
        .Field(nameof(Phones), FieldType.Set, personal: true, searched: true, maxLength: MaxPhone)
        .Field(nameof(Company), FieldType.Text, personal: true, searched: true, maxLength: MaxLine)
        .Field(nameof(Title), FieldType.Text, personal: true, maxLength: MaxLine)
        .Field(nameof(Address), FieldType.Parts, personal: true, maxLength: PostalAddress.MaxPart, parts: PostalAddress.Names)
        .Field(nameof(Tags), FieldType.Set, maxLength: MaxTag)
        .Field(nameof(Owner), FieldType.User, important: true)
        .Field(nameof(Priority), FieldType.Choice, options: ["low", "normal", "high"], important: true)
        .Field(nameof(Status), FieldType.Choice, options: ["lead", "active", "customer", "inactive"], important: true)
        .Field(nameof(Notes), FieldType.LongText, personal: true, maxLength: MaxNotes)
        .Field(nameof(MergedInto), FieldType.Reference, editable: false, refersTo: KindName)
        .Field(nameof(Merges), FieldType.Set, editable: false)
        .Field(nameof(Imports), FieldType.Set, editable: false)
        .OwnedBy(nameof(Owner))
        .WithCustomFields(static contact => contact.Custom, static (contact, custom) => contact with { Custom = custom })
        .Compound<MergeArgs>(MergeArgs.Name, "contacts.merge", "Takes other contacts in: sets are united, empty fields filled, the others deleted. Can be undone.")
        .Compound<UnmergeArgs>(UnmergeArgs.Name, "contacts.merge", "Undoes a merge of this contact, the last one unless told otherwise.")
        .InnerVerb<Import>(VerbOn.Nothing)
        .InnerVerb<Fill>()
        .InnerVerb<MergeInto>()
        .InnerVerb<Absorb>()
        .InnerVerb<ComeBack>(VerbOn.Deleted)
        .InnerVerb<TakeBack>(VerbOn.Live | VerbOn.Deleted)
        .InnerVerb<Withdraw>()
        .Tells(ContactNotices.Assigned, "create", "edit", "undo", "restore")
        .Tells(ContactNotices.AssignedHigh, "create", "edit", "undo", "restore")
        .Tells(Mentions.In("notes"), "create", "edit", "undo", "absorb")
        .Silent("delete", "import", "fill", "mergeInto", "comeBack", "takeBack", "withdraw")
        .Example(new(
            "Maria Anders", ["maria.anders@alfreds.example"], ["030-0074321"], "Alfreds Futterkiste", "Sales Representative",
            new("Obere Str. 57", "Berlin", null, "12209", "Germany"), ["wholesale"], "ana", Priority.High, ContactStatus.Customer,
            "Prefers to be called in the morning."));

    /// <inheritdoc />
    public Contact Tidied(Moment moment) => this with
    {
        Name = Tidy.Text(Name),
        Emails = Tidy.Set(Emails?.Select(email => email.ToLowerInvariant()).ToList(), email => email),
        Phones = Tidy.Set(Phones, phone => ContactKeys.Digits(phone) is { Length: > 0 } digits ? digits : phone),
        Company = Tidy.Text(Company),
        Title = Tidy.Text(Title),
        Address = Address?.Tidied(),
        Tags = Tidy.Set(Tags, Fold.Text),
        Owner = Tidy.Text(Owner) ?? (moment.Creating && moment.Caller.User != Caller.SystemUser ? moment.Caller.User : null),
        Notes = Tidy.Text(Notes),
        Merges = Tidy.Set(Merges, id => id),
        Imports = Tidy.Set(Imports, id => id),
        Custom = Tidy.Custom(Custom),
    };

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (Name is null && Company is null && Emails is null)
        {
            yield return new("name", "contact.nameless", "A contact needs a name, a company or an e-mail address.");
        }

        foreach (var (field, text, most) in new[] { ("name", Name, MaxLine), ("company", Company, MaxLine), ("title", Title, MaxLine), ("notes", Notes, MaxNotes) })
        {
            if (text?.Length > most)
            {
                yield return new(field, "text.length", $"This may have at most {most} characters.");
            }
        }

        foreach (var (field, set) in new[] { ("emails", Emails), ("phones", Phones), ("tags", Tags) })
        {
            if (set?.Count > FieldCheck.MaxItems)
            {
                yield return new(field, "field.items", $"This may have at most {FieldCheck.MaxItems} entries.");
            }
        }

        if (Emails?.Any(email => email.Length > MaxEmail || !IsEmail(email)) is true)
        {
            yield return new("emails", "contact.email", "Each must be an e-mail address such as maria@example.com.");
        }

        if (Phones?.Any(phone => phone.Length > MaxPhone || phone.Count(char.IsDigit) is < FewestDigits or > MostDigits) is true)
        {
            yield return new("phones", "contact.phone", $"Each must be a telephone number of {FewestDigits} to {MostDigits} digits.");
        }

        if (Tags?.Any(tag => tag.Length > MaxTag) is true)
        {
            yield return new("tags", "text.length", $"Each may have at most {MaxTag} characters.");
        }
    }

    /// <inheritdoc />
    public Problem? CheckRestore() => MergedInto is null
        ? null
        : new("mergedInto", "contact.merged", "This contact was merged into another one. Undo the merge to bring it back.");

    /// <inheritdoc />
    public IEnumerable<string> Keys() => ContactKeys.Of(this);

    /// <summary>Whether this has the form of an address: one @, something before it, and a domain of labels after it. Letters of any script pass (RFC 6531).</summary>
    public static bool IsEmail(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at is < 1 or > 64 || at != text.LastIndexOf('@') || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or ';' or '<' or '>' or '(' or ')' or '"'))
        {
            return false;
        }

        var (local, domain) = (text[..at], text[(at + 1)..]);
        return local[0] != '.' && local[^1] != '.' && !local.Contains("..", StringComparison.Ordinal)
            && domain.Split('.') is { Length: > 1 } labels
            && labels.All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsLetterOrDigit(c) || c is '-' || c > 0x7F));
    }
}

/// <summary>What <c>merge</c> is called with.</summary>
/// <param name="With">The contacts to take in, 1 to 20.</param>
/// <param name="Fields">Values to keep instead of the winner's own, as a merge patch of its fields.</param>
public sealed record MergeArgs(IReadOnlyList<string> With, JsonElement? Fields = null)
{
    /// <summary>The verb.</summary>
    public const string Name = "merge";
}

/// <summary>What <c>unmerge</c> is called with.</summary>
/// <param name="Merge">One of the contact's <c>merges</c>; the last one when left out.</param>
public sealed record UnmergeArgs(string? Merge = null)
{
    /// <summary>The verb.</summary>
    public const string Name = "unmerge";
}
