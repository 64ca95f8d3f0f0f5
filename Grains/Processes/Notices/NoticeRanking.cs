using System.Text.Json;
using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>Finds out what a notice's priority follows from, when it is made.</summary>
public sealed class NoticeRanking(ICatalog catalog, IMembers members)
{
    private const string CustomerPriority = "priority";

    /// <summary>The closest reason for which a rule's receivers are told; the owner is told apart from them later.</summary>
    public static OwnRole RoleOf(IEnumerable<Receiver> receivers) => receivers.Select(receiver => receiver switch
    {
        Receiver.Mentioned => OwnRole.Mentioned,
        Receiver.User or Receiver.Holder => OwnRole.Assignee,
        Receiver.Follower => OwnRole.Follower,
        Receiver.Team => OwnRole.Team,
        _ => OwnRole.Everyone,
    }).DefaultIfEmpty(OwnRole.Assignee).Max();

    /// <summary>How much it will matter to its user, by what is known now.</summary>
    public async Task<Ranked> Of(Telling telling, IRecords records, CancellationToken cancel)
    {
        var (tenant, system) = (telling.Cause.Tenant, Caller.System(telling.Cause.Tenant));
        var about = await records.Read(telling.About, system, cancel);
        var own = Ranking.From(await records.Read(Ranking.At(tenant, telling.User), system, cancel));
        var common = Ranking.From(await records.Read(Ranking.At(tenant), system, cancel));
        return own.Rank(new(telling.Rule.Event, telling.Rule.Priority, Role(telling, about), await Sender(telling), Text(about, CustomerPriority)), common);
    }

    // Whose record it is, and who was not given it by this very event, is told as its owner.
    private OwnRole Role(Telling telling, RecordView? about) =>
        telling.Role < OwnRole.Mentioned && catalog.Find(telling.About.Kind)?.Owner is { } owner && Text(about, owner) == telling.User
            && !(telling.About == telling.Cause && telling.Change.Fields.ContainsKey(owner))
            ? OwnRole.Owner
            : telling.Role;

    private async Task<Sender> Sender(Telling telling)
    {
        var all = await members.Of(telling.Cause.Tenant);
        return !all.TryGetValue(telling.Change.By, out var by) ? Crm.Notices.Priority.Sender.System
            : by.Team is { } team && all.TryGetValue(telling.User, out var user) && user.Team == team ? Crm.Notices.Priority.Sender.Teammate
            : Crm.Notices.Priority.Sender.Colleague;
    }

    private static string? Text(RecordView? record, string field) =>
        record is not null && record.Fields.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
