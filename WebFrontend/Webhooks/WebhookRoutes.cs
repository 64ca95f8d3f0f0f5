using System.Text.Json;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Crm.Web.Description;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Webhooks;

/// <summary>What webhooks have besides the routes of every kind: their secret, what was sent, sending again.</summary>
public static class WebhookRoutes
{
    private const string Kind = "webhooks";

    /// <summary>Maps them.</summary>
    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{RecordRoutes.Prefix}/{Kind}").WithTags(Kind);
        group.MapGet("{id}/secret", Secret).WithName($"{Kind}.secret").Describe(WebhookOperations.Secret);
        group.MapGet("{id}/deliveries", Deliveries).WithName($"{Kind}.deliveries").Describe(WebhookOperations.Deliveries);
        group.MapPost("{id}/resume", Resume).WithName($"{Kind}.resume").Describe(WebhookOperations.Resume);
    }

    private static async Task<IResult> Secret(HttpContext http, IRecords records, IWebhooks webhooks, string id)
    {
        var caller = http.Caller();
        if (await Find(records, caller, id) is not { } webhook)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        if (!caller.Can($"{Kind}.secret"))
        {
            return ProblemAnswer.Of("access.denied");
        }

        var secret = await webhooks.Secret(caller.Tenant, id, webhook.Fields["epoch"].GetInt64(), http.RequestAborted);
        return JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("secret", secret);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> Deliveries(HttpContext http, IRecords records, IWebhooks webhooks, string id)
    {
        var caller = http.Caller();
        if (QueryText.Numbered(http.Request, "before", "This is the number of the last delivery of the page before.", out var before, out var limit) is { } wrong)
        {
            return wrong;
        }

        if (await Find(records, caller, id) is null)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        var found = await webhooks.Deliveries(caller.Tenant, id, before == 0 ? null : before, limit + 1, http.RequestAborted);
        return JsonAnswer.Page(found, limit, static delivery => delivery.Number, Write);
    }

    private static void Write(Utf8JsonWriter writer, Delivery delivery)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", delivery.Number);
        writer.WriteString("ref", delivery.Of.Ref);
        writer.WriteNumber("version", delivery.Version);
        writer.WriteString("at", delivery.At);
        writer.WriteNumber("milliseconds", delivery.Milliseconds);
        writer.WritePropertyName("status");
        JsonSerializer.Serialize(writer, delivery.Status);
        writer.WriteString("error", delivery.Error);
        writer.WriteEndObject();
    }

    private static async Task<IResult> Resume(HttpContext http, IRecords records, IWebhooks webhooks, string id)
    {
        var caller = http.Caller();
        var (body, unreadable) = await JsonBody.Read(http.Request);
        if (unreadable is not null)
        {
            return unreadable;
        }

        if (await Find(records, caller, id) is null)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        if (!caller.Can($"{Kind}.resume"))
        {
            return ProblemAnswer.Of("access.denied");
        }

        if (!body.TryGetProperty("ref", out var of) || of.ValueKind != JsonValueKind.String || Address.FromRef(caller.Tenant, of.GetString()) is not { } at)
        {
            return ProblemAnswer.Of("request.invalid", "This is the reference of a record, such as contacts/0198f2c0.", "ref");
        }

        if (!body.TryGetProperty("after", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt64(out var after) || after < 0)
        {
            return ProblemAnswer.Of("request.invalid", "This is the version that the receiver has; 0 when it has none.", "after");
        }

        if (await records.Read(at, caller, http.RequestAborted) is null)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        var count = await webhooks.Resume(caller.Tenant, id, at, after, http.RequestAborted);
        return JsonAnswer.Of(StatusCodes.Status202Accepted, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("changes", count);
            writer.WriteEndObject();
        });
    }

    private static Task<RecordView?> Find(IRecords records, Caller caller, string id) => records.Read(new(caller.Tenant, Kind, id), caller);
}
