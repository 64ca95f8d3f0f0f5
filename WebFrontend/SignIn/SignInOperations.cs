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
