using System.Text.Json;
using Crm.Users;

namespace Crm.Engine;

/// <summary>The verb by which a user says to whom he is shown: his own choice, and nobody else's.</summary>
public sealed class ShareVerb : ICompoundVerb
{
    /// <inheritdoc />
    public string Kind => User.Kind.Name;

    /// <inheritdoc />
    public string Name => Share.Name;

    /// <inheritdoc />
    public Task<Outcome> Run(Address at, Caller caller, Guid commandId, JsonElement args, IRecords records) => at.Id == caller.User
        ? records.Do(at, Caller.System(at.Tenant) with { User = caller.User }, commandId, Share.Name, args)
        : Task.FromResult(Outcome.Rejected(0, new Problem("", "user.own", "To whom somebody is shown is his own choice. An administrator sets what holds for all.")));
}
