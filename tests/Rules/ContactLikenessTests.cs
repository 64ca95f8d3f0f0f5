using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class ContactLikenessTests
{
    [Theory]
    [InlineData("+49 30 0074321", "030-0074321")]
    [InlineData("0049 170 1234567", "0170 / 123 45 67")]
    [InlineData("+49 (0)89 123456", "089 123456")]
    [InlineData("+1 (555) 123-4567", "555-123-4567")]
    [InlineData("1-555-123-4567", "(555) 123 4567")]
    [InlineData("(171) 555-7788", "0171 5557788")]
    [InlineData("+353 1 234 5678", "01 2345678")]
    [InlineData("555-123-4567 ext. 12", "555 123 4567")]
    public void Two_spellings_of_one_number_meet(string a, string b) => ContactKeys.Phone(a).ShouldBe(ContactKeys.Phone(b));

    [Theory]
    [InlineData("110")]
    [InlineData("+49")]
    [InlineData("")]
    public void A_number_of_few_digits_identifies_nobody(string phone) => ContactKeys.Phone(phone).ShouldBeNull();

    [Theory]
    [InlineData("Alfreds Futterkiste", "ALFREDS FUTTERKISTE GmbH")]
    [InlineData("Müller & Söhne GmbH & Co. KG", "Muller Sohne")]
    [InlineData("Acme, Inc.", "The ACME Company")]
    [InlineData("Ärzte e.V.", "Arzte")]
    public void A_company_is_the_same_without_its_legal_form(string a, string b) =>
        ContactKeys.CompanyTokens(a).ShouldBe(ContactKeys.CompanyTokens(b));

    [Fact]
    public void A_company_called_by_a_legal_form_alone_keeps_its_name() => ContactKeys.CompanyTokens("Company Limited").ShouldBe(["company", "limited"]);

    [Fact]
    public void The_order_of_names_does_not_matter() =>
        ContactKeys.NameAndCompany(new("Anders, Maria", Company: "Alfreds")).ShouldBe(ContactKeys.NameAndCompany(new("Dr. María Anders", Company: "alfreds")));

    [Theory]
    [InlineData("Müller", "Mueller")]
    [InlineData("Meyer", "Maier")]
    [InlineData("Schmidt", "Schmiddt")]
    [InlineData("Matthias", "Mathias")]
    public void Names_that_sound_alike_have_one_skeleton(string a, string b) =>
        ContactKeys.Skeleton(ContactKeys.NameTokens(a)).ShouldBe(ContactKeys.Skeleton(ContactKeys.NameTokens(b)));

    [Fact]
    public void A_contact_has_keys_of_all_four_sorts() =>
        new Contact("Maria Anders", ["maria@example.com"], ["030-0074321"], "Alfreds GmbH").Keys()
            .ShouldBe(["e:maria@example.com", "p:300074321", "n:anders maria|alfreds", "s:andrs mr|alfrds", "s:andrs mr|"]);

    [Theory]
    [InlineData("martha", "marhta", 0.961)]
    [InlineData("dixon", "dicksonx", 0.813)]
    [InlineData("dwayne", "duane", 0.84)]
    [InlineData("abc", "xyz", 0)]
    public void Jaro_Winkler_gives_the_published_values(string a, string b, double expected)
    {
        Likeness.JaroWinkler(a, b).ShouldBe(expected, 0.001);
        Likeness.JaroWinkler(b, a).ShouldBe(expected, 0.001);
    }

    [Fact]
    public void An_address_proves_a_duplicate_whatever_the_names()
    {
        var likeness = Of(new("Maria Anders", ["info@alfreds.example"]), new("M. A.", ["info@alfreds.example"]));
        likeness.Same.ShouldBeTrue();
        likeness.Reasons.ShouldContain("email");
        likeness.Score.ShouldBeGreaterThan(0.9);
    }

    [Fact]
    public void One_telephone_of_two_names_is_a_hint_and_no_proof()
    {
        var likeness = Of(new("Maria Anders", Phones: ["030-0074321"]), new("Thomas Hardy", Phones: ["+49 30 0074321"]));
        likeness.Same.ShouldBeFalse();
        likeness.Reasons.ShouldBe(["phone"]);
        likeness.Score.ShouldBeGreaterThanOrEqualTo(Likeness.Threshold);
        Of(new("Maria Anders", Phones: ["030-0074321"]), new("M. Anders", Phones: ["+49 30 0074321"])).Same.ShouldBeTrue();
    }

    [Fact]
    public void A_similar_name_at_the_same_company_is_shown_but_not_joined()
    {
        var likeness = Of(new("Maria Anders", Company: "Alfreds Futterkiste"), new("Maria Andres", Company: "Alfreds Futterkiste GmbH"));
        likeness.Reasons.ShouldBe(["name", "company"]);
        likeness.Score.ShouldBeGreaterThan(0.8);
        likeness.Same.ShouldBeFalse();
    }

    [Fact]
    public void The_same_name_at_another_company_is_somebody_else() =>
        Of(new("Maria Anders", Company: "Alfreds Futterkiste"), new("Maria Anders", Company: "Around the Horn")).Score.ShouldBeLessThan(Likeness.Threshold);

    [Fact]
    public void The_same_name_and_company_is_one_unless_the_addresses_contradict()
    {
        var maria = new Contact("Maria Anders", Company: "Alfreds");
        Of(maria, maria with { Phones = ["030-0074321"] }).Same.ShouldBeTrue();
        Of(maria with { Phones = ["040 111111"] }, maria with { Phones = ["030-0074321"] }).Same.ShouldBeTrue();
        Of(maria with { Emails = ["a@example.com"] }, maria with { Emails = ["b@example.com"] }).Same.ShouldBeFalse();
    }

    [Fact]
    public void A_bare_name_is_one_unless_anything_contradicts()
    {
        var john = new Contact("John Smith");
        Of(john, john).Same.ShouldBeTrue();
        Of(john with { Phones = ["040 111111"] }, john with { Phones = ["030 222222"] }).Same.ShouldBeFalse();
    }

    [Fact]
    public void A_trace_tells_what_filling_would_tell()
    {
        Contact[] contacts =
        [
            new("Ada", ["a@example.com"]), new("Ada", ["a@example.com", "b@example.com"], ["030 1234567"]), new("Ada", Phones: ["+49 30 1234567"], Tags: ["x"]),
            new(Company: "Acme", Address: new("Main St 1", "Berlin")), new("Ada", Address: new("Other St 2", null, null, "12345")), new("Ada", Address: new(null, "berlin", null, "12345")),
            new("Ada", Custom: new Dictionary<string, JsonElement> { ["a"] = Json.Element(1), ["s"] = Letters("x") }),
            new("Ada", Notes: "n", Title: "t", Custom: new Dictionary<string, JsonElement> { ["a"] = Json.Element(2), ["s"] = Letters("x", "y") }),
        ];
        foreach (var into in contacts)
        {
            foreach (var from in contacts)
            {
                var changes = !JsonElement.DeepEquals(Json.Element(into.Filled(from)), Json.Element(into));
                Trace.Of(into).Lacks(Trace.Of(from)).ShouldBe(changes, $"{Json.Element(into)} from {Json.Element(from)}");
                Trace.Of(into).Filled(Trace.Of(from)).Lacks(Trace.Of(from)).ShouldBeFalse();
            }
        }
    }

    private static JsonElement Letters(params string[] letters) => Json.Element(letters);

    private static Likeness Of(Contact a, Contact b)
    {
        var likeness = Likeness.Of(a, b);
        (likeness.Score, likeness.Same).ShouldBe((Likeness.Of(b, a).Score, Likeness.Of(b, a).Same));
        return likeness;
    }
}
