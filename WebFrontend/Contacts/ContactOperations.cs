using System.Text.Json.Nodes;
using Crm.Web.Description;

namespace Crm.Web.Contacts;

/// <summary>What the API description says of the routes of contacts.</summary>
internal static class ContactOperations
{
    public static ApiOperation Duplicates => ApiOperation.Of(
            "Find contacts that may be the same as this one.",
            "By e-mail address, telephone number, and similar name and company; the likeliest first. Only contacts and fields that the caller may see count.")
        .Takes("id")
        .Answers(200, "Candidates with a score from 0 to 1 and the reasons.", Candidates)
        .Problems(404);

    public static ApiOperation DuplicatesOfNew => ApiOperation.Of("Find contacts that may be the same as one that is not made yet.", "The body is the fields object, as it would be sent to make the contact.")
        .Body(Object(), new JsonObject { ["name"] = "Maria Anders", ["emails"] = new JsonArray("maria.anders@alfreds.example") })
        .Answers(200, "Candidates with a score from 0 to 1 and the reasons.", Candidates)
        .Problems(400, 403, 413, 415);

    public static ApiOperation Tags => ApiOperation.Of(
            "List the tags in use, with how many contacts carry each.", "Most used first. Kept by a view that follows the changes; it may be a moment behind.")
        .Answers(200, "The tags.", Object(("items", new JsonObject
        {
            ["type"] = "array",
            ["items"] = Object(("tag", Text()), ("count", Integer())),
        })), new JsonObject { ["items"] = new JsonArray(new JsonObject { ["tag"] = "vip", ["count"] = 12 }) })
        .Problems(403);

    public static ApiOperation Import => ApiOperation.Of(
            "Import contacts from a CSV file.",
            "The file is the body (text/csv) or the part named file of a form. UTF-8, UTF-16 and Windows-1252 are told apart, as are comma, semicolon, tab and bar. "
            + "Columns are guessed from the header unless a mapping is given. The answer comes at once; the job runs on and is live as the record imports/ID. "
            + "A row that is about a contact which is there fills its gaps and never overwrites. POST /api/v1/imports/ID/revert takes all of it back.")
        .Takes("Idempotency-Key")
        .Query("dryRun", "Only show what would be created, merged and skipped; no contact is written.", new JsonObject { ["type"] = "boolean", ["default"] = false })
        .Query("mapping", "A JSON object, column → field; null leaves a column out. Fields are those of a contact, firstName, middleName, lastName, address.city and the like, custom.name.", Text())
        .Query("onDuplicate", "What becomes of a row about a contact that is there.", new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("merge", "skip", "create"), ["default"] = "merge" })
        .Query("name", "The name to show for the file.", Text())
        .Body(Text(), JsonValue.Create("Name,Email,Company\r\nMaria Anders,maria@example.com,Alfreds Futterkiste\r\n"), true, "text/csv")
        .Answers(202, "The job.", JobSchema(), headers: ["Location"])
        .Problems(400, 403, 413, 415, 422);

    public static ApiOperation Job => ApiOperation.Of("Read how far an import is.", "The same as the record imports/ID, with its fields at the top.")
        .Takes("id")
        .Answers(200, "The job.", JobSchema())
        .Problems(404);

    public static ApiOperation Failures => ApiOperation.Of("Fetch the rows of an import that failed.", "A CSV file with the line, what is wrong, and the row itself: mend it and import it again.")
        .Takes("id")
        .Answers(200, "The rows.", Text(), mediaType: "text/csv")
        .Answers(204, "None failed.")
        .Problems(404);

    public static ApiOperation Export => ApiOperation.Of(
            "Export contacts as a CSV file.",
            "RFC 4180 in UTF-8, as long as the list is. Values that begin with =, +, -, @, tab or carriage return get an apostrophe before them, so that no spreadsheet runs them; "
            + "the import takes it away again. A telephone number such as +49 30 007432 is left as it is, since digits and ()-/. run nothing, unless excel=true, "
            + "where it gets the apostrophe too and so keeps its plus sign.")
        .Takes("q", "filter", "sort")
        .Query("columns", "Fields, separated by commas: name, emails, address.city, custom.name, id, version, createdAt, updatedAt. All fields unless given.", Text())
        .Query("delimiter", "comma, semicolon or tab.", new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("comma", "semicolon", "tab"), ["default"] = "comma" })
        .Query("excel", "With a byte order mark, so that Excel reads UTF-8.", new JsonObject { ["type"] = "boolean", ["default"] = false })
        .Answers(200, "The file.", Text(), JsonValue.Create("name,emails\r\nMaria Anders,maria@example.com\r\n"), "text/csv")
        .Problems(400, 403);

    private static JsonObject Candidates => Object(("items", new JsonObject
    {
        ["type"] = "array",
        ["items"] = Object(
            ("score", new JsonObject { ["type"] = "number", ["minimum"] = 0, ["maximum"] = 1 }),
            ("reasons", new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("email", "phone", "name", "company") } }),
            ("contact", Object())),
    }));

    private static JsonObject JobSchema() => Object(
        ("id", Text()), ("ref", Text()),
        ("state", new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("running", "done", "failed", "cancelled", "reverting", "reverted") }),
        ("total", new JsonObject { ["type"] = new JsonArray("integer", "null") }),
        ("done", Integer()), ("created", Integer()), ("merged", Integer()), ("skipped", Integer()), ("failed", Integer()),
        ("errors", new JsonObject { ["type"] = "array", ["items"] = Object(("line", Integer()), ("field", Text()), ("message", Text())) }),
        ("mapping", Object()), ("columns", new JsonObject { ["type"] = "array", ["items"] = Text() }));

    private static JsonObject Object(params ReadOnlySpan<(string Name, JsonNode Schema)> properties)
    {
        var schema = new JsonObject { ["type"] = "object" };
        if (!properties.IsEmpty)
        {
            var named = new JsonObject();
            foreach (var (name, property) in properties)
            {
                named[name] = property;
            }

            schema["properties"] = named;
        }

        return schema;
    }

    private static JsonObject Text() => new() { ["type"] = "string" };

    private static JsonObject Integer() => new() { ["type"] = "integer" };
}
