using System.Globalization;
using System.Text.Json.Nodes;
using Crm.Web.Rest;

namespace Crm.Web.Description;

/// <summary>What many operations share: parameters, headers, problems, and the schemas of the kinds.</summary>
internal static class Components
{
    private const string Shared = """
        {
          "parameters": {
            "id": { "name": "id", "in": "path", "required": true, "description": "The record's id.", "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }, "example": "018f6b1c-7d2a-7c3e-9a51-3f1d2c4b5a69" },
            "q": { "name": "q", "in": "query", "description": "Words to look for, in any order; small slips and missing accents are forgiven.", "schema": { "type": "string" }, "example": "lovelase" },
            "filter": { "name": "filter", "in": "query", "description": "A JSON object: {field: value} or {field: {operator: value}} with eq, ne, in, has, gt, gte, lt, lte, contains, startsWith, empty; several fields must all hold; or takes a list of filters, not takes one.", "schema": { "type": "string", "maxLength": 4000 }, "example": "{\"updatedAt\":{\"gte\":\"2026-01-01\"}}" },
            "sort": { "name": "sort", "in": "query", "description": "A field, with - before it for descending. Without it: best match first, or by title.", "schema": { "type": "string" }, "example": "-updatedAt" },
            "limit": { "name": "limit", "in": "query", "description": "Most items of a page.", "schema": { "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }, "example": 50 },
            "cursor": { "name": "cursor", "in": "query", "description": "The next of the page before. Opaque.", "schema": { "type": "string" } },
            "after": { "name": "after", "in": "query", "description": "The version after which to begin.", "schema": { "type": "integer", "format": "int64", "minimum": 0, "default": 0 }, "example": 0 },
            "code": { "name": "code", "in": "path", "required": true, "description": "As in a problem.", "schema": { "type": "string", "pattern": "^[A-Za-z.-]{1,64}$" }, "example": "record.missing" },
            "If-Match": { "name": "If-Match", "in": "header", "required": true, "description": "The version that the change was made from, as one strong entity tag.", "schema": { "type": "string", "pattern": "^\"[1-9][0-9]*\"$" }, "example": "\"3\"" },
            "If-Match-Optional": { "name": "If-Match", "in": "header", "description": "The version that the record must still be at, as one strong entity tag.", "schema": { "type": "string", "pattern": "^\"[1-9][0-9]*\"$" }, "example": "\"3\"" },
            "If-None-Match": { "name": "If-None-Match", "in": "header", "description": "Entity tags of versions that the reader has.", "schema": { "type": "string" }, "example": "\"3\"" },
            "Idempotency-Key": { "name": "Idempotency-Key", "in": "header", "description": "Any text; the same key and body gives the same answer once more and changes nothing, the same key with another body is refused with 422.", "schema": { "type": "string", "minLength": 1, "maxLength": 200 }, "example": "9f1c2b7e-import-17" }
          },
          "headers": {
            "ETag": { "description": "The record's version.", "schema": { "type": "string", "pattern": "^\"[0-9]+\"$" }, "example": "\"1\"" },
            "Location": { "description": "Where the new record is.", "schema": { "type": "string" }, "example": "/api/v1/contacts/018f6b1c-7d2a-7c3e-9a51-3f1d2c4b5a69" },
            "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 1 }, "example": 1 },
            "WWW-Authenticate": { "description": "How to authenticate.", "schema": { "type": "string" }, "example": "Bearer" },
            "Allow": { "description": "The methods that this address knows.", "schema": { "type": "string" }, "example": "GET, POST" }
          },
          "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The accessToken of POST /api/v1/auth/token." }
          },
          "schemas": {
            "Problem": {
              "type": "object", "description": "An error (RFC 9457).", "required": ["type", "title", "status", "detail", "code", "correlationId"],
              "properties": {
                "type": { "type": "string", "format": "uri-reference", "description": "Leads to a page about this code." },
                "title": { "type": "string" },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "For people: what is wrong and what to do." },
                "code": { "type": "string", "description": "Stable, for programs." },
                "correlationId": { "type": "string", "description": "As in X-Correlation-Id; under this id the logs tell of the request." },
                "errors": { "type": "object", "description": "What is wrong, by field.", "additionalProperties": { "type": "array", "items": { "type": "string" } } },
                "conflicts": { "type": "array", "items": { "$ref": "#/components/schemas/Conflict" } }
              }
            },
            "Conflict": {
              "type": "object", "description": "One field that two people changed to different values.", "required": ["field", "base", "theirs", "yours", "by", "at"],
              "properties": {
                "field": { "type": "string" },
                "base": { "description": "The value that yours was made from." },
                "theirs": { "description": "The value that is stored now." },
                "yours": { "description": "The value that was asked for and not stored." },
                "by": { "type": "string", "description": "Who wrote theirs." },
                "at": { "type": "string", "format": "date-time" }
              }
            },
            "Change": {
              "type": "object", "description": "What happened in one version.", "required": ["version", "at", "by", "type", "changes"],
              "properties": {
                "version": { "type": "integer", "format": "int64", "minimum": 1 },
                "at": { "type": "string", "format": "date-time" },
                "by": { "type": "string" },
                "type": { "type": "string", "description": "kind.verb; the built-in verbs are create, edit, delete, restore and undo." },
                "changes": { "type": "object", "description": "By flat name: a custom field is custom.name. null stands for no value.", "additionalProperties": { "type": "object", "required": ["from", "to"], "properties": { "from": {}, "to": {} } } }
              }
            },
            "Count": {
              "type": "object", "required": ["count", "more"],
              "properties": { "count": { "type": "integer", "format": "int64", "minimum": 0 }, "more": { "type": "boolean" } }
            },
            "HistoryPage": {
              "type": "object", "required": ["items", "next"],
              "properties": {
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/Change" } },
                "next": { "type": ["integer", "null"], "format": "int64", "description": "The after of the next page; null on the last one." }
              }
            },
            "Health": {
              "type": "object", "required": ["status", "dependencies"],
              "properties": {
                "status": { "$ref": "#/components/schemas/HealthState" },
                "dependencies": { "type": "object", "additionalProperties": { "type": "object", "required": ["status"], "properties": { "status": { "$ref": "#/components/schemas/HealthState" } } } }
              }
            },
            "HealthState": { "type": "string", "enum": ["healthy", "degraded", "unhealthy"] },
            "ProblemType": {
              "type": "object", "required": ["type", "title", "status", "detail", "code"],
              "properties": { "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" }, "detail": { "type": "string" }, "code": { "type": "string" } }
            }
          }
        }
        """;

    // Statuses that an operation may name, in the order of the codes that explain them.
    private static readonly int[] Statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 423, 428, 429, 500, 503];

    public static JsonObject Of(IEnumerable<KindInfo> kinds)
    {
        var components = JsonNode.Parse(Shared)!.AsObject();
        components["parameters"]!["q"]!["schema"]!["maxLength"] = Question.MaxLength;
        var schemas = components["schemas"]!.AsObject();
        foreach (var kind in kinds)
        {
            new KindSchemas(kind).AddTo(schemas);
        }

        var responses = new JsonObject();
        foreach (var status in Statuses)
        {
            responses[$"Problem{status.ToString(CultureInfo.InvariantCulture)}"] = Problem(status);
        }

        components["responses"] = responses;
        return components;
    }

    private static JsonObject Problem(int status)
    {
        var type = ProblemCodes.Find(ProblemCodes.For(status));
        var response = new JsonObject
        {
            ["description"] = type.Title,
            ["content"] = new JsonObject
            {
                [ProblemAnswer.MediaType] = new JsonObject { ["schema"] = ApiOperation.Schema("Problem"), ["example"] = Example(type) },
            },
        };
        var header = status switch { 401 => "WWW-Authenticate", 423 or 429 or 503 => "Retry-After", _ => null };
        if (header is not null)
        {
            response["headers"] = new JsonObject { [header] = ApiOperation.Ref("headers", header) };
        }

        return response;
    }

    private static JsonObject Example(ProblemType type)
    {
        var problem = new JsonObject
        {
            ["type"] = $"/problems/{type.Code}", ["title"] = type.Title, ["status"] = type.Status, ["detail"] = type.Help, ["code"] = type.Code,
            ["correlationId"] = "018f6b1c7d2a7c3e9a513f1d2c4b5a69",
        };
        if (type.Status == 400)
        {
            problem["errors"] = new JsonObject { ["emails"] = new JsonArray("This is not an e-mail address.") };
        }

        if (type.Status == 409)
        {
            problem["conflicts"] = new JsonArray(new JsonObject
            {
                ["field"] = "title", ["base"] = "Analyst", ["theirs"] = "Head of analysis", ["yours"] = "Engineer",
                ["by"] = "018f6b1c-0000-7000-8000-000000000002", ["at"] = "2026-09-01T12:00:00+00:00",
            });
        }

        return problem;
    }
}
