using System.Text.Json;
using Crm.Contacts;
using Crm.Contacts.Csv;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class ImportMappingTests
{
    private static readonly FieldInfo[] Own =
    [
        new("custom.budget", FieldType.Number, Label: "Budget (EUR)"), new("custom.since", FieldType.Date), new("custom.vip", FieldType.Flag),
        new("custom.size", FieldType.Choice, Options: ["small", "large"]), new("custom.hobbies", FieldType.Set),
    ];

    [Fact]
    public void Northwind_is_understood() =>
        Guess("CustomerID,CompanyName,ContactName,ContactTitle,Address,City,Region,PostalCode,Country,Phone,Fax").ShouldBe(
            "CompanyName>company,ContactName>name,ContactTitle>title,Address>address.street,City>address.city,Region>address.region,PostalCode>address.postalCode,Country>address.country,Phone>phones");

    [Fact]
    public void Google_Contacts_is_understood_in_its_new_form() =>
        Guess("First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,"
            + "Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,"
            + "Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,"
            + "Address 1 - Extended Address,Address 2 - Street,Website 1 - Label,Website 1 - Value").ShouldBe(
            "First Name>firstName,Middle Name>middleName,Last Name>lastName,Organization Name>company,Organization Title>title,Notes>notes,Labels>tags,E-mail 1 - Value>emails,"
            + "E-mail 2 - Value>emails,Phone 1 - Value>phones,Phone 2 - Value>phones,Address 1 - Street>address.street,Address 1 - City>address.city,Address 1 - Region>address.region,"
            + "Address 1 - Postal Code>address.postalCode,Address 1 - Country>address.country");

    [Fact]
    public void Google_Contacts_is_understood_in_its_old_form() =>
        Guess("Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,"
            + "Organization 1 - Name,Organization 1 - Title").ShouldBe(
            "Name>name,Given Name>firstName,Additional Name>middleName,Family Name>lastName,Group Membership>tags,E-mail 1 - Value>emails,Phone 1 - Value>phones,"
            + "Organization 1 - Name>company,Organization 1 - Title>title");

    [Fact]
    public void HubSpot_is_understood() =>
        Guess("Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,Lead Status,Lifecycle Stage,Create Date,Associated Company,Company Name,Job Title,"
            + "Street Address,City,State/Region,Postal Code,Country/Region,Additional email addresses").ShouldBe(
            "First Name>firstName,Last Name>lastName,Email>emails,Phone Number>phones,Mobile Phone Number>phones,Contact owner>owner,Lifecycle Stage>status,Company Name>company,"
            + "Job Title>title,Street Address>address.street,City>address.city,State/Region>address.region,Postal Code>address.postalCode,Country/Region>address.country,"
            + "Additional email addresses>emails");

    [Fact]
    public void Excel_in_German_is_understood() =>
        Guess("Anrede;Vorname;Name;Firma;Position;E-Mail-Adresse;Telefon geschäftlich;Mobiltelefon;Straße;Hausnummer;PLZ;Ort;Land;Bemerkungen;Schlagwörter;Priorität", ';').ShouldBe(
            "Vorname>firstName,Name>lastName,Firma>company,Position>title,E-Mail-Adresse>emails,Telefon geschäftlich>phones,Mobiltelefon>phones,Straße>address.street,"
            + "Hausnummer>address.street,PLZ>address.postalCode,Ort>address.city,Land>address.country,Bemerkungen>notes,Schlagwörter>tags,Priorität>priority");

    [Fact]
    public void Outlook_is_understood() =>
        Guess("Title,First Name,Last Name,Company,Department,Job Title,Business Street,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,Home City,"
            + "Business Phone,Mobile Phone,E-mail Address,E-mail Display Name,E-mail 2 Address,Categories,Notes").ShouldBe(
            "First Name>firstName,Last Name>lastName,Company>company,Job Title>title,Business Street>address.street,Business City>address.city,Business State>address.region,"
            + "Business Postal Code>address.postalCode,Business Country/Region>address.country,Business Phone>phones,Mobile Phone>phones,E-mail Address>emails,E-mail 2 Address>emails,"
            + "Categories>tags,Notes>notes");

    [Fact]
    public void What_we_export_we_import() =>
        Guess("id,name,emails,phones,company,title,address.street,address.city,address.region,address.postalCode,address.country,tags,owner,priority,status,notes,custom.budget,updatedAt").ShouldBe(
            string.Join(',', "name emails phones company title address.street address.city address.region address.postalCode address.country tags owner priority status notes custom.budget"
                .Split(' ').Select(field => $"{field}>{field}")));

    [Fact]
    public void A_custom_field_is_known_by_its_label_too() => Guess("Name,Budget (EUR)").ShouldBe("Name>name,Budget (EUR)>custom.budget");

    [Fact]
    public void A_given_mapping_is_checked_by_name()
    {
        var (mapping, problems) = Mapping.Check(
            new Dictionary<string, string?> { ["A"] = "email", ["b"] = "FirstName", ["C"] = null, ["X"] = "name", ["D"] = "shoeSize" }, ["A", "B", "C", "D"], Own);
        problems.Select(problem => problem.Code).ShouldBe(["import.column", "import.field"]);
        mapping.ShouldBe(new Dictionary<string, string?> { ["A"] = "emails", ["B"] = "firstName", ["C"] = null, ["D"] = null });
    }

    [Fact]
    public void A_row_becomes_a_contact()
    {
        var read = Read(new()
        {
            ["firstName"] = "Maria", ["lastName"] = "Anders", ["emails"] = "Maria <MARIA@example.com>; mailto:m@example.com", ["phones"] = "+49 30 123456 ::: 030/654321",
            ["company"] = "'=Alfreds", ["address.street"] = "Obere Str.", ["address.city"] = "Ber\nlin", ["tags"] = "* myContacts ::: Friends, VIP", ["status"] = "Kunde",
            ["priority"] = "Hoch", ["notes"] = "one\ntwo\0", ["owner"] = "bo@acme.test", ["custom.budget"] = "1.234,50", ["custom.since"] = "24.12.2025", ["custom.vip"] = "ja",
            ["custom.size"] = "Large", ["custom.hobbies"] = "chess; golf",
        });

        read.Problems.ShouldBeEmpty();
        var contact = read.Contact.ShouldNotBeNull();
        contact.Name.ShouldBe("Maria Anders");
        contact.Emails.ShouldBe(["maria@example.com", "m@example.com"]);
        contact.Phones.ShouldBe(["+49 30 123456", "030/654321"]);
        contact.Company.ShouldBe("=Alfreds");
        contact.Address!.City.ShouldBe("Ber lin");
        contact.Tags.ShouldBe(["Friends", "VIP"]);
        (contact.Status, contact.Priority, contact.Owner, contact.Notes).ShouldBe((ContactStatus.Customer, Priority.High, "bo", "one\ntwo"));
        Json.Element(contact.Custom).GetRawText().ShouldBe("""{"budget":1234.50,"since":"2025-12-24","vip":true,"size":"large","hobbies":["chess","golf"]}""");
    }

    [Theory]
    [InlineData("emails", "nonsense", "emails contact.email")]
    [InlineData("phones", "x", "phones contact.phone")]
    [InlineData("status", "married", "status field.choice")]
    [InlineData("custom.budget", "a lot", "custom.budget field.number")]
    [InlineData("custom.since", "31.02.2025", "custom.since field.date")]
    [InlineData("custom.size", "huge", "custom.size field.choice")]
    public void What_does_not_fit_names_its_field(string field, string cell, string problem)
    {
        var read = Read(new() { ["name"] = "Maria", [field] = cell });
        read.Contact.ShouldBeNull();
        read.Problems.Select(wrong => $"{wrong.Field} {wrong.Code}").ShouldBe([problem]);
    }

    [Fact]
    public void An_unknown_owner_is_a_warning_and_not_the_end_of_the_row()
    {
        var read = Read(new() { ["name"] = "Maria", ["owner"] = "Somebody Else" });
        read.Contact.ShouldNotBeNull().Owner.ShouldBeNull();
        read.Warnings.ShouldHaveSingleItem().Field.ShouldBe("owner");
    }

    [Fact]
    public void A_row_without_a_value_of_a_required_field_is_refused()
    {
        var read = Read(new() { ["name"] = "Maria" }, [.. Own, new("custom.source", FieldType.Text, Required: true)]);
        read.Problems.ShouldHaveSingleItem().Field.ShouldBe("custom.source");
    }

    private static string Guess(string header, char delimiter = ',')
    {
        var columns = header.Split(delimiter);
        var mapping = Mapping.Guess(columns, Own);
        return string.Join(',', columns.Where(column => mapping[column] is not null).Select(column => $"{column}>{mapping[column]}"));
    }

    private static ReadRow Read(Dictionary<string, string> cells, FieldInfo[]? own = null)
    {
        var caller = new Caller("acme", "ana", new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        var reader = new RowReader(
            [.. cells.Keys], cells.Keys.ToDictionary(field => field, field => (string?)field), own ?? Own, new(caller, DateTimeOffset.UnixEpoch),
            cell => cell == "bo@acme.test" ? "bo" : null);
        return reader.Read([.. cells.Values]);
    }
}
