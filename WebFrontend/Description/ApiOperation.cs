using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;

namespace Crm.Web.Description;

/// <summary>What the API description says of one route: an OpenAPI 3.1 operation object, put together piece by piece.</summary>
public sealed class ApiOperation
{
    private readonly JsonArray _parameters = [];
    private readonly JsonObject _responses = [];
    private readonly JsonObject _json;

    private ApiOperation(string summary, string? description)
    {
        _json = new() { ["summary"] = summary, ["description"] = description ?? summary };
    }

    /// <summary>Whether it can be called without a token.</summary>
    public bool Anonymous { get; private init; }

    /// <summary>An operation that requires a caller: the problems that any such operation may answer are in it already.</summary>
    public static ApiOperation Of(string summary, string? description = null) => new ApiOperation(summary, description).Problems(401, 429, 500, 503);

    /// <summary>An operation that anybody may call.</summary>
    public static ApiOperation Open(string summary, string? description = null) =>
        new ApiOperation(summary, description) { Anonymous = true }.Problems(429, 500);

    /// <summary>Parameters by their names in the document's components.</summary>
    public ApiOperation Takes(params ReadOnlySpan<string> parameters)
    {
        foreach (var name in parameters)
        {
            _parameters.Add((JsonNode)Ref("parameters", name));
        }

        return this;
    }

    /// <summary>A parameter of the query string that only this operation has.</summary>
    public ApiOperation Query(string name, string description, JsonNode schema)
    {
        _parameters.Add((JsonNode)new JsonObject { ["name"] = name, ["in"] = "query", ["description"] = description, ["schema"] = schema });
        return this;
    }

    /// <summary>A JSON body.</summary>
    /// <param name="example">Null for none.</param>
    public ApiOperation Body(JsonNode schema, JsonNode? example = null, bool required = true, params ReadOnlySpan<string> mediaTypes)
    {
        var content = new JsonObject();
        foreach (var type in mediaTypes.IsEmpty ? ["application/json"] : mediaTypes)
        {
            content[type] = Media(schema.DeepClone(), example?.DeepClone());
        }

        _json["requestBody"] = new JsonObject { ["required"] = required, ["content"] = content };
        return this;
    }

    /// <summary>An answer; without a schema it has no body.</summary>
    /// <param name="headers">By their names in the document's components.</param>
    public ApiOperation Answers(
        int status, string description, JsonNode? schema = null, JsonNode? example = null, string mediaType = "application/json",
        params ReadOnlySpan<string> headers)
    {
        var response = new JsonObject { ["description"] = description };
        if (!headers.IsEmpty)
        {
            var named = new JsonObject();
            foreach (var header in headers)
            {
                named[header] = Ref("headers", header);
            }

            response["headers"] = named;
        }

        if (schema is not null)
        {
            response["content"] = new JsonObject { [mediaType] = Media(schema, example) };
        }

        _responses[Text(status)] = response;
        return this;
    }

    /// <summary>The problems that it may answer, by status.</summary>
    public ApiOperation Problems(params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            _responses[Text(status)] = Ref("responses", $"Problem{Text(status)}");
        }

        return this;
    }

    /// <summary>A reference to a component.</summary>
    public static JsonObject Ref(string section, string name) => new() { ["$ref"] = $"#/components/{section}/{name}" };

    /// <summary>A reference to a schema.</summary>
    public static JsonObject Schema(string name) => Ref("schemas", name);

    /// <summary>The operation object.</summary>
    public JsonObject ToJson()
    {
        var json = _json.DeepClone().AsObject();
        if (_parameters.Count > 0)
        {
            json["parameters"] = _parameters.DeepClone();
        }

        var responses = new JsonObject();
        foreach (var (status, response) in _responses.OrderBy(response => response.Key, StringComparer.Ordinal))
        {
            responses[status] = response!.DeepClone();
        }

        json["responses"] = responses;
        if (Anonymous)
        {
            json["security"] = new JsonArray();
        }

        return json;
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static JsonObject Media(JsonNode schema, JsonNode? example)
    {
        var media = new JsonObject { ["schema"] = schema };
        if (example is not null)
        {
            media["example"] = example;
        }

        return media;
    }
}

/// <summary>Attaches descriptions to routes.</summary>
public static class ApiOperationMapping
{
    /// <summary>Says what the API description shows of this route.</summary>
    public static TBuilder Describe<TBuilder>(this TBuilder route, ApiOperation operation) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(operation);
}
