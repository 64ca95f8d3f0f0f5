using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Crm.Web.Rest;

/// <summary>An error as <c>application/problem+json</c> (RFC 9457), the only form in which any route refuses.</summary>
public sealed class ProblemAnswer : IResult, IStatusCodeHttpResult
{
    /// <summary>The media type of problems.</summary>
    public const string MediaType = "application/problem+json";

    private readonly IReadOnlyList<Problem> _errors;
    private readonly IReadOnlyList<Conflict> _conflicts;
    private readonly ProblemType _type;
    private readonly TimeSpan? _retryAfter;
    private readonly int _status;

    private ProblemAnswer(
        ProblemType type, IReadOnlyList<Problem> errors, IReadOnlyList<Conflict>? conflicts = null, TimeSpan? retryAfter = null, int? status = null) =>
        (_type, _errors, _conflicts, _retryAfter, _status) = (type, errors, conflicts ?? [], retryAfter, status ?? type.Status);

    /// <inheritdoc />
    public int? StatusCode => _status;

    /// <summary>One problem of a known code.</summary>
    /// <param name="text">For people; null takes the code's own help.</param>
    /// <param name="field">The field or parameter it is about; empty when it is about the whole request.</param>
    /// <param name="retryAfter">When to try again, for 423, 429 and 503.</param>
    public static ProblemAnswer Of(string code, string? text = null, string field = "", TimeSpan? retryAfter = null)
    {
        var type = ProblemCodes.Find(code);
        return new(type, [new(field, code, text ?? type.Help)], retryAfter: retryAfter);
    }

    /// <summary>A status that came without a reason, from the framework or the server.</summary>
    public static ProblemAnswer OfStatus(int status)
    {
        var type = ProblemCodes.Find(ProblemCodes.For(status));
        return new(type, [new("", type.Code, type.Help)], status: status);
    }

    /// <summary>What rules and checks found; it takes the gravest status of them.</summary>
    public static ProblemAnswer Of(IReadOnlyList<Problem> errors)
    {
        var types = errors.Select(error => ProblemCodes.Find(error.Code)).DistinctBy(type => type.Code).ToList();
        var type = types is [var one] ? one
            : types.Find(type => type.Status != StatusCodes.Status400BadRequest) ?? ProblemCodes.Find(ProblemCodes.Invalid);
        return new(type, errors);
    }

    /// <summary>The refusal that an outcome is, or null when it holds.</summary>
    public static ProblemAnswer? Of(Outcome outcome) => outcome.Status switch
    {
        Status.Conflict => new(ProblemCodes.Find(ProblemCodes.Conflict), [], outcome.Conflicts),
        Status.Rejected => Of([.. outcome.Errors.Select(Named)]),
        _ => null,
    };

    // What the engine takes as an argument came here in a header.
    private static Problem Named(Problem error) => error switch
    {
        { Code: "command.reused" } => error with { Field = CommandKey.Header },
        { Code: "version.unknown", Field: "baseVersion" } or { Code: "version.stale" } => error with { Field = HeaderNames.IfMatch },
        _ => error,
    };

    /// <inheritdoc />
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (_retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return JsonAnswer.Write(httpContext, _status, MediaType, writer => Write(writer, httpContext.TraceIdentifier));
    }

    private void Write(Utf8JsonWriter writer, string correlationId)
    {
        writer.WriteStartObject();
        writer.WriteString("type", $"/problems/{_type.Code}");
        writer.WriteString("title", _type.Title);
        writer.WriteNumber("status", _status);
        writer.WriteString("detail", _errors is [{ } only] ? only.Text : _errors.FirstOrDefault(error => error.Field.Length == 0)?.Text ?? _type.Help);
        writer.WriteString("code", _type.Code);
        writer.WriteString("correlationId", correlationId);
        WriteErrors(writer);
        WriteConflicts(writer);
        writer.WriteEndObject();
    }

    private void WriteErrors(Utf8JsonWriter writer)
    {
        if (_errors.All(error => error.Field.Length == 0))
        {
            return;
        }

        writer.WriteStartObject("errors");
        foreach (var field in _errors.Where(error => error.Field.Length > 0).GroupBy(error => error.Field))
        {
            writer.WriteStartArray(field.Key);
            foreach (var error in field)
            {
                writer.WriteStringValue(error.Text);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private void WriteConflicts(Utf8JsonWriter writer)
    {
        if (_conflicts.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("conflicts");
        foreach (var conflict in _conflicts)
        {
            writer.WriteStartObject();
            writer.WriteString("field", conflict.Field);
            writer.WritePropertyName("base");
            conflict.Base.WriteTo(writer);
            writer.WritePropertyName("theirs");
            conflict.Theirs.WriteTo(writer);
            writer.WritePropertyName("yours");
            conflict.Yours.WriteTo(writer);
            writer.WriteString("by", conflict.By);
            writer.WriteString("at", conflict.At);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
