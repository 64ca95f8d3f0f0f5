using System.Text.Json;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>What the routes of one kind do. They know no rule: what may be done, the record says.</summary>
internal sealed class KindRoutes(KindInfo kind)
{
    private static readonly JsonElement NoArguments = JsonElement.Parse("{}");

    public async Task<IResult> List(HttpContext http, ILists lists)
    {
        if (QueryText.List(http.Request, out var query) is { } wrong)
        {
            return wrong;
        }

        var answer = await lists.Find(http.Caller(), kind.Name, query, http.RequestAborted);
        return answer.Refusal is { } refusal ? ProblemAnswer.Of([refusal]) : RecordAnswer.Page(answer.Page!);
    }

    public async Task<IResult> Count(HttpContext http, ILists lists)
    {
        if (QueryText.Count(http.Request, out var query) is { } wrong)
        {
            return wrong;
        }

        var answer = await lists.Count(http.Caller(), kind.Name, query, http.RequestAborted);
        return answer.Refusal is { } refusal ? ProblemAnswer.Of([refusal]) : JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("count", answer.Count);
            writer.WriteBoolean("more", answer.More);
            writer.WriteEndObject();
        });
    }

    public async Task<IResult> Create(HttpContext http, IRecords records, TimeProvider time)
    {
        var caller = http.Caller();
        if ((CommandKey.Read(http.Request, caller, time, out var key) ?? Conditions.None(http.Request)) is { } wrong)
        {
            return wrong;
        }

        var (fields, unreadable) = await JsonBody.Read(http.Request);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var at = new Address(caller.Tenant, kind.Name, key.RecordId(kind.Name));
        var outcome = await records.Edit(at, caller, key.CommandId, 0, fields);
        return ProblemAnswer.Of(outcome) ?? RecordAnswer.Created(at, outcome, await PastRecord.At(records, at, caller, outcome.Version, http.RequestAborted));
    }

    public async Task<IResult> Read(HttpContext http, IRecords records, string id) =>
        await records.Read(At(http.Caller(), id), http.Caller(), http.RequestAborted) is { } record ? RecordAnswer.Found(http.Request, record) : Missing;

    public async Task<IResult> Edit(HttpContext http, IRecords records, TimeProvider time, string id)
    {
        var caller = http.Caller();
        var version = 0L;
        if ((CommandKey.Read(http.Request, caller, time, out var key) ?? Conditions.Required(http.Request, out version)) is { } wrong)
        {
            return wrong;
        }

        var (patch, unreadable) = await JsonBody.Read(http.Request, patch: true);
        if (unreadable is not null)
        {
            return unreadable;
        }

        var at = At(caller, id);
        var outcome = await records.Edit(at, caller, key.CommandId, version, patch);
        return ProblemAnswer.Of(outcome) ?? RecordAnswer.Changed(outcome, await PastRecord.At(records, at, caller, outcome.Version, http.RequestAborted));
    }

    public async Task<IResult> Delete(HttpContext http, IRecords records, TimeProvider time, string id)
    {
        var caller = http.Caller();
        long? version = null;
        if ((CommandKey.Read(http.Request, caller, time, out var key) ?? Conditions.Optional(http.Request, out version)) is { } wrong)
        {
            return wrong;
        }

        var args = version is { } seen ? JsonSerializer.SerializeToElement(new Dictionary<string, long> { ["version"] = seen }) : NoArguments;
        var outcome = await records.Do(At(caller, id), caller, key.CommandId, "delete", args);
        return ProblemAnswer.Of(outcome) ?? Results.NoContent();
    }

    public async Task<IResult> History(HttpContext http, IRecords records, string id)
    {
        if (QueryText.History(http.Request, out var after, out var limit) is { } wrong)
        {
            return wrong;
        }

        // One more than asked for tells whether there is a next page.
        var caller = http.Caller();
        return await records.History(At(caller, id), caller, after, limit + 1, http.RequestAborted) is { } changes ? RecordAnswer.History(changes, limit) : Missing;
    }

    public Func<HttpContext, IRecords, TimeProvider, string, Task<IResult>> Verb(string verb) => async (http, records, time, id) =>
    {
        var caller = http.Caller();
        if ((CommandKey.Read(http.Request, caller, time, out var key) ?? Conditions.None(http.Request)) is { } wrong)
        {
            return wrong;
        }

        var (args, unreadable) = await JsonBody.Read(http.Request, optional: true);
        if ((unreadable ?? Unexpected(verb, args)) is { } refused)
        {
            return refused;
        }

        var at = At(caller, id);
        var outcome = await records.Do(at, caller, key.CommandId, verb, args.ValueKind == JsonValueKind.Undefined ? NoArguments : args);
        return ProblemAnswer.Of(outcome) ?? RecordAnswer.Done(outcome, await PastRecord.At(records, at, caller, outcome.Version, http.RequestAborted));
    };

    private static ProblemAnswer Missing { get; } = ProblemAnswer.Of(ProblemCodes.Missing);

    private Address At(Caller caller, string id) => new(caller.Tenant, kind.Name, id);

    // The arguments of a kind's own verbs are read strictly by the kind; the built-in ones take what is known here.
    private static ProblemAnswer? Unexpected(string verb, JsonElement args)
    {
        string[]? known = verb switch { "restore" => [], "undo" => ["version"], _ => null };
        if (known is null || args.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        var extra = args.EnumerateObject().Where(argument => !known.Contains(argument.Name))
            .Select(argument => new Problem(argument.Name, "field.unknown", "There is no such argument.")).ToList();
        return extra.Count > 0 ? ProblemAnswer.Of(extra) : null;
    }
}
