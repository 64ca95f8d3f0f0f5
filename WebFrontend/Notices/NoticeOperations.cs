using System.Text.Json.Nodes;
using Crm.Web.Description;

namespace Crm.Web.Notices;

/// <summary>What the API description says of notices and letters.</summary>
internal static class NoticeOperations
{
    public static ApiOperation Events => ApiOperation.Of("List every event that people can be told of.", "With its texts and with what the product does unless somebody chose otherwise.")
        .Answers(200, "All of them, by name.", Anything, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["event"] = "mention", ["priority"] = "important", ["en"] = "{by} mentioned you in {title}.", ["de"] = "{by} hat Sie in {title} erwähnt.",
                ["actions"] = new JsonArray("open"), ["inApp"] = "now", ["desktop"] = true, ["email"] = "daily",
            }),
        });

    public static ApiOperation Texts => ApiOperation.Of(
            "Read what notices say.", "A notice holds no value of any record: its text is put together when it is read, from what the caller may see then. Notices of others are left out.")
        .Query("ids", "Ids of notices, with commas between them; at most 200.", Text())
        .Query("language", "en or de; what the caller has chosen unless given.", Text())
        .Answers(200, "A text for each.", Anything, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["id"] = "0198f2c0", ["key"] = "mention", ["args"] = new JsonObject { ["by"] = "Bo Larsen", ["title"] = "Maria Anders", ["kind"] = "contacts" },
                ["text"] = "Bo Larsen mentioned you in Maria Anders.", ["ref"] = "contacts/0198f2c1", ["open"] = true,
            }),
        })
        .Problems(400);

    public static ApiOperation ReadAll => ApiOperation.Of("Mark all notices as read.", "Those that were made until a time, now unless given, or those of one event. At most 200 at once: call again while more is true.")
        .Body(Anything, new JsonObject { ["until"] = "2026-01-05T10:00:00Z" }, required: false)
        .Answers(200, "How many were marked.", Anything, new JsonObject { ["read"] = 12, ["more"] = false })
        .Problems(400, 413, 415);

    public static ApiOperation Preferences => ApiOperation.Of("Read how the caller is told.", "His own choices, and what holds with those of his roles and the product.")
        .Query("role", "The id of a role: what its holders start from.", Text())
        .Answers(200, "The choices.", Anything, Chosen)
        .Problems(400);

    public static ApiOperation Prefer => ApiOperation.Of(
            "Choose how to be told.", "What is not given stays; null takes a choice away. Events are set one by one. What a role starts from needs the permission preferences.edit.")
        .Takes("Idempotency-Key")
        .Query("role", "The id of a role.", Text())
        .Body(Anything, new JsonObject
        {
            ["events"] = new JsonObject { ["mention"] = new JsonObject { ["inApp"] = "now", ["desktop"] = false, ["email"] = "hourly" } },
            ["quietFrom"] = "22:00", ["quietTo"] = "07:00", ["timeZone"] = "Europe/Berlin",
        }, mediaTypes: ["application/json", "application/merge-patch+json"])
        .Answers(200, "The choices.", Anything, Chosen)
        .Problems(400, 403, 413, 415, 422);

    public static ApiOperation Preview => ApiOperation.Of("See what the last week would have brought.", "Under other choices, from the caller's notices of the last seven days, those that were muted among them. Changes nothing.")
        .Body(Anything, new JsonObject { ["quietFrom"] = "18:00", ["quietTo"] = "08:00" })
        .Answers(200, "A line an event, and how many letters that were.", Anything, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject { ["event"] = "mention", ["count"] = 14, ["inApp"] = 14, ["desktop"] = 14, ["held"] = 3, ["email"] = 14 }),
            ["mails"] = 5,
        })
        .Problems(400, 413, 415);

    public static ApiOperation AskMail => ApiOperation.Open("Ask whether e-mail shall end.", "The page behind the link in a letter. It changes nothing.")
        .Query("link", "The signed text of the letter.", Text())
        .Answers(200, "A page with a button.", new JsonObject { ["type"] = "string" }, mediaType: "text/html")
        .Problems(404);

    public static ApiOperation EndMail => ApiOperation.Open("End all e-mail to whom a letter was sent.", "One click (RFC 8058): the link of List-Unsubscribe takes a POST without a sign-in.")
        .Query("link", "The signed text of the letter.", Text())
        .Answers(200, "It has ended.", new JsonObject { ["type"] = "string" }, mediaType: "text/html")
        .Problems(404);

    private static JsonObject Chosen => new()
    {
        ["chosen"] = new JsonObject { ["quietFrom"] = "22:00", ["quietTo"] = "07:00" }, ["version"] = 2,
        ["events"] = new JsonArray(new JsonObject { ["event"] = "mention", ["inApp"] = "now", ["desktop"] = true, ["email"] = "daily" }),
        ["quietFrom"] = "22:00", ["quietTo"] = "07:00", ["timeZone"] = "UTC", ["language"] = "en", ["digestAt"] = 8, ["email"] = true, ["escalateMinutes"] = 5, ["deputy"] = null,
        ["sound"] = false,
    };

    private static JsonObject Text() => new() { ["type"] = "string" };

    private static JsonObject Anything => new() { ["type"] = "object" };
}
