using System.Text.Json;
using Crm.Web.Admission;
using Microsoft.AspNetCore.SignalR;

namespace Crm.Web.Live;

/// <summary>The one hub. It knows who calls and which record is meant; it knows no kind and no rule.</summary>
/// <remarks>
/// Commands go to the record before anything here awaits, so those of one connection take their turns in the order they were sent,
/// while the answer of one holds up no other call.
/// </remarks>
internal sealed partial class CrmHub(IRecords records, ICatalog catalog, Relay relay, ListBoard board, OpenConnections connections, Desk desk, DraftBox box, FeedBoard feeds, NoticeDesk notices) : Hub
{
    /// <summary>Answers with the record, or with what was missed; every later change follows, none twice, none missing.</summary>
    [Admits(Priority.Read)]
    public Task<WatchAnswer> Watch(JsonElement @ref, JsonElement sinceVersion)
    {
        var (version, view) = Arguments.Since(sinceVersion);
        return relay.Watch(Me, At(@ref), version, view, Context.ConnectionAborted);
    }

    /// <summary>Ends a watch; one that is not there is no fault.</summary>
    public void Unwatch(JsonElement @ref)
    {
        Relay.Unwatch(Me, At(@ref));
        desk.Absent(Me, At(@ref));
    }

    /// <summary>Answers with the first page; the list then stays right by itself.</summary>
    [Admits(Priority.Read)]
    public Task<ListAnswer> WatchList(JsonElement kind, JsonElement query) => board.Watch(
        Me,
        catalog.Find(Arguments.Name(kind, "kind")) ?? throw Fault.Of("kind.unknown", "There is no such kind of record."),
        Arguments.Query(query),
        Context.ConnectionAborted);

    /// <summary>Ends a watched list; one that is not there is no fault.</summary>
    public void UnwatchList(JsonElement subscription)
    {
        if (Me.Lists.TryGetValue(Arguments.Name(subscription, "subscription"), out var list))
        {
            list.End();
        }
    }

    /// <summary>Tells the caller's notices from now on, by <c>Notified</c>, and those that wait for him.</summary>
    [Admits(Priority.Read)]
    public Task WatchNotices() => notices.Follow(Me, Context.ConnectionAborted);

    /// <summary>Sets fields of a record.</summary>
    [Admits(Priority.Edit)]
    public Task<CommandAnswer> Edit(JsonElement @ref, JsonElement baseVersion, JsonElement fields, JsonElement commandId) =>
        Edited(At(@ref), records.Edit(At(@ref), Me.Rights.Caller, Arguments.CommandId(commandId), Arguments.Version(baseVersion, "baseVersion"), fields));

    /// <summary>Acts on a record.</summary>
    [Admits(Priority.Edit)]
    public Task<CommandAnswer> Do(JsonElement @ref, JsonElement verb, JsonElement args, JsonElement commandId) => Answer(records.Do(
        At(@ref), Me.Rights.Caller, Arguments.CommandId(commandId), Arguments.Name(verb, "verb"), Arguments.ObjectOrNothing(args, "args")));

    /// <inheritdoc />
    public override Task OnConnectedAsync()
    {
        var session = Context.GetHttpContext()?.Items[typeof(SessionKey)] as SessionKey ?? throw Fault.SessionEnded;
        return connections.Enter(Connection, session, Expiry());
    }

    private LiveConnection Connection => (LiveConnection)Context.Items[LiveConnection.Key]!;

    // With a caller, or a fault: no method acts for a connection whose session has ended.
    private LiveConnection Me => Connection is { Rights: not null } connection ? connection : throw Fault.SessionEnded;

    // The tenant comes from the session, so no payload can name another one.
    private Address At(JsonElement reference) => Arguments.Address(reference, Me.Rights.Caller.Tenant);

    private DateTimeOffset? Expiry() =>
        long.TryParse(Context.User?.FindFirst("exp")?.Value, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private async Task<CommandAnswer> Edited(Address at, Task<Outcome> edit)
    {
        var outcome = await edit;
        if (outcome.Status == Status.Conflict)
        {
            notices.Conflicted(Me, at, outcome);
        }

        return new(outcome);
    }

    private static async Task<CommandAnswer> Answer(Task<Outcome> outcome) => new(await outcome);
}
