using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Crm.Web.Description;

/// <summary>The OpenAPI 3.1 document, made from the routes and kinds that there are.</summary>
public static class ApiDescription
{
    /// <summary>Where it is.</summary>
    public const string Path = "/openapi/v1.json";

    private const string Document = "v1";

    /// <summary>Registers what makes the document.</summary>
    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(Document, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddOperationTransformer(Describe);
        options.AddDocumentTransformer(Complete);
    }).AddSingleton<Lazy<Task<byte[]>>>(services => new(() => Write(services)));

    /// <summary>Maps the document. It is made once: kinds and routes do not change while the process runs.</summary>
    public static void MapApiDescription(this IEndpointRouteBuilder app) => app.MapGet(
            Path, async (Lazy<Task<byte[]>> document) => Results.Bytes(await document.Value, "application/json"))
        .AllowAnonymous().ExcludeFromDescription();

    private static async Task<byte[]> Write(IServiceProvider services)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document).GetOpenApiDocumentAsync();
        using var stream = new MemoryStream();
        await document.SerializeAsJsonAsync(stream, OpenApiSpecVersion.OpenApi3_1);
        return stream.ToArray();
    }

    // A route that says nothing of itself keeps what the framework finds, and gets the problems that every route may answer.
    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var described = metadata.OfType<ApiOperation>().LastOrDefault();
        var json = (described ?? Found(operation, metadata)).ToJson();
        var parsed = OpenApiModelFactory.Parse<OpenApiOperation>(json.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, context.Document!, out _)
            ?? throw new InvalidOperationException($"The description of {context.Description.RelativePath} is not an OpenAPI operation.");
        operation.OperationId ??= $"{context.Description.HttpMethod?.ToLowerInvariant()}.{context.Description.RelativePath}";
        (operation.Summary, operation.Description, operation.Security) = (parsed.Summary, parsed.Description, parsed.Security);
        if (described is not null)
        {
            (operation.Parameters, operation.RequestBody, operation.Responses) = (parsed.Parameters, parsed.RequestBody, parsed.Responses);
            return Task.CompletedTask;
        }

        foreach (var (status, response) in parsed.Responses ?? [])
        {
            (operation.Responses ??= []).TryAdd(status, response);
        }

        return Task.CompletedTask;
    }

    private static ApiOperation Found(OpenApiOperation operation, IList<object> metadata)
    {
        var summary = operation.Summary ?? operation.OperationId ?? "";
        return metadata.OfType<Microsoft.AspNetCore.Authorization.IAllowAnonymous>().Any()
            ? ApiOperation.Open(summary, operation.Description)
            : ApiOperation.Of(summary, operation.Description);
    }

    private static Task Complete(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        var kinds = context.ApplicationServices.GetRequiredService<ICatalog>().Kinds;
        var shared = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject
            {
                ["title"] = "Crm.Orleans",
                ["version"] = Document,
                ["description"] = "Every kind of record has the same routes. It is extended, never broken: a field may be added, none is renamed or removed.",
            },
            ["paths"] = new JsonObject(),
            ["components"] = Components.Of(kinds),
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
        };
        var parsed = OpenApiDocument.Parse(shared.ToJsonString(), "json").Document
            ?? throw new InvalidOperationException("The shared components are not an OpenAPI document.");
        foreach (var (name, schema) in document.Components?.Schemas ?? new Dictionary<string, IOpenApiSchema>())
        {
            parsed.Components!.Schemas!.TryAdd(name, schema);
        }

        (document.Info, document.Components, document.Security, document.Servers) = (parsed.Info, parsed.Components, parsed.Security, []);
        return Task.CompletedTask;
    }
}
