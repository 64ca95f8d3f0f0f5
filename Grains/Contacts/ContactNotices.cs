using System.Text.Json;
using Crm.Engine;

namespace Crm.Contacts;

/// <summary>What people are told of contacts beside mentions.</summary>
internal static class ContactNotices
{
    private const string Owner = "owner";
    private const string Priority = "priority";

    /// <summary>Somebody looks after it from now on.</summary>
    public static NoticeRule Assigned { get; } = new(
        "contacts.assigned", NoticePriority.Information, new("{by} made you the owner of {title}.", "{by} hat Ihnen {title} übertragen."),
        ToAnother, heard => IsHigh(heard) ? [] : NewOwner(heard))
    {
        Actions = ["open"],
    };

    /// <summary>The same of one that comes first: by its owner or by its priority.</summary>
    public static NoticeRule AssignedHigh { get; } = new(
        "contacts.assigned.high", NoticePriority.Critical,
        new("{title} has high priority and is yours to look after, says {by}.", "{title} hat hohe Priorität und wurde Ihnen von {by} anvertraut."),
        change => ToAnother(change) || (change.Fields.TryGetValue(Priority, out var priority) && priority.To.ValueEquals("high") && !change.Fields.ContainsKey(Owner)), heard => IsHigh(heard) ? NewOwner(heard) : [])
    {
        Actions = ["open"],
    };

    // Whoever makes a contact owns it: that is no news to anybody.
    private static bool ToAnother(Change change) =>
        change.Fields.TryGetValue(Owner, out var owner) && owner.To.ValueKind == JsonValueKind.String && !owner.To.ValueEquals(change.By);

    private static bool IsHigh(Nudge heard) => Text(heard, Priority) == "high";

    private static IEnumerable<Receiver> NewOwner(Nudge heard) => Text(heard, Owner) is { } owner ? [new Receiver.User(owner)] : [];

    private static string? Text(Nudge heard, string field) =>
        heard.After.Fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
