namespace Crm.Engine;

/// <summary>Finds out who is meant by a <see cref="Receiver"/>, as it is now.</summary>
/// <param name="follows">Null where nobody can follow anything.</param>
public sealed class Receivers(IMembers members, IFollows? follows = null)
{
    /// <summary>Ids of users who may sign in, each once, in the order in which they were named.</summary>
    public async Task<IReadOnlyList<string>> Find(Address at, IEnumerable<Receiver> named, CancellationToken cancel)
    {
        var all = await members.Of(at.Tenant);
        var found = new List<string>();
        foreach (var receiver in named)
        {
            found.AddRange(receiver switch
            {
                Receiver.User user => all.ContainsKey(user.Id) ? [user.Id] : [],
                Receiver.Mentioned mentioned => Called(all.Values, mentioned.Handle),
                Receiver.Team team => all.Values.Where(member => member.Team == team.Name).Select(member => member.Id),
                Receiver.Holder holder => await Holders(at.Tenant, all.Keys, holder.Permission),
                Receiver.Follower => follows is null ? [] : (await follows.Followers(at.Tenant, at.Ref, cancel)).Where(all.ContainsKey),
                _ => all.Keys,
            });
        }

        return [.. found.Distinct()];
    }

    // Of two who are called the same, neither is meant for sure: then nobody is told what the other should know.
    private static IEnumerable<string> Called(IEnumerable<Member> all, string handle) =>
        all.Where(member => Mentions.HandlesOf(member.Name, member.Email).Contains(handle)).Take(2).Select(member => member.Id).ToList() is [var only] ? [only] : [];

    private async Task<IEnumerable<string>> Holders(string tenant, IEnumerable<string> users, string permission)
    {
        var callers = await Task.WhenAll(users.Select(user => members.Caller(tenant, user)));
        return callers.OfType<Caller>().Where(caller => caller.Can(permission)).Select(caller => caller.User);
    }
}
