using System.Text.Json.Nodes;

namespace Crm.Web.Description;

/// <summary>What the API description says of a kind's routes.</summary>
internal sealed class KindOperations(KindInfo kind)
{
    private readonly KindSchemas _schemas = new(kind);

    public ApiOperation List => ApiOperation.Of($"List {kind.Name}.", $"{kind.Summary} A page of those that match, and where the next page begins.")
        .Takes("q", "filter", "sort", "limit", "cursor")
        .Answers(200, "A page.", ApiOperation.Schema(_schemas.Page), new JsonObject { ["items"] = new JsonArray(_schemas.ExampleRecord), ["next"] = null })
        .Problems(400, 403);

    public ApiOperation Count => ApiOperation.Of($"Count {kind.Name}.", $"How many match. Counting stops at {ILists.MostCounted}; more then says whether there are more.")
        .Takes("q", "filter")
        .Answers(200, "The number.", ApiOperation.Schema("Count"), new JsonObject { ["count"] = 91, ["more"] = false })
        .Problems(400, 403);

    public ApiOperation Create => ApiOperation.Of($"Create one of {kind.Name}.", "The body is the fields object. With an Idempotency-Key the id follows from it.")
        .Takes("Idempotency-Key")
        .Body(ApiOperation.Schema(_schemas.Fields), _schemas.ExampleInput)
        .Answers(201, "The new record; without a body for those who may create and not read.", ApiOperation.Schema(_schemas.Record), _schemas.ExampleRecord, headers: ["ETag", "Location"])
        .Problems(400, 403, 409, 413, 415, 422);

    public ApiOperation Read => ApiOperation.Of($"Read one of {kind.Name}.")
        .Takes("id", "If-None-Match")
        .Answers(200, "The record.", ApiOperation.Schema(_schemas.Record), _schemas.ExampleRecord, headers: ["ETag"])
        .Answers(304, "The reader has this version already.", headers: ["ETag"])
        .Problems(404);

    public ApiOperation Edit => ApiOperation.Of(
            $"Change one of {kind.Name}.",
            "A merge patch of the fields, made from the version of If-Match. Fields that others changed meanwhile and this patch leaves alone are merged silently; "
            + "where both changed the same field to different values the answer is 409 with the conflicts, and nothing is stored.")
        .Takes("id", "If-Match", "Idempotency-Key")
        .Body(ApiOperation.Schema(_schemas.Patch), _schemas.ExamplePatch, true, "application/merge-patch+json", "application/json")
        .Answers(200, "The record at its new version.", ApiOperation.Schema(_schemas.Record), _schemas.ExampleRecord, headers: ["ETag"])
        .Answers(204, "It is done, and the caller may not see the record any more.", headers: ["ETag"])
        .Problems(400, 403, 404, 409, 413, 415, 422, 428);

    public ApiOperation Delete => ApiOperation.Of(
            $"Delete one of {kind.Name}.", "Softly: its history stays, and restore brings it back. With If-Match only if it is still at that version, else 412.")
        .Takes("id", "If-Match-Optional", "Idempotency-Key")
        .Answers(204, "It is deleted, now or before.")
        .Problems(400, 403, 404, 412, 422);

    public ApiOperation History => ApiOperation.Of($"Read the history of one of {kind.Name}.", "Changes after a version, oldest first; deleted records have theirs too.")
        .Takes("id", "after", "limit")
        .Answers(200, "A page of changes.", ApiOperation.Schema("HistoryPage"), ExampleHistory)
        .Problems(400, 404);

    private JsonObject ExampleHistory
    {
        get
        {
            var changes = new JsonObject();
            foreach (var (name, value) in _schemas.ExampleInput)
            {
                changes[name] = new JsonObject { ["from"] = null, ["to"] = value?.DeepClone() };
            }

            var change = new JsonObject
            {
                ["version"] = 1, ["at"] = "2026-09-01T12:00:00+00:00", ["by"] = "018f6b1c-0000-7000-8000-000000000001",
                ["type"] = $"{kind.Name}.create", ["changes"] = changes,
            };
            return new() { ["items"] = new JsonArray(change), ["next"] = null };
        }
    }

    public ApiOperation Restore => Verb($"Bring one of {kind.Name} back.", "Undoes a delete.").Body(Empty, new JsonObject(), false);

    public ApiOperation Undo => Verb($"Undo a change of one of {kind.Name}.", "Puts back what the change of that version replaced, where nobody changed it since; else 409.")
        .Body(
            new JsonObject
            {
                ["type"] = "object",
                ["required"] = new JsonArray("version"),
                ["properties"] = new JsonObject { ["version"] = new JsonObject { ["type"] = "integer", ["format"] = "int64", ["minimum"] = 2 } },
                ["additionalProperties"] = false,
            },
            new JsonObject { ["version"] = 3 });

    public ApiOperation Of(VerbInfo verb) => Verb(verb.Summary.Length > 0 ? verb.Summary : $"{verb.Name} one of {kind.Name}.", null)
        .Body(JsonNode.Parse(verb.ArgsSchema.GetRawText()) is JsonObject schema ? schema : Empty, required: false);

    private static JsonObject Empty => new() { ["type"] = "object", ["additionalProperties"] = false };

    private ApiOperation Verb(string summary, string? description) => ApiOperation.Of(summary, description)
        .Takes("id", "Idempotency-Key")
        .Answers(200, "It is done.", ApiOperation.Schema(_schemas.Done), new JsonObject { ["status"] = "applied", ["version"] = 1, ["record"] = _schemas.ExampleRecord }, headers: ["ETag"])
        .Problems(400, 403, 404, 409, 413, 415, 422);
}
