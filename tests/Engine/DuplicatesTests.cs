using System.Text.Json;
using Crm.Contacts;

namespace Crm.Engine.Tests;

public sealed class DuplicatesTests : IDisposable
{
    private readonly ContactsBench _bench = new();
    private readonly Duplicates _duplicates;

    public DuplicatesTests() => _duplicates = new(_bench.Host, new FeedReads(_bench.Kinds, _bench.Feed), _bench.Kinds);

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task They_are_found_by_address_telephone_and_similar_name_the_likeliest_first()
    {
        await _bench.Make("a", new { name = "Maria Anders", emails = new[] { "maria@example.com" }, phones = new[] { "030 1234567" }, company = "Alfreds" });
        await _bench.Make("email", new { name = "M. A.", emails = new[] { "maria@example.com" } });
        await _bench.Make("phone", new { name = "Thomas Hardy", phones = new[] { "+49 30 1234567" } });
        await _bench.Make("name", new { name = "Maria Andres", company = "Alfreds GmbH" });
        await _bench.Make("other", new { name = "Somebody Else", company = "Elsewhere" });

        var answer = (await _duplicates.Of(ContactsBench.Caller("ana"), "a")).ShouldNotBeNull();
        answer.Items.Select(item => (item.Contact.Id, string.Join(',', item.Reasons))).ShouldBe([("email", "email,name"), ("name", "name,company"), ("phone", "phone")]);
        answer.Items.Select(item => item.Score).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task A_contact_that_is_not_made_yet_is_compared_too()
    {
        await _bench.Make("a", new { name = "Maria Anders", emails = new[] { "maria@example.com" } });
        var answer = await _duplicates.Like(ContactsBench.Caller("bo"), Json.Element(new { name = "Maria", emails = new[] { " MARIA@example.com " } }));
        answer.Items.ShouldHaveSingleItem().Contact.Id.ShouldBe("a");
        (await _duplicates.Like(ContactsBench.Caller("bo"), Json.Element(new { shoeSize = 42 }))).Problems.ShouldHaveSingleItem().Code.ShouldBe("field.unknown");
        (await _duplicates.Like(ContactsBench.Caller("bo", "calls.read"), Json.Element(new { name = "Maria" }))).Problems.ShouldHaveSingleItem().Code.ShouldBe("access.denied");
    }

    [Fact]
    public async Task Nobody_learns_of_contacts_or_fields_that_he_may_not_see()
    {
        await _bench.Make("a", new { name = "Maria Anders", emails = new[] { "maria@example.com" } });
        await _bench.Make("b", new { name = "Bob", emails = new[] { "maria@example.com" } }, user: "bo");
        var own = ContactsBench.Caller("bo", "contacts.read.own");
        (await _duplicates.Of(own, "b")).ShouldNotBeNull().Items.ShouldBeEmpty();
        (await _duplicates.Of(own, "a")).ShouldBeNull();

        var blind = ContactsBench.Caller("eve") with { Hidden = new HashSet<string> { "contacts.emails" } };
        (await _duplicates.Of(blind, "b")).ShouldNotBeNull().Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_export_holds_what_the_caller_may_see_and_nothing_that_runs()
    {
        await _bench.Make("a", new { name = "=cmd|'/C calc'!A0", emails = new[] { "a@example.com", "b@example.com" }, phones = new[] { "+49 30 123" }, address = new { city = "Berlin, \"Mitte\"" }, notes = "one\ntwo", custom = new { budget = -5 } });
        var export = new ContactExport(new FeedReads(_bench.Kinds, _bench.Feed), _bench.Kinds);
        await _bench.Edit("a", 1, new { title = "Owner" });

        (await Text(export, ContactsBench.Caller("ana"), ["name", "emails", "phones", "address.city", "notes", "custom.budget"])).ShouldBe(
            "name,emails,phones,address.city,notes,custom.budget\r\n'=cmd|'/C calc'!A0,a@example.com; b@example.com,+49 30 123,\"Berlin, \"\"Mitte\"\"\",\"one\ntwo\",'-5\r\n");
        var blind = ContactsBench.Caller("eve") with { Hidden = new HashSet<string> { "contacts.emails" } };
        (await Text(export, blind, null)).ShouldNotContain("example.com");
        (await export.Write(blind, new(null, default, null, ["emails"]))).Refusal!.Code.ShouldBe("export.column");
        (await export.Write(ContactsBench.Caller("bo", "contacts.read"), new(null, default, null, null))).Refusal!.Code.ShouldBe("access.denied");
    }

    private static async Task<string> Text(ContactExport export, Caller caller, string[]? columns)
    {
        var answer = await export.Write(caller, new(null, default, null, columns));
        answer.Refusal.ShouldBeNull();
        var text = "";
        await foreach (var piece in answer.Pieces!)
        {
            text += piece;
        }

        return text;
    }
}
