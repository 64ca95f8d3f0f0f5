using System.Text.Json.Nodes;
using Crm.Web.Description;

namespace Crm.Web.Webhooks;

/// <summary>What the API description says of the routes of webhooks.</summary>
internal static class WebhookOperations
{
    public static ApiOperation Secret => ApiOperation.Of(
            "Read the secret that signs deliveries.",
            "Deliveries carry webhook-id, webhook-timestamp and webhook-signature as Standard Webhooks has them: v1, then the HMAC-SHA256 of id.timestamp.body in base64. "
            + "Refuse timestamps more than five minutes from your clock, and a webhook-id that you have handled before.")
        .Takes("id")
        .Answers(200, "The secret.", Anything, new JsonObject { ["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT1LkgkRkTg4=" })
        .Problems(403, 404);

    public static ApiOperation Deliveries => ApiOperation.Of("List what was sent to a webhook and how it went.", "Newest first; kept for 30 days.")
        .Takes("id", "limit")
        .Query("before", "The number of the last one of the page before.", new JsonObject { ["type"] = "integer", ["minimum"] = 0 })
        .Answers(200, "A page; next is the number to go on before, or null.", Anything, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["number"] = 17, ["ref"] = "contacts/0198f2c0", ["version"] = 4, ["at"] = "2026-01-05T10:00:00Z", ["milliseconds"] = 43, ["status"] = 500,
                ["error"] = "The receiver answered 500.",
            }),
            ["next"] = null,
        })
        .Problems(400, 404);

    public static ApiOperation Resume => ApiOperation.Of(
            "Send the changes of a record after a version to a webhook again.",
            "For a receiver that was away: it gets them in order, as if they had just happened, with the same webhook-id as the first time.")
        .Takes("id")
        .Body(Anything, new JsonObject { ["ref"] = "contacts/0198f2c0", ["after"] = 3 })
        .Answers(202, "How many will be sent.", Anything, new JsonObject { ["changes"] = 2 })
        .Problems(400, 403, 404, 413, 415);

    private static JsonObject Anything => new() { ["type"] = "object" };
}
