using System.Text.Json;
using System.Text.Json.Nodes;
using Crm.Web.Contacts;
using Crm.Web.Description;
using Crm.Web.Feeds;
using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Audit;

/// <summary>The audit for those who may read it: look, export, verify.</summary>
public static class AuditRoutes
{
    private const string Tag = "audit";
    private const string Permission = "audit.read";

    /// <summary>Maps them.</summary>
    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup($"{RecordRoutes.Prefix}/{Tag}").WithTags(Tag);
        group.MapGet("", Read).WithName($"{Tag}.list").Describe(AuditOperations.List);
        group.MapGet("export", Export).WithName($"{Tag}.export").Describe(AuditOperations.Export);
        group.MapPost("verify", Verify).WithName($"{Tag}.verify").Describe(AuditOperations.Verify);
    }

    private static async Task<IResult> Read(HttpContext http, IAudit audit)
    {
        var (query, wrong) = Asked(http, paged: true);
        if (query is null)
        {
            return wrong!;
        }

        var answer = await audit.Read(http.Caller(), query, http.RequestAborted);
        return answer.Refusal is { } refusal ? ProblemAnswer.Of([refusal]) : JsonAnswer.Ok(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("items");
            foreach (var entry in answer.Page!.Items)
            {
                Write(writer, entry);
            }

            writer.WriteEndArray();
            writer.WriteString("next", answer.Page.Next);
            writer.WriteEndObject();
        });
    }

    private static async Task<IResult> Export(HttpContext http, IAudit audit, ISecurityEvents events)
    {
        var (query, wrong) = Asked(http, paged: false);
        if (query is null)
        {
            return wrong!;
        }

        var caller = http.Caller();
        if ((await audit.Read(caller, query with { Limit = 1 }, http.RequestAborted)).Refusal is { } refusal)
        {
            return ProblemAnswer.Of([refusal]);
        }

        // That it left is noted before the first line leaves.
        await events.Add(caller.Tenant, new(SecurityTypes.Exported, caller.User, RemoteAddress.Of(http), new Dictionary<string, string> { ["what"] = Tag }), http.RequestAborted);
        return new CsvAnswer("audit.csv", audit.Export(caller, query, http.RequestAborted));
    }

    private static async Task<IResult> Verify(HttpContext http, IAudit audit, ISecurityEvents events)
    {
        var caller = http.Caller();
        if (!caller.Can(Permission))
        {
            return ProblemAnswer.Of("access.denied");
        }

        var report = await audit.Verify(caller.Tenant, http.RequestAborted);
        await events.Add(caller.Tenant, new(SecurityTypes.Verified, caller.User, RemoteAddress.Of(http), new Dictionary<string, string> { ["faults"] = $"{report.Faults.Count}" }), http.RequestAborted);
        return JsonAnswer.Ok(writer => Write(writer, report));
    }

    private static (AuditQuery? Query, IResult? Wrong) Asked(HttpContext http, bool paged)
    {
        if (!http.Caller().Can(Permission))
        {
            return (null, ProblemAnswer.Of("access.denied"));
        }

        var limit = QueryText.DefaultLimit;
        string[] names = ["categories", "by", "ref", "kind", "since", "until"];
        if ((paged ? QueryText.Page(http.Request, names, out limit) : QueryText.Known(http.Request, names)) is { } wrong)
        {
            return (null, wrong);
        }

        string? Get(string name) => QueryText.Text(http.Request, name);
        if (Get("by") is { } by && !Address.IsId(by))
        {
            return (null, ProblemAnswer.Of(ProblemCodes.Query, "This is the id of a user.", "by"));
        }

        if (Get("ref") is { } reference && Address.FromRef(http.Caller().Tenant, reference) is null)
        {
            return (null, ProblemAnswer.Of(ProblemCodes.Query, "This is the reference of a record, such as contacts/0198f2c0.", "ref"));
        }

        if (!ActivityText.Instant(Get("since"), out var since) || !ActivityText.Instant(Get("until"), out var until))
        {
            return (null, ProblemAnswer.Of(ProblemCodes.Query, "This is an instant, such as 2026-03-01T08:00:00Z.", ActivityText.Instant(Get("since"), out _) ? "until" : "since"));
        }

        var categories = Get("categories")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return (new(categories is { Length: > 0 } ? categories : null, Get("by"), Get("ref"), Get("kind"), since, until, limit, paged ? Get("cursor") : null), null);
    }

    private static void Write(Utf8JsonWriter writer, AuditEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("at", entry.At);
        writer.WriteString("category", entry.Category);
        writer.WriteString("type", entry.Type);
        writer.WriteString("user", entry.User);
        writer.WriteNumber("number", entry.Number);
        writer.WriteString("ref", entry.Ref);
        writer.WriteString("remote", entry.Remote);
        writer.WriteStartObject("fields");
        foreach (var (name, value) in entry.Fields ?? new Dictionary<string, FromTo>())
        {
            RecordJson.WriteFromTo(writer, name, value);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("detail");
        foreach (var (name, value) in entry.Detail ?? new Dictionary<string, string>())
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, AuditReport report)
    {
        writer.WriteStartObject();
        writer.WriteNumber("records", report.Records);
        writer.WriteNumber("changes", report.Changes);
        writer.WriteNumber("events", report.Events);
        writer.WriteNumber("anchors", report.Anchors);
        writer.WriteNumber("compared", report.Compared);
        writer.WritePropertyName("anchoredAt");
        JsonSerializer.Serialize(writer, report.AnchoredAt);
        writer.WriteNumber("seconds", Math.Round(report.Took.TotalSeconds, 3));
        writer.WriteStartArray("faults");
        foreach (var fault in report.Faults)
        {
            writer.WriteStartObject();
            writer.WriteString("where", fault.Where);
            writer.WriteNumber("number", fault.Number);
            writer.WriteString("reason", fault.Reason);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}

/// <summary>What the API description says of them.</summary>
internal static class AuditOperations
{
    public static ApiOperation List => Filtered(ApiOperation.Of(
            "Read everything that was done, newest first.",
            "Needs audit.read. Changes of records, changes of permissions, sign-ins, refusals, exports. Values are reduced to what the caller may see; that something happened is not."))
        .Takes("limit", "cursor")
        .Answers(200, "A page.", Anything, new JsonObject
        {
            ["items"] = new JsonArray(new JsonObject
            {
                ["at"] = "2026-01-05T10:00:00Z", ["category"] = "signin", ["type"] = "signin.failure", ["user"] = "ana", ["number"] = 17, ["ref"] = null,
                ["remote"] = "203.0.113.7", ["fields"] = new JsonObject(), ["detail"] = new JsonObject(),
            }),
            ["next"] = null,
        })
        .Problems(400, 403);

    public static ApiOperation Export => Filtered(ApiOperation.Of("Write the audit out as CSV.", "Needs audit.read. The export is in the audit itself."))
        .Answers(200, "One line for each entry, newest first.", new JsonObject { ["type"] = "string" }, null, CsvAnswer.MediaType)
        .Problems(400, 403);

    public static ApiOperation Verify => ApiOperation.Of(
            "Verify that everything is as it was written.",
            "Needs audit.read. Walks the chain of each record and of the security events, and compares them with the anchors in the database and in the file outside. No faults means that all is there, in place and unaltered.")
        .Answers(200, "What was found.", Anything, new JsonObject
        {
            ["records"] = 120, ["changes"] = 1_024, ["events"] = 64, ["anchors"] = 12, ["compared"] = 12, ["anchoredAt"] = "2026-01-05T10:00:00Z", ["seconds"] = 0.4, ["faults"] = new JsonArray(),
        })
        .Problems(403);

    private static JsonObject Anything => new() { ["type"] = "object" };

    private static ApiOperation Filtered(ApiOperation operation) => operation
        .Query("categories", $"Some of {string.Join(", ", IAudit.Categories)}, with commas between them.", new JsonObject { ["type"] = "string" })
        .Query("by", "Only what this user did, or what is about him.", new JsonObject { ["type"] = "string" })
        .Query("ref", "Only changes of this record.", new JsonObject { ["type"] = "string" })
        .Query("kind", "Only changes of records of this kind.", new JsonObject { ["type"] = "string" })
        .Query("since", "From this instant on.", new JsonObject { ["type"] = "string" })
        .Query("until", "Before this instant.", new JsonObject { ["type"] = "string" });
}
