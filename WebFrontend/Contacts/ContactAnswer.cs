using System.Text.Json;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Contacts;

/// <summary>The answers of the routes of contacts.</summary>
internal static class ContactAnswer
{
    // A job that has just begun has not counted anything: a client finds zeros rather than gaps.
    private static readonly string[] Counts = ["done", "created", "merged", "skipped", "failed"];

    /// <summary>Candidates, the likeliest first.</summary>
    public static IResult Of(DuplicatesAnswer answer) => answer.Problems.Count > 0 ? ProblemAnswer.Of(answer.Problems) : JsonAnswer.Ok(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var item in answer.Items)
        {
            writer.WriteStartObject();
            writer.WriteNumber("score", item.Score);
            writer.WriteStartArray("reasons");
            foreach (var reason in item.Reasons)
            {
                writer.WriteStringValue(reason);
            }

            writer.WriteEndArray();
            writer.WritePropertyName("contact");
            RecordJson.WriteRecord(writer, item.Contact);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>Tags with their counts, most used first.</summary>
    public static IResult Tags(IEnumerable<(string Tag, int Count)> tags) => JsonAnswer.Ok(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var (tag, count) in tags.OrderByDescending(tag => tag.Count).ThenBy(tag => tag.Tag, StringComparer.Ordinal))
        {
            writer.WriteStartObject();
            writer.WriteString("tag", tag);
            writer.WriteNumber("count", count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>202, and where the job is.</summary>
    public static IResult Accepted(RecordView job, string location) => new Located(location, JsonAnswer.Of(StatusCodes.Status202Accepted, writer => Write(writer, job)));

    /// <summary>How far a job is.</summary>
    public static IResult Job(RecordView job) => JsonAnswer.Ok(writer => Write(writer, job));

    // The job's fields stand at the top, beside what says which record to watch.
    private static void Write(Utf8JsonWriter writer, RecordView job)
    {
        writer.WriteStartObject();
        writer.WriteString("id", job.Id);
        writer.WriteString("ref", $"{job.Kind}/{job.Id}");
        writer.WriteNumber("version", job.Version);
        writer.WriteString("createdAt", job.CreatedAt);
        writer.WriteString("updatedAt", job.UpdatedAt);
        foreach (var (name, value) in job.Fields)
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        if (!job.Fields.ContainsKey("total"))
        {
            writer.WriteNull("total");
        }

        foreach (var count in Counts.Where(count => !job.Fields.ContainsKey(count)))
        {
            writer.WriteNumber(count, 0);
        }

        if (!job.Fields.ContainsKey("errors"))
        {
            writer.WriteStartArray("errors");
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private sealed class Located(string location, IResult answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = location;
            return answer.ExecuteAsync(httpContext);
        }
    }
}
