using System.Collections.Frozen;
using System.Text.Json;

namespace Crm.Web.Tests.Live;

/// <summary>The kind, the callers and the lists that these tests speak of.</summary>
internal static class Samples
{
    public static readonly KindInfo Contacts = new(
        "contacts", "name", "owner", false,
        [new("name", FieldType.Text, Searched: true), new("title", FieldType.Text), new("status", FieldType.Text), new("owner", FieldType.User), new("salary", FieldType.Text), new("notes", FieldType.LongText)],
        [], "", JsonDocument.Parse("{}").RootElement);

    public static readonly KindInfo Notices = new(
        "notices", "event", "user", false, [new("user", FieldType.User), new("event", FieldType.Text), new("priority", FieldType.Text), new("about", FieldType.Text), new("muted", FieldType.Flag)],
        [], "", JsonDocument.Parse("{}").RootElement, Private: true);

    public static readonly Address Ada = At("ada");

    public static Address At(string id, string tenant = "acme") => new(tenant, "contacts", id);

    public static Caller Manager(string user = "ana", string tenant = "acme") => Of(user, tenant, ["contacts.*"], []);

    public static Caller Seller(string user = "bo") => Of(user, "acme", ["contacts.read.own", "contacts.edit"], []);

    public static Caller Blinkered(string user = "cy") => Of(user, "acme", ["contacts.*"], ["contacts.salary"]);

    public static Caller Of(string user, string tenant, string[] permissions, string[] hidden) =>
        new(tenant, user, permissions.ToFrozenSet(), hidden.ToFrozenSet(), FrozenSet<string>.Empty);

    /// <summary>What a list comes to for a caller.</summary>
    public static ListSpec Spec(Caller caller, ListQuery query) =>
        ListSpec.Read(caller, Contacts, [], query.Q, query.Filter, query.Sort).Spec ?? throw new ArgumentException("The list is refused.", nameof(query));

    public static Change Change(long version, string title = "t") => new(
        version, DateTimeOffset.UnixEpoch, "ana", "contacts.edit",
        new Dictionary<string, FromTo> { ["title"] = new(Json(null), Json($"{title}{version}")) });

    public static RecordView View(string id, long version, bool deleted = false, params (string Field, object? Value)[] fields) => new(
        "contacts", id, version, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "ana", deleted,
        fields.ToDictionary(field => field.Field, field => Json(field.Value)));

    public static Nudge Nudge(long version, params (string Field, object? Value)[] fields) => new(Ada, Change(version), View("ada", version, false, fields));

    public static JsonElement Json(object? value) => JsonSerializer.SerializeToElement(value);
}
