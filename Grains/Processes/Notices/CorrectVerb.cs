using System.Text.Json;
using Crm.Notices;
using Crm.Notices.Priority;

namespace Crm.Engine;

/// <summary>The verb by which a user asks for more notices like one of his, or for less.</summary>
public sealed class CorrectVerb : ICompoundVerb
{
    /// <inheritdoc />
    public string Kind => Notice.KindName;

    /// <inheritdoc />
    public string Name => Correct.Name;

    /// <inheritdoc />
    public async Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records)
    {
        var wish = Json.Read<MoreOrLess>(args);
        if (await records.Read(at, caller) is not { } view || Json.Unflatten<Notice>(view.Fields) is not { User: { } user, Features: { Count: > 0 } features })
        {
            return Outcome.Rejected(0, new Problem("", "notice.unranked", "This notice was made before notices were ranked. Use a newer one."));
        }

        return await records.Do(
            Ranking.At(at.Tenant, user), Caller.System(at.Tenant) with { User = caller.User }, commandId, Correct.Name, Json.Element(new Correct(user, features, wish.More)));
    }
}
