using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;

namespace Crm.Tests;

public sealed class ListRowTests
{
    private static readonly KindInfo Kind = Contact.Kind.Info;

    // Of every form that a value can have, and texts on both sides of the longest facet.
    private static readonly JsonElement[] Values =
    [
        Json.Null, .. new[] { "true", "1", "2.5", "\"a\"", "\"Ada Lovelace\"", "[\"a\",\"b\"]", "[]", "{\"city\":\"Berlin\"}", $"\"{new string('x', ListRow.MaxFacet + 1)}\"" }
            .Select(static json => JsonElement.Parse(json)),
    ];

    [Fact]
    public void A_change_of_what_the_row_does_not_hold_leaves_the_row_as_it_is()
    {
        foreach (var name in Kind.Fields.Select(field => field.Name).Append("custom.own"))
        {
            foreach (var (from, to) in Values.SelectMany(from => Values.Select(to => (from, to))))
            {
                if (!ListRow.Holds(Kind, name, from) && !ListRow.Holds(Kind, name, to))
                {
                    Row(name, to).ShouldBe(Row(name, from), $"{name} from {from} to {to}");
                }
            }
        }
    }

    [Theory]
    [InlineData("name", true)]
    [InlineData("tags", true)]
    [InlineData("owner", true)]
    [InlineData("notes", false)]
    [InlineData("title", false)]
    [InlineData("address", false)]
    public void The_row_holds_what_a_list_finds_by_and_nothing_else(string field, bool holds) => ListRow.Holds(Kind, field, JsonElement.Parse("\"a\"")).ShouldBe(holds);

    [Theory]
    [InlineData("12", false)]
    [InlineData("\"gold\"", true)]
    [InlineData("true", true)]
    [InlineData("[\"a\"]", true)]
    public void A_field_of_the_tenant_counts_by_the_form_of_its_value(string json, bool holds) => ListRow.Holds(Kind, "custom.own", JsonElement.Parse(json)).ShouldBe(holds);

    private static string Row(string name, JsonElement value)
    {
        var fields = new Dictionary<string, JsonElement> { ["name"] = JsonElement.Parse("\"Ada\"") };
        if (value.ValueKind != JsonValueKind.Null)
        {
            fields[name] = value;
        }

        var now = DateTimeOffset.UnixEpoch;
        var (title, search, terms, keys) = ListRow.Of(Kind, "acme", new RecordView(Kind.Name, "1", 1, now, now, "ana", false, fields), []);
        return $"{title}|{search}|{string.Join(',', terms)}|{string.Join(',', keys)}";
    }
}
