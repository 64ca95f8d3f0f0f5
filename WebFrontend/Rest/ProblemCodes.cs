using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>What a problem code means on the wire.</summary>
/// <param name="Title">The same for every problem of this code (RFC 9457).</param>
/// <param name="Help">What to do about it, when the problem itself says nothing.</param>
public sealed record ProblemType(string Code, int Status, string Title, string Help);

/// <summary>The one place that says which status a code has. Codes are stable; those of the kinds' own rules are not listed and are 400.</summary>
public static class ProblemCodes
{
    /// <summary>No such record for this caller; also every path that leads nowhere, so that they cannot be told apart.</summary>
    public const string Missing = "record.missing";

    /// <summary>Two people changed the same field to different values.</summary>
    public const string Conflict = "record.conflict";

    /// <summary>Several things are wrong with the fields; each is named in <c>errors</c>.</summary>
    public const string Invalid = "fields.invalid";

    /// <summary>The body is not the JSON that it should be.</summary>
    public const string Unreadable = "body.unreadable";

    /// <summary>A parameter of the query string is unknown, repeated or out of its bounds.</summary>
    public const string Query = "query.invalid";

    private static readonly FrozenDictionary<string, ProblemType> Known = new ProblemType[]
    {
        new(Missing, 404, "Not found", "There is no such record."),
        new("access.unauthenticated", 401, "Not signed in", "Sign in, and send the access token as a bearer token."),
        new("signin.failed", 401, "Sign-in failed", "The e-mail address or the password is wrong, or the account is not active."),
        new("refresh.invalid", 401, "The session has ended", "This refresh token is not valid, or was used before. Sign in again."),
        new("user.self", 403, "Not to yourself", "Ask another administrator."),
        new("user.outranks", 403, "Not allowed", "This user has rights that you do not have."),
        new("role.beyond", 403, "Not allowed", "Nobody gives rights that he does not hold."),
        new("access.denied", 403, "Not allowed", "You may not do this. Ask an administrator for the permission."),
        new("method.unknown", 405, "Method not allowed", "This address does not know that method; the Allow header says which it knows."),
        new("request.timeout", 408, "Too slow", "The request took too long to arrive."),
        new(Conflict, 409, "Conflict", "Others changed the same fields meanwhile. Choose a value for each, and send the change again on the new version."),
        new("record.exists", 409, "It exists already", "Read the record, and change it with its version as the base."),
        new("version.stale", 412, "The record has moved on", "The record is not at the version of If-Match any more. Read it again."),
        new("body.large", 413, "Too large", "Send less in one request."),
        new("body.type", 415, "Unsupported content type", "Send JSON as application/json."),
        new("command.reused", 422, "Idempotency key used again", "This key was used for something else. Take a new one."),
        new("account.locked", 423, "Locked", "Too many attempts. Wait, then try again."),
        new("version.required", 428, "If-Match is required", "Say which version the change was made from: If-Match: \"3\"."),
        new("rate.exceeded", 429, "Too many requests", "Wait as long as Retry-After says."),
        new("client.gone", 499, "The client went away", "The connection was closed before the answer."),
        new("server.fault", 500, "A fault on our side", "It has been logged. Quote the correlation id when you report it."),
        new("server.unavailable", 503, "Not available now", "Try again with the same Idempotency-Key."),
        new(Invalid, 400, "Some fields are not right", "See errors."),
        new(Unreadable, 400, "Unreadable body", "The body must be one JSON object."),
        new(Query, 400, "The query is not right", "See the description of this operation."),
        new("key.invalid", 400, "Unusable idempotency key", "An Idempotency-Key is one text of 1 to 200 characters."),
        new("version.malformed", 400, "Unusable If-Match", "If-Match takes one strong entity tag: If-Match: \"3\"."),
        new("version.unknown", 400, "No such version", "Read the record again."),
        new("version.unwanted", 400, "If-Match does not apply", "This action decides on what the record is now. Leave If-Match away."),
        new("request.invalid", 400, "Bad request", "The request is not understood."),
    }.ToFrozenDictionary(type => type.Code);

    /// <summary>Every listed code.</summary>
    public static IEnumerable<ProblemType> All => Known.Values.OrderBy(type => type.Status).ThenBy(type => type.Code, StringComparer.Ordinal);

    /// <summary>What a code means; a rule of a kind (<c>contact.email</c>) is 400.</summary>
    public static ProblemType Find(string code) =>
        Known.GetValueOrDefault(code) ?? new(code, StatusCodes.Status400BadRequest, "A rule says no", "See detail and errors.");

    /// <summary>The code for a status that the framework gave without saying more.</summary>
    public static string For(int status) => status switch
    {
        400 => "request.invalid",
        401 => "access.unauthenticated",
        403 => "access.denied",
        404 => Missing,
        405 => "method.unknown",
        408 => "request.timeout",
        409 => Conflict,
        412 => "version.stale",
        413 => "body.large",
        415 => "body.type",
        422 => "command.reused",
        423 => "account.locked",
        428 => "version.required",
        429 => "rate.exceeded",
        503 => "server.unavailable",
        < 500 => "request.invalid",
        _ => "server.fault",
    };
}
