using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>The answers that hold records and changes.</summary>
internal static class RecordAnswer
{
    /// <summary>A page of a list.</summary>
    public static IResult Page(Page page) => JsonAnswer.Ok(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var record in page.Items)
        {
            RecordJson.WriteRecord(writer, record);
        }

        writer.WriteEndArray();
        writer.WriteString("next", page.Next);
        writer.WriteEndObject();
    });

    /// <summary>A page of history, from changes of which the last tells only that there are more.</summary>
    public static IResult History(IReadOnlyList<Change> changes, int limit) =>
        JsonAnswer.Page(changes, limit, static change => change.Version, static (writer, change) => RecordJson.WriteChange(writer, change, "changes"));

    /// <summary>The record, or 304 to a reader who has this version.</summary>
    public static IResult Found(HttpRequest request, RecordView record) =>
        Conditions.IsKnown(request, record.Version) ? new Tagged(record.Version, Results.StatusCode(StatusCodes.Status304NotModified)) : Whole(record);

    /// <summary>201; without a body for a caller who may create and not read.</summary>
    public static IResult Created(Address at, Outcome outcome, RecordView? record) => new Tagged(
        outcome.Version,
        record is null ? Results.StatusCode(StatusCodes.Status201Created) : JsonAnswer.Of(StatusCodes.Status201Created, writer => RecordJson.WriteRecord(writer, record)),
        $"/api/v1/{at.Ref}");

    /// <summary>The record at its new version; 204 for a caller who may not see it any more.</summary>
    public static IResult Changed(Outcome outcome, RecordView? record) =>
        record is null ? new Tagged(outcome.Version, Results.NoContent()) : Whole(record);

    /// <summary>How a verb ended, and the record if the caller may see it.</summary>
    public static IResult Done(Outcome outcome, RecordView? record) => new Tagged(outcome.Version, JsonAnswer.Ok(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("status", JsonNamingPolicy.CamelCase.ConvertName(outcome.Status.ToString()));
        writer.WriteNumber("version", outcome.Version);
        if (record is not null)
        {
            writer.WritePropertyName("record");
            RecordJson.WriteRecord(writer, record);
        }

        writer.WriteEndObject();
    }));

    private static Tagged Whole(RecordView record) =>
        new(record.Version, JsonAnswer.Ok(writer => RecordJson.WriteRecord(writer, record)));

    // An answer with the version as its entity tag, and where the record is when it is new.
    private sealed class Tagged(long version, IResult answer, string? location = null) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var headers = httpContext.Response.Headers;
            headers.ETag = Conditions.Tag(version);
            if (location is not null)
            {
                headers.Location = location;
            }

            return answer.ExecuteAsync(httpContext);
        }
    }
}
