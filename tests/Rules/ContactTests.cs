using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class ContactTests
{
    private static readonly Moment Creating = new(Caller("ana"), DateTimeOffset.UnixEpoch, Creating: true);
    private static readonly Moment Later = new(Caller("bo"), DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_contact_without_name_company_and_address_is_refused_by_name() =>
        Problems(new Contact(Title: "Owner")).ShouldBe(["name contact.nameless"]);

    [Theory]
    [InlineData("maria@example.com", true)]
    [InlineData("m.a+tag@sub.example.co.uk", true)]
    [InlineData("jürgen@müller.de", true)]
    [InlineData("o'neil@example.com", true)]
    [InlineData("maria", false)]
    [InlineData("maria@", false)]
    [InlineData("@example.com", false)]
    [InlineData("maria@example", false)]
    [InlineData("maria@@example.com", false)]
    [InlineData("ma ria@example.com", false)]
    [InlineData("maria@exa mple.com", false)]
    [InlineData("maria@-example.com", false)]
    [InlineData("maria@example..com", false)]
    [InlineData(".maria@example.com", false)]
    [InlineData("Maria <maria@example.com>", false)]
    [InlineData("a@example.com,b@example.com", false)]
    public void An_address_is_checked_for_its_form(string email, bool holds) =>
        Problems(new Contact(Emails: [email])).ShouldBe(holds ? [] : ["emails contact.email"]);

    [Theory]
    [InlineData("(5) 555-4729", true)]
    [InlineData("110", true)]
    [InlineData("12", false)]
    [InlineData("call me", false)]
    [InlineData("123456789012345678901234567890", false)]
    public void A_telephone_number_has_enough_digits_and_not_too_many(string phone, bool holds) =>
        Problems(new Contact("Ada", Phones: [phone])).ShouldBe(holds ? [] : ["phones contact.phone"]);

    [Fact]
    public void Limits_name_their_fields() => Problems(new Contact(
            new('n', Contact.MaxLine + 1), [.. Enumerable.Range(0, 101).Select(i => $"m{i}@example.com")], Tags: [new('t', Contact.MaxTag + 1)],
            Notes: new('x', Contact.MaxNotes + 1)))
        .ShouldBe(["name text.length", "notes text.length", "emails field.items", "tags text.length"]);

    [Fact]
    public void Values_are_tidied()
    {
        var tidied = new Contact(
            "  Maria Anders ", ["MARIA@Example.com", " maria@example.com ", ""], ["030-007 43", "030 00743", "+49 30"], " ", Title: "",
            Address: new(" Obere Str. 57 ", "", null, " "), Tags: ["VIP", "vip", " Señor "], Notes: "\n").Tidied(Creating);

        tidied.Name.ShouldBe("Maria Anders");
        tidied.Emails.ShouldBe(["maria@example.com"]);
        tidied.Phones.ShouldBe(["030-007 43", "+49 30"]);
        tidied.Tags.ShouldBe(["VIP", "Señor"]);
        tidied.Address.ShouldBe(new PostalAddress("Obere Str. 57"));
        (tidied.Company, tidied.Title, tidied.Notes).ShouldBe((null, null, null));
    }

    [Fact]
    public void What_is_empty_is_not_stored() =>
        Json.Flatten(new Contact("Ada", [], [], Address: new(City: " "), Tags: [""]).Tidied(Creating)).Keys.Order()
            .ShouldBe(["name", "owner", "priority", "status"]);

    [Fact]
    public void Whoever_makes_a_contact_owns_it_unless_told_otherwise()
    {
        new Contact("Ada").Tidied(Creating).Owner.ShouldBe("ana");
        new Contact("Ada", Owner: "bo").Tidied(Creating).Owner.ShouldBe("bo");
        new Contact("Ada").Tidied(Later).Owner.ShouldBeNull();
        new Contact("Ada").Tidied(Creating with { Caller = Crm.Caller.System("acme") }).Owner.ShouldBeNull();
    }

    [Fact]
    public void The_declared_fields_are_those_of_the_type()
    {
        var declared = Contact.Kind.Info.Fields.Select(field => field.Name);
        var properties = typeof(Contact).GetConstructors().MaxBy(made => made.GetParameters().Length)!.GetParameters()
            .Select(parameter => JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!));

        declared.Append("custom").ShouldBe(properties, ignoreOrder: true);
    }

    [Fact]
    public void What_is_about_the_person_is_sealed() =>
        Contact.Kind.Info.Fields.Where(field => field.Personal).Select(field => field.Name)
            .ShouldBe(["name", "emails", "phones", "company", "title", "address", "notes"]);

    [Fact]
    public void A_contact_that_was_merged_does_not_come_back_by_hand()
    {
        new Contact("Ada").CheckRestore().ShouldBeNull();
        new Contact("Ada", MergedInto: "winner").CheckRestore()!.Code.ShouldBe("contact.merged");
    }

    [Theory]
    [InlineData("\" \"")]
    [InlineData("\"\\u0020\\t\\n\"")]
    [InlineData("\"\u00a0\"")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    public void A_custom_field_of_blanks_in_any_writing_has_no_value(string json) =>
        new Contact("Ada", Custom: new Dictionary<string, JsonElement> { ["a"] = JsonElement.Parse(json) }).Tidied(Creating).Custom.ShouldBeNull();

    [Theory]
    [InlineData("\"\\u0041\"")]
    [InlineData("\" x \"")]
    [InlineData("\"é\"")]
    [InlineData("0")]
    public void A_custom_field_with_anything_in_it_keeps_its_value(string json) =>
        new Contact("Ada", Custom: new Dictionary<string, JsonElement> { ["a"] = JsonElement.Parse(json) }).Tidied(Creating).Custom!["a"].GetRawText().ShouldBe(json);

    [Fact]
    public void The_example_holds() => Problems(Contact.Kind.Info.Example.Deserialize<Contact>(Json.Options)!).ShouldBeEmpty();

    private static List<string> Problems(Contact contact) => [.. contact.Tidied(Later).Check().Select(problem => $"{problem.Field} {problem.Code}")];

    private static Caller Caller(string user) => new("acme", user, new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
}
