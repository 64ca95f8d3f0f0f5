using System.Text.Json;
using Crm.Web.Admission;

namespace Crm.Web.Live;

/// <content>Who is there, what is being written, and who writes where. Nothing of it is stored, but what somebody keeps for himself.</content>
internal sealed partial class CrmHub
{
    /// <summary>The user looks at a record that this connection watches, or writes in it.</summary>
    [Admits(Priority.Presence)]
    public void Present(JsonElement @ref, JsonElement presence) => desk.Present(Me, At(@ref), Arguments.Presented(presence));

    /// <summary>The user has left a record; that he was not there is no fault.</summary>
    public void Absent(JsonElement @ref) => desk.Absent(Me, At(@ref));

    /// <summary>An unsaved value, for the others who look at this record.</summary>
    [Admits(Priority.Presence)]
    public void Draft(JsonElement @ref, JsonElement field, JsonElement value) => desk.Draft(Me, At(@ref), Arguments.Field(field), value);

    /// <summary>It was saved, or given up.</summary>
    public void Undraft(JsonElement @ref, JsonElement field) => desk.Undraft(Me, At(@ref), Arguments.Field(field));

    /// <summary>Keeps an unsaved value for its writer alone, sealed, until he saves it or gives it up.</summary>
    [Admits(Priority.Read)]
    public Task Keep(JsonElement @ref, JsonElement field, JsonElement baseVersion, JsonElement value) =>
        box.Keep(Me, At(@ref), Arguments.Field(field), Arguments.Version(baseVersion, "baseVersion"), value);

    /// <summary>Forgets it.</summary>
    public Task Unkeep(JsonElement @ref, JsonElement field) => box.Unkeep(Me, At(@ref), Arguments.Field(field));

    /// <summary>What the caller has kept in a record that this connection watches: <c>{drafts:[{field, value, base, at}]}</c>.</summary>
    [Admits(Priority.Read)]
    public async Task<KeptAnswer> Kept(JsonElement @ref) => new(await box.Kept(Me, At(@ref)));

    /// <summary>Asks for a field, takes it or lets it go: <c>{granted, held}</c>.</summary>
    [Admits(Priority.Presence)]
    public async Task<ClaimAnswer> Claim(JsonElement @ref, JsonElement field, JsonElement how)
    {
        var (me, wish) = (Me, Arguments.ClaimHow(how));
        var claim = await desk.Claim(me, At(@ref), Arguments.Field(field), wish);
        return new(claim?.User == me.Rights.Caller.User, claim is not null);
    }

    /// <summary>The user does something, in this part of the product.</summary>
    [Admits(Priority.Presence)]
    public void Active(JsonElement module) => desk.Active(Me, Arguments.Module(module));

    /// <summary>Tells from now on who is signed in, by <c>People</c>.</summary>
    [Admits(Priority.Read)]
    public void WatchPeople() => desk.Follow(Me);

    /// <summary>Tells it no more.</summary>
    public void UnwatchPeople() => desk.Unfollow(Me);
}

/// <summary>Unsaved values that the caller has kept.</summary>
internal sealed record KeptAnswer(IReadOnlyList<KeptDraft> Drafts);

/// <summary>How a wish for a field ended. By whom it is held stands in <c>Presence</c>, where it is filtered.</summary>
/// <param name="Granted">It is the caller's.</param>
/// <param name="Held">It is somebody's.</param>
internal sealed record ClaimAnswer(bool Granted, bool Held);
