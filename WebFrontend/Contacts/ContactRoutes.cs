using Crm.Web.Rest;
using Crm.Web.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Crm.Web.Description;

namespace Crm.Web.Contacts;

/// <summary>What contacts have besides the routes of every kind: duplicates, import, export.</summary>
public static class ContactRoutes
{
    private const string Base = $"{RecordRoutes.Prefix}/contacts";

    /// <summary>Maps them.</summary>
    public static void MapContacts(this IEndpointRouteBuilder app)
    {
        var group = app.MapGroup(Base).WithTags("contacts");
        group.MapGet("{id}/duplicates", Duplicates).WithName("contacts.duplicates").Describe(ContactOperations.Duplicates);
        group.MapPost("duplicates", DuplicatesOf).WithName("contacts.duplicates.new").Describe(ContactOperations.DuplicatesOfNew);
        group.MapGet("tags", Tags).WithName("contacts.tags").Describe(ContactOperations.Tags);
        group.MapGet("export", Export).WithName("contacts.export").Describe(ContactOperations.Export);
        group.MapPost("import", Import).WithName("contacts.import").DisableAntiforgery().Describe(ContactOperations.Import);
        group.MapGet("imports/{id}", Job).WithName("contacts.imports.read").Describe(ContactOperations.Job);
        group.MapGet("imports/{id}/errors.csv", Failures).WithName("contacts.imports.errors").Describe(ContactOperations.Failures);
    }

    private static async Task<IResult> Duplicates(HttpContext http, IDuplicates duplicates, string id) =>
        await duplicates.Of(http.Caller(), id, http.RequestAborted) is { } answer ? ContactAnswer.Of(answer) : ProblemAnswer.Of(ProblemCodes.Missing);

    private static async Task<IResult> DuplicatesOf(HttpContext http, IDuplicates duplicates)
    {
        var (fields, unreadable) = await JsonBody.Read(http.Request);
        return unreadable ?? ContactAnswer.Of(await duplicates.Like(http.Caller(), fields, http.RequestAborted));
    }

    private static async Task<IResult> Tags(HttpContext http, IViews views, ICatalog catalog)
    {
        var caller = http.Caller();
        var redaction = new Redaction(caller, catalog.Find("contacts")!);
        if (redaction.OnlyOwn is not null || !redaction.SeesKind || !redaction.SeesField("tags"))
        {
            return ProblemAnswer.Of("access.denied"); // The counts are over all contacts.
        }

        var row = await views.Row(caller.Tenant, "contacts.tags", "tags", http.RequestAborted);
        return ContactAnswer.Tags(row is { ValueKind: System.Text.Json.JsonValueKind.Object } counts
            ? counts.EnumerateObject().Select(tag => (tag.Name, tag.Value.GetInt32())) : []);
    }

    private static async Task<IResult> Export(HttpContext http, IContactExport export, ISecurityEvents events)
    {
        var request = http.Request;
        System.Text.Json.JsonElement filter = default;
        var excel = false;
        if ((QueryText.Known(request, "q", "filter", "sort", "columns", "delimiter", "excel")
            ?? QueryText.Json(request, "filter", out filter) ?? QueryText.Flag(request, "excel", out excel)) is { } wrong)
        {
            return wrong;
        }

        char? delimiter = QueryText.Text(request, "delimiter") switch { null or "," or "comma" => ',', ";" or "semicolon" => ';', "tab" or "\t" => '\t', _ => null };
        if (delimiter is null)
        {
            return ProblemAnswer.Of(ProblemCodes.Query, "This is comma, semicolon or tab.", "delimiter");
        }

        var columns = QueryText.Text(request, "columns")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var answer = await export.Write(
            http.Caller(), new(QueryText.Text(request, "q"), filter, QueryText.Text(request, "sort"), columns, delimiter.Value, excel), http.RequestAborted);
        if (answer.Refusal is { } refusal)
        {
            return ProblemAnswer.Of([refusal]);
        }

        // That they left is noted before the first of them leaves.
        var caller = http.Caller();
        await events.Add(caller.Tenant, new(SecurityTypes.Exported, caller.User, RemoteAddress.Of(http), new Dictionary<string, string> { ["what"] = "contacts" }), http.RequestAborted);
        return new CsvAnswer("contacts.csv", answer.Pieces!);
    }

    private static async Task<IResult> Import(HttpContext http, IImports imports, TimeProvider time)
    {
        var caller = http.Caller();
        if (CommandKey.Read(http.Request, caller, time, out var key) is { } wrongKey)
        {
            return wrongKey;
        }

        if (!caller.Can("contacts.import"))
        {
            return ProblemAnswer.Of("access.denied"); // Before a long file is read for nothing.
        }

        var (order, file, wrong) = await Upload.Read(http, key.CommandId, imports.MaxBytes);
        if (wrong is not null)
        {
            return wrong;
        }

        try
        {
            var answer = await imports.Begin(caller, order!, file!, http.RequestAborted);
            return answer.Job is { } job ? ContactAnswer.Accepted(job, $"{Base}/imports/{job.Id}") : ProblemAnswer.Of(answer.Problems);
        }
        catch (Exception broken) when (broken is InvalidDataException || (broken is IOException and not BadHttpRequestException && !http.RequestAborted.IsCancellationRequested && Upload.IsMultipart(http.Request)))
        {
            return ProblemAnswer.Of(ProblemCodes.Unreadable, "The multipart body is not complete.");
        }
    }

    private static async Task<IResult> Job(HttpContext http, IRecords records, string id)
    {
        var caller = http.Caller();
        return await records.Read(new(caller.Tenant, "imports", id), caller, http.RequestAborted) is { } job ? ContactAnswer.Job(job) : ProblemAnswer.Of(ProblemCodes.Missing);
    }

    private static async Task<IResult> Failures(HttpContext http, IRecords records, IImports imports, string id)
    {
        var caller = http.Caller();
        if (await records.Read(new(caller.Tenant, "imports", id), caller, http.RequestAborted) is null)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        return await imports.Failures(caller, id, http.RequestAborted) is { } file
            ? Results.Stream(file, CsvAnswer.MediaType, "errors.csv")
            : Results.NoContent();
    }
}
