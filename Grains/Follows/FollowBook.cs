using System.Text.Json;
using Crm.Engine;

namespace Crm.Follows;

/// <summary>Begins following, and finds who follows what in the list of those records.</summary>
/// <param name="records">The host itself: following begins by an inner verb.</param>
public sealed class FollowBook(IRecords records, ILists lists, ICatalog catalog) : IFollows
{
    private const string Users = "users";
    private const string Views = "views/";
    private const int PageSize = 200;

    /// <inheritdoc />
    public async Task<FollowAnswer> Follow(Caller caller, Guid commandId, string target, CancellationToken cancel = default)
    {
        if (!caller.Can($"{Follows.Follow.KindName}.create"))
        {
            return new(null, new("", "access.denied", "You may not follow anything. Ask an administrator for the permission."));
        }

        if (!await Sees(caller, target, cancel))
        {
            return new(null, new("target", "follow.target", "There is nothing of this name to follow. Give the reference of a record, such as contacts/0198f2c0, of a view, or teams/ and the name of a team."));
        }

        var followed = await Followed(caller.Tenant, caller.User, cancel);
        var views = target.StartsWith(Views, StringComparison.Ordinal) ? followed.Count(other => other.StartsWith(Views, StringComparison.Ordinal)) : 0;
        if (!followed.Contains(target) && (followed.Count >= IFollows.MostOfUser || views >= IFollows.MostViews))
        {
            return new(null, new("target", "follow.limit", $"You follow {IFollows.MostOfUser} things or {IFollows.MostViews} views already. End some of them first."));
        }

        var id = IdOf(caller.User, target);
        var outcome = await records.Do(
            new(caller.Tenant, Follows.Follow.KindName, id), Caller.System(caller.Tenant) with { User = caller.User }, commandId, Begin.Name, Json.Element(new Begin(target)));
        return outcome.Status == Status.Rejected ? new(null, outcome.Errors[0]) : new(id, null);
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> Followers(string tenant, string target, CancellationToken cancel = default) =>
        All(tenant, "target", target, "user", int.MaxValue, cancel);

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> Followed(string tenant, string user, CancellationToken cancel = default) =>
        All(tenant, "user", user, "target", IFollows.MostOfUser, cancel);

    /// <summary>Where it is kept that a user follows a target: the same for both, always.</summary>
    public static string IdOf(string user, string target) => CommandIds.Derive("follow", user, target).ToString();

    private async Task<IReadOnlyList<string>> All(string tenant, string by, string value, string asked, int most, CancellationToken cancel)
    {
        var (found, cursor) = (new List<string>(), (string?)null);
        var filter = JsonSerializer.SerializeToElement(new Dictionary<string, string> { [by] = value });
        do
        {
            var answer = await lists.Find(Caller.System(tenant), Follows.Follow.KindName, new(null, filter, "-updatedAt", PageSize, cursor), cancel);
            var page = answer.Page ?? throw new InvalidOperationException($"What is followed cannot be listed: {answer.Refusal!.Code}.");
            found.AddRange(page.Items.Select(follow => follow.Fields[asked].GetString()!));
            cursor = page.Next;
        }
        while (cursor is not null && found.Count < most);
        return found.Count > most ? found[..most] : found;
    }

    // What he may not see, what another tenant has and what does not exist are the same to him.
    private async Task<bool> Sees(Caller caller, string target, CancellationToken cancel)
    {
        if (target.StartsWith(IFollows.TeamPrefix, StringComparison.Ordinal))
        {
            var team = target[IFollows.TeamPrefix.Length..];
            return team.Length is > 0 and <= Follows.Follow.MaxTarget - 6 && (await lists.Find(
                caller, Users, new(null, JsonSerializer.SerializeToElement(new { team = new { eq = team }, active = true }), null, 1), cancel)).Page?.Items.Count > 0;
        }

        return Address.FromRef(caller.Tenant, target) is { } at && at.Kind != Follows.Follow.KindName && catalog.Find(at.Kind) is not null
            && await records.Read(at, caller, cancel) is not null;
    }
}
