using System.Text.Json.Nodes;
using Crm.Web.Description;

namespace Crm.Web.SignIn;

/// <summary>What the API description says of sign-in.</summary>
internal static class SignInOperations
{
    private const string TokensExample =
        """{"accessToken":"eyJhbGciOiJFUzI1NiIsImtpZCI6…","tokenType":"Bearer","expiresIn":86400,"refreshToken":"acme.hJ3…"}""";

    private static readonly JsonObject Text = new() { ["type"] = "string" };

    public static ApiOperation Token => ApiOperation.Open(
            "Sign in.", "The answer and its time are the same whichever part was wrong. After five wrong passwords the account is locked for a while.")
        .Body(Object(["email", "password"], "email", "password", "tenant", "totp"), Json("""{"email":"ana@acme.test","password":"Correct-Horse-42!"}"""))
        .Answers(200, "Signed in.", TokensSchema(), Json(TokensExample))
        .Problems(400, 401, 413, 415, 423, 503);

    public static ApiOperation Refresh => ApiOperation.Open(
            "Trade a refresh token for new tokens.", "A refresh token works once. A second use ends the session: one of the two users stole it.")
        .Body(Object(["refreshToken"], "refreshToken"), Json("""{"refreshToken":"acme.hJ3…"}"""))
        .Answers(200, "The session goes on.", TokensSchema(), Json(TokensExample))
        .Problems(400, 401, 413, 415, 503);

    public static ApiOperation Logout => ApiOperation.Of("Sign out.", "The session ends at once, on open connections too.").Answers(204, "Signed out.");

    public static ApiOperation Me => ApiOperation.Of("Read who is signed in, and what he may do.").Answers(
        200, "The user.",
        Object(["userId", "tenant", "name", "email", "roles", "permissions"], [("userId", Text), ("tenant", Text), ("name", Text), ("email", Text), ("roles", Texts), ("permissions", Texts)]),
        Json("""{"userId":"ana","tenant":"acme","name":"Ana Silva","email":"ana@acme.test","roles":["Sales"],"permissions":["contacts.read"]}"""));

    public static ApiOperation Password => ApiOperation.Of(
            "Give a user a password.",
            "One's own needs the present one. Another's needs the permission users.password and every right that the user has. The user's other sessions end.")
        .Takes("id")
        .Body(Object(["password"], "password", "oldPassword"), Json("""{"password":"Correct-Horse-42!"}"""))
        .Answers(204, "It holds.")
        .Problems(400, 403, 404, 413, 415, 423);

    public static ApiOperation Keys => ApiOperation.Open("Read the public keys of access tokens (RFC 7517).").Answers(
        200, "Every key that a valid token may be signed with.",
        Object(["keys"], [("keys", new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } })]));

    public static ApiOperation Sessions => ApiOperation.Of("List one's own sign-ins.", "The one used last first. agent is what the browser said of itself.").Answers(
            200, "Those that live.", List(["id", "createdAt", "seenAt", "expiresAt", "current"],
                [("id", Text), ("agent", new JsonObject { ["type"] = new JsonArray("string", "null") }), ("createdAt", Moment), ("seenAt", Moment), ("expiresAt", Moment), ("current", new JsonObject { ["type"] = "boolean" })]),
            Json("""{"items":[{"id":"q3Jm0n","agent":"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0","createdAt":"2026-01-05T10:00:00Z","seenAt":"2026-01-05T11:00:00Z","expiresAt":"2026-02-04T11:00:00Z","current":true}]}"""))
        .Problems(403);

    public static ApiOperation EndOthers => ApiOperation.Of("End all of one's sign-ins but this one.", "At once, on open connections too. Tokens stay.")
        .Answers(200, "How many have ended.", Object(["ended"], [("ended", new JsonObject { ["type"] = "integer" })]), Json("""{"ended":2}""")).Problems(403);

    public static ApiOperation EndSession => ApiOperation.Of("End one of one's own sign-ins.", "At once, on open connections too.")
        .Takes("id").Answers(204, "It has ended.").Problems(403, 404);

    public static ApiOperation Tokens => ApiOperation.Of("List the tokens that one has made for programs.", "The newest first; their texts are not kept.").Answers(
            200, "Those that live.", List(["id", "name", "scope", "createdAt", "seenAt", "expiresAt"],
                [("id", Text), ("name", Text), ("scope", Texts), ("createdAt", Moment), ("seenAt", Moment), ("expiresAt", Moment)]),
            Json("""{"items":[{"id":"t.q3Jm0n","name":"Nightly export","scope":["contacts.read"],"createdAt":"2026-01-05T10:00:00Z","seenAt":"2026-01-05T11:00:00Z","expiresAt":"2026-04-05T10:00:00Z"}]}"""))
        .Problems(403);

    public static ApiOperation MakeToken => ApiOperation.Of(
            "Make a token for a program.",
            "It is sent like an access token, and can do what both its user and its scope hold: permissions as roles have them, contacts.read, contacts.* or *. The text is in this answer and nowhere else.")
        .Body(
            Object(["name", "scope", "days"], [("name", Text), ("scope", Texts), ("days", new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = IOwnSessions.MostDays })]),
            Json("""{"name":"Nightly export","scope":["contacts.read","contacts.export"],"days":90}"""))
        .Answers(201, "The token.", Object(["id", "name", "scope", "createdAt", "expiresAt", "token"],
            [("id", Text), ("name", Text), ("scope", Texts), ("createdAt", Moment), ("expiresAt", Moment), ("token", Text)]))
        .Problems(400, 403, 413, 415);

    public static ApiOperation RevokeToken => ApiOperation.Of("Revoke one of one's own tokens.", "At once, on open connections too.")
        .Takes("id").Answers(204, "It has ended.").Problems(403, 404);

    private static JsonObject Moment => new() { ["type"] = "string", ["format"] = "date-time" };

    private static JsonObject List(string[] required, (string Name, JsonObject Schema)[] fields) =>
        Object(["items"], [("items", new JsonObject { ["type"] = "array", ["items"] = Object(required, fields) })]);

    private static JsonObject Texts => new() { ["type"] = "array", ["items"] = Text.DeepClone() };

    private static JsonObject TokensSchema() => Object(
        ["accessToken", "tokenType", "expiresIn", "refreshToken"],
        [
            ("accessToken", Text), ("tokenType", new JsonObject { ["const"] = "Bearer" }),
            ("expiresIn", new JsonObject { ["type"] = "integer", ["description"] = "Seconds." }), ("refreshToken", Text),
        ]);

    private static JsonObject Object(string[] required, params string[] texts) => Object(required, [.. texts.Select(text => (text, Text))]);

    private static JsonObject Object(string[] required, (string Name, JsonObject Schema)[] fields)
    {
        var properties = new JsonObject();
        foreach (var (name, schema) in fields)
        {
            properties[name] = schema.DeepClone();
        }

        return new() { ["type"] = "object", ["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]), ["properties"] = properties };
    }

    private static JsonNode Json(string json) => JsonNode.Parse(json)!;
}
