using System.Text.Json;
using Crm.Contacts;
using Crm.Engine;

namespace Crm.Rules.Tests;

public sealed class TagUseTests
{
    private readonly TagUse _view = new();

    [Theory]
    [InlineData("""{"a":1}""", """["a"]""", """["a","b"]""", false, false, """{"a":1,"b":1}""")]
    [InlineData("""{"a":2,"b":1}""", """["a","b"]""", """["a"]""", false, false, """{"a":2}""")]
    [InlineData("""{"a":2,"b":1}""", """["a","b"]""", """["a","b"]""", false, true, """{"a":1}""")]
    [InlineData("""{"a":1}""", """["a"]""", """["a"]""", true, false, """{"a":2}""")]
    [InlineData("""{"a":1}""", """["a"]""", """["b"]""", true, true, """{"a":1}""")]
    public void Each_contact_that_is_there_counts_once_for_each_of_its_tags(
        string row, string before, string after, bool wasDeleted, bool isDeleted, string expected)
    {
        var heard = Heard(2, before, after, wasDeleted, isDeleted);

        JsonElement.DeepEquals(_view.Fold(JsonElement.Parse(row), heard), JsonElement.Parse(expected)).ShouldBeTrue();
    }

    [Fact]
    public void The_first_contact_begins_the_row() =>
        _view.Fold(null, Heard(1, "null", """["a"]""", false, false)).GetRawText().ShouldBe("""{"a":1}""");

    [Fact]
    public void It_hears_only_of_what_can_change_a_count()
    {
        _view.Hears("contacts", Heard(1, "null", "[]", false, false).Change).ShouldBeFalse();
        _view.Hears("contacts", Heard(1, "null", """["a"]""", false, false).Change).ShouldBeTrue();
        _view.Hears("contacts", Heard(3, """["a"]""", """["a"]""", false, true).Change).ShouldBeTrue();
        _view.Hears("users", Heard(1, "null", """["a"]""", false, false).Change).ShouldBeFalse();
    }

    private static Nudge Heard(long version, string before, string after, bool wasDeleted, bool isDeleted)
    {
        var fields = new Dictionary<string, FromTo>();
        if (before != after)
        {
            fields["tags"] = new(JsonElement.Parse(before), JsonElement.Parse(after));
        }

        if (wasDeleted != isDeleted)
        {
            fields["deleted"] = new(JsonElement.Parse(wasDeleted ? "true" : "null"), JsonElement.Parse(isDeleted ? "true" : "null"));
        }

        var at = DateTimeOffset.UnixEpoch;
        return new(new("acme", "contacts", "c1"), new(version, at, "ana", "contacts.edit", fields),
            new("contacts", "c1", version, at, at, "ana", isDeleted, new Dictionary<string, JsonElement> { ["tags"] = JsonElement.Parse(after) }));
    }
}
