using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web.Tests.Rest;

/// <summary>The OpenAPI document is whole, says what the routes do, and changes only on purpose.</summary>
public sealed class DescriptionTests : IAsyncLifetime
{
    private static readonly string[] NotDescribed = ["/openapi/v1.json", "/hub", "/hub/negotiate"];

    // Whoever adds a line here opens a route to everybody.
    private static readonly string[] OpenToAll =
    [
        "GET /openapi/v1.json", "GET /problems/{code}", "GET /health/live", "GET /health/ready", "GET /mail/end", "POST /mail/end",
        "GET /.well-known/jwks.json", "POST /api/v1/auth/token", "POST /api/v1/auth/refresh",
    ];

    private Api _api = null!;
    private JsonObject _document = null!;

    public async Task InitializeAsync()
    {
        _api = await Api.Start();
        _document = JsonNode.Parse((await _api.Send("GET", "/openapi/v1.json", caller: null)).Text)!.AsObject();
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    private IEnumerable<(string Path, string Method, JsonObject Operation)> Operations =>
        from path in _document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    [Fact]
    public void It_is_OpenAPI_3_1_and_every_reference_leads_somewhere()
    {
        _document["openapi"]!.GetValue<string>().ShouldStartWith("3.1");
        var references = 0;
        foreach (var reference in Nodes(_document).OfType<JsonObject>().Select(node => node["$ref"]).OfType<JsonValue>().Select(value => value.GetValue<string>()))
        {
            reference.ShouldStartWith("#/");
            var target = reference[2..].Split('/').Aggregate((JsonNode?)_document, (node, name) => node?[name]);
            target.ShouldNotBeNull(reference);
            references++;
        }

        references.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Every_operation_has_a_name_of_its_own_a_summary_and_the_problems_it_may_answer()
    {
        Operations.Select(operation => operation.Operation["operationId"]!.GetValue<string>()).ShouldBeUnique();
        foreach (var (path, method, operation) in Operations)
        {
            var where = $"{method} {path}";
            operation["summary"]!.GetValue<string>().ShouldNotBeNullOrWhiteSpace(where);
            operation["tags"]!.AsArray().Count.ShouldBeGreaterThan(0, where);
            var responses = operation["responses"]!.AsObject();
            responses.ShouldContain(response => response.Key.StartsWith('2'), where);
            foreach (var (status, response) in responses.Where(response => response.Key[0] is '4' or '5' && path is not "/health/ready" and not "/health/live"))
            {
                Resolved(response!)["content"]!.AsObject().ShouldContain(content => content.Key == "application/problem+json", $"{where} {status}");
            }

            var open = operation["security"] is JsonArray { Count: 0 };
            responses.ContainsKey("401").ShouldBe(!open || path.StartsWith("/api/v1/auth/", StringComparison.Ordinal), where);
            foreach (var parameter in path.Split('/').Where(part => part.StartsWith('{')))
            {
                Parameters(operation).ShouldContain(known => known["in"]!.GetValue<string>() == "path" && $"{{{known["name"]!.GetValue<string>()}}}" == parameter, where);
            }
        }
    }

    [Fact]
    public void What_is_mapped_is_described_and_what_is_described_is_mapped()
    {
        var mapped = _api.Routes.Where(route => !NotDescribed.Contains(route.Route) && !IsClient(route.Endpoint))
            .Select(route => $"{route.Method} {route.Route.TrimEnd('/')}").Order(StringComparer.Ordinal).ToList();
        var described = Operations.Select(operation => $"{operation.Method.ToUpperInvariant()} {operation.Path.TrimEnd('/')}").Order(StringComparer.Ordinal).ToList();
        described.ShouldBe(mapped);
    }

    [Fact]
    public void Only_what_is_listed_is_open_to_callers_without_a_token()
    {
        var open = _api.Routes.Where(route => route.Endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null && !IsClient(route.Endpoint))
            .Select(route => $"{route.Method} {route.Route}").Distinct();
        open.ShouldBe(OpenToAll, ignoreOrder: true);
        foreach (var (path, method, operation) in Operations)
        {
            var listed = OpenToAll.Contains($"{method.ToUpperInvariant()} {path}");
            (operation["security"] is JsonArray { Count: 0 }).ShouldBe(listed, $"{method} {path}");
        }
    }

    [Fact]
    public async Task Every_route_that_is_not_listed_refuses_whoever_has_no_token()
    {
        foreach (var (method, route, _) in _api.Routes.Where(route => !OpenToAll.Contains($"{route.Method} {route.Route}") && !IsClient(route.Endpoint)))
        {
            var answer = await _api.Send(method == "*" ? "GET" : method, route.Replace("{id}", "some", StringComparison.Ordinal), caller: null);
            answer.ShouldBeProblem(401, "access.unauthenticated");
        }
    }

    [Fact]
    public void Every_example_fits_its_schema()
    {
        var checkedExamples = 0;
        foreach (var (path, method, operation) in Operations)
        {
            foreach (var (content, where) in Contents(operation, $"{method} {path}"))
            {
                if (content["example"] is { } example)
                {
                    Fits(example, content["schema"]!, where);
                    checkedExamples++;
                }
            }

            foreach (var parameter in Parameters(operation).Where(parameter => parameter["example"] is not null))
            {
                Fits(parameter["example"], parameter["schema"]!, $"{method} {path} {parameter["name"]}");
                checkedExamples++;
            }
        }

        checkedExamples.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task The_example_of_every_kind_can_be_created_as_it_stands()
    {
        foreach (var kind in _api.Services.GetRequiredService<ICatalog>().Kinds.Where(kind => kind.Name != "notes"))
        {
            if (_document["paths"]![$"/api/v1/{kind.Name}"]!["post"] is not { } post)
            {
                kind.Fields.ShouldAllBe(field => !field.Editable, kind.Name);
                continue;
            }

            var example = post["requestBody"]!["content"]!["application/json"]!["example"]!.ToJsonString();
            var answer = await _api.Send("POST", $"/api/v1/{kind.Name}", example);
            ((int)answer.Status).ShouldBe(201, $"{kind.Name}: {answer.Text}");
            Fits(JsonNode.Parse(answer.Text), post["responses"]!["201"]!["content"]!["application/json"]!["schema"]!, kind.Name);
            var read = await _api.Send("GET", answer.Headers["Location"] + "/history");
            Fits(JsonNode.Parse(read.Text), new JsonObject { ["$ref"] = "#/components/schemas/HistoryPage" }, kind.Name);
        }
    }

    [Fact]
    public async Task Real_problems_fit_the_schema_of_problems()
    {
        var schema = new JsonObject { ["$ref"] = "#/components/schemas/Problem" };
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        await _api.Send("PATCH", $"/api/v1/contacts/{id}", """{"name":"B"}""", headers: ("If-Match", "\"1\""));
        foreach (var answer in new[]
        {
            await _api.Send("PATCH", $"/api/v1/contacts/{id}", """{"name":"C"}""", headers: ("If-Match", "\"1\"")),
            await _api.Send("POST", "/api/v1/contacts", """{"emails":["x"],"phones":"y"}"""), await _api.Send("GET", "/api/v1/contacts/none"),
        })
        {
            Fits(JsonNode.Parse(answer.Text), schema, answer.Text);
        }
    }

    // docs/openapi.json is reviewed like code. After a change on purpose: UPDATE_SNAPSHOTS=1 dotnet test tests/Web --filter DescriptionTests
    [Fact]
    public void It_is_the_document_in_docs()
    {
        var file = Path.Combine(Root(), "docs", "openapi.json");
        WithoutNotes(_document);
        var text = _document.ToJsonString(new(JsonSerializerOptions.Default) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(file, text);
        }

        File.ReadAllText(file).ShouldBe(text, "docs/openapi.json is not what the code says. If that is meant: UPDATE_SNAPSHOTS=1 dotnet test tests/Web --filter DescriptionTests");
    }

    // The kind that only tests have.
    private static void WithoutNotes(JsonObject document)
    {
        foreach (var (part, prefix) in new[] { (document["paths"]!, "/api/v1/notes"), (document["components"]!["schemas"]!, "Notes") })
        {
            foreach (var name in part.AsObject().Select(entry => entry.Key).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToList())
            {
                part.AsObject().Remove(name);
            }
        }

        if (document["tags"] is JsonArray tags)
        {
            tags.RemoveAll(tag => tag!["name"]!.GetValue<string>() == "notes");
        }
    }

    // The client's own files and page: the same for everybody, and without anything of anybody.
    private static bool IsClient(Microsoft.AspNetCore.Http.Endpoint endpoint) => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Http.Metadata.ITagsMetadata>()?.Tags.Contains(Client.ClientRoutes.Tag) is true;

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Crm.Orleans.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }

    private static IEnumerable<JsonNode?> Nodes(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(entry => Nodes(entry.Value)).Prepend(map),
        JsonArray list => list.SelectMany(Nodes).Prepend(list),
        _ => [node],
    };

    private IEnumerable<(JsonNode Content, string Where)> Contents(JsonObject operation, string where)
    {
        foreach (var (type, content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
        {
            yield return (content!, $"{where} takes {type}");
        }

        foreach (var (status, response) in operation["responses"]!.AsObject())
        {
            foreach (var (type, content) in Resolved(response!)["content"]?.AsObject() ?? [])
            {
                yield return (content!, $"{where} answers {status} {type}");
            }
        }
    }

    private IEnumerable<JsonNode> Parameters(JsonObject operation) => operation["parameters"]?.AsArray().Select(parameter => Resolved(parameter!)) ?? [];

    private JsonNode Resolved(JsonNode node) => node["$ref"] is JsonValue reference
        ? reference.GetValue<string>()[2..].Split('/').Aggregate((JsonNode)_document, (at, name) => at[name]!)
        : node;

    private void Fits(JsonNode? value, JsonNode schema, string where) => SchemaCheck.Of(value, schema, Resolved, where).ShouldBeEmpty();
}
