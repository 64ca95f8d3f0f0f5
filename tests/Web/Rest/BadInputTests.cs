using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web.Tests.Rest;

/// <summary>Every route of every kind, with all that a careless or hostile client may send. None answers 500, none writes anything.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private const string Good = "01890000-0000-7000-8000-000000000000";

    private static readonly (string Name, string Body, string Says)[] BadBodies =
    [
        ("empty", "", "empty"),
        ("blank", " \n ", "not valid JSON"),
        ("array", "[]", "JSON object"),
        ("text", "\"name\"", "JSON object"),
        ("null", "null", "JSON object"),
        ("cut off", """{"name":"A""", "line 1"),
        ("trailing garbage", """{"name":"A"} x""", "line 1"),
        ("two documents", """{"name":"A"}{"name":"B"}""", "line 1"),
        ("comment", """{"name":"A" /* x */}""", "line 1"),
        ("trailing comma", """{"name":"A",}""", "line 1"),
        ("NaN", """{"name":NaN}""", "line 1"),
        ("given twice", """{"name":"A","name":"B"}""", "more than once"),
        ("given twice by escape", """{"name":"A","n\u0061me":"B"}""", "more than once"),
        ("given twice below", """{"custom":{"a":1,"a":2}}""", "custom.a"),
        ("NUL", """{"name":"A\u0000B"}""", "cannot be stored"),
        ("NUL in a name", """{"na\u0000me":"A"}""", "cannot be stored"),
        ("raw NUL", "{\"name\":\"A\0B\"}", "line 1"),
        ("half a pair", """{"name":"\ud800"}""", "cannot be stored"),
        ("the other half", """{"name":"x\udc00y"}""", "cannot be stored"),
        ("half a pair in a name", """{"\ud83d":"A"}""", "cannot be stored"),
        ("half a pair in a list", """{"emails":["\ud800"]}""", "emails"),
        ("deep", Deep(10_000), "deeper than 32"),
        ("just too deep", Deep(33), "deeper than 32"),
        ("deep objects", string.Concat(Enumerable.Repeat("""{"a":""", 10_000)), "deeper than 32"),
    ];

    private Api _api = null!;

    public async Task InitializeAsync() => _api = await Api.Start(sockets: true);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    private static string Deep(int levels) => $$"""{"name":{{new string('[', levels - 1)}}{{new string(']', levels - 1)}}}""";

    private IEnumerable<(string Method, string Path, string Route)> Routes(string? method = null) =>
        _api.RecordRoutes.Where(route => method is null || route.Method == method).Select(route => (route.Method, route.Route.Replace("{id}", Good, StringComparison.Ordinal), route.Route));

    private static (string, string)[] Headers(string method) => method == "PATCH" ? [("If-Match", "\"1\"")] : [];

    private void NothingHappened()
    {
        _api.Log.Errors.ShouldBeEmpty();
        _api.Journal.Outbox.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_body_that_is_not_one_clean_object_passes_anywhere()
    {
        var tried = 0;
        foreach (var (method, path, _) in Routes().Where(route => route.Method is "POST" or "PATCH"))
        {
            var optional = path.Contains(Good, StringComparison.Ordinal) && method == "POST";
            foreach (var (name, body, says) in BadBodies.Where(bad => !(optional && bad.Body.Length == 0)))
            {
                var answer = await _api.Send(method, path, body, headers: Headers(method));
                ((int)answer.Status).ShouldBe(400, $"{method} {path} with {name}: {answer.Text}");
                answer.ShouldBeProblem(400, answer.Code!);
                answer.Text.ShouldContain(says, Case.Sensitive, $"{method} {path} with {name}");
                tried++;
            }
        }

        tried.ShouldBeGreaterThan(200);
        NothingHappened();
    }

    [Fact]
    public async Task What_is_not_a_record_route_refuses_bad_bodies_too()
    {
        foreach (var (method, route) in _api.OtherRoutes.Where(route => route.Method is "POST" or "PUT" or "PATCH" && route.Route is not ("/api/v1/auth/logout" or "/api/v1/sessions/endOthers" or "/api/v1/audit/verify"))) // These take no body.
        {
            foreach (var (name, body, _) in BadBodies.Where(bad => bad.Body.Length > 0 || route != "/api/v1/notices/readAll")) // It may have none.
            {
                var answer = await _api.Send(method, route.Replace("{id}", Good, StringComparison.Ordinal), body);
                ((int)answer.Status).ShouldBeInRange(400, 422, $"{method} {route} with {name}: {answer.Text}");
                answer.ShouldBeProblem((int)answer.Status, answer.Code!);
            }
        }

        NothingHappened();
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused_with_their_position()
    {
        foreach (var (method, path, _) in Routes().Where(route => route.Method is "POST" or "PATCH"))
        {
            foreach (var bytes in new byte[][] { [0xED, 0xA0, 0x80], [0xFF], [0xC0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80] })
            {
                using var request = new HttpRequestMessage(new(method), path);
                request.Content = new ByteArrayContent([.. "{\"name\":\"A"u8, .. bytes, .. "\"}"u8]);
                request.Content.Headers.ContentType = new("application/json");
                var answer = await _api.Send(request, headers: Headers(method));
                answer.ShouldBeProblem(400, "body.unreadable");
                answer.Text.ShouldContain("at byte 11");
            }
        }

        NothingHappened();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not()
    {
        var large = $$"""{"name":"{{new string('x', 10 << 20)}}"}""";
        foreach (var (method, path, _) in Routes().Where(route => route.Method is "POST" or "PATCH"))
        {
            (await _api.Send(method, path, large, headers: Headers(method))).ShouldBeProblem(413, "body.large");
            using var chunked = new HttpRequestMessage(new(method), path) { Content = new StreamContent(new Unsized(Encoding.UTF8.GetBytes(large))) };
            chunked.Content.Headers.ContentType = new("application/json");
            (await _api.Send(chunked, headers: Headers(method))).ShouldBeProblem(413, "body.large");
        }

        NothingHappened();
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_answered_and_the_next_request_is_served()
    {
        var large = $$"""{"name":"{{new string('x', 10 << 20)}}"}""";
        for (var i = 0; i < 3; i++)
        {
            (await _api.Send("POST", "/api/v1/contacts", large)).ShouldBeProblem(413, "body.large");
            (await _api.Send("POST", "/api/v1/contacts", """{"name":"small"}""")).Status.ShouldBe(HttpStatusCode.Created);
        }

        _api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_JSON_in_UTF8_is_taken()
    {
        foreach (var (method, path, _) in Routes().Where(route => route.Method is "POST" or "PATCH"))
        {
            foreach (var type in new[] { "text/plain", "application/xml", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "application/jsonp", null })
            {
                (await _api.Send(method, path, "{}", type: type, headers: Headers(method))).ShouldBeProblem(415, "body.type");
            }

            using var packed = new HttpRequestMessage(new(method), path) { Content = new ByteArrayContent([0x1F, 0x8B]) };
            packed.Content.Headers.ContentType = new("application/json");
            packed.Content.Headers.ContentEncoding.Add("gzip");
            (await _api.Send(packed, headers: Headers(method))).ShouldBeProblem(415, "body.type");
        }

        (await _api.Send("POST", "/api/v1/contacts", """{"name":"x"}""", type: "application/json; charset=\"UTF-8\"")).Status.ShouldBe(HttpStatusCode.Created);
        (await _api.Send("POST", "/api/v1/contacts", """{"name":"x"}""", type: "application/merge-patch+json")).ShouldBeProblem(415, "body.type");
        (await _api.Send("PATCH", $"/api/v1/contacts/{Good}", "{}", type: "text/plain", headers: ("If-Match", "\"1\""))).Headers["Accept-Patch"].ShouldContain("merge-patch");
        _api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Unknown_and_foreign_ids_paths_verbs_and_kinds_answer_alike()
    {
        string? missing = null;
        var foreign = await _api.Created("contacts", """{"name":"Foreign"}""", "globex/gil");
        string[] ids = [Good, foreign, "no-such-id", "%ED%A0%80", "..%2f..%2fetc", new string('x', 65), "a b", "a%2Fb", "%F0%9F%98%80"];
        foreach (var (method, _, route) in Routes().Where(route => route.Route.StartsWith("/api/v1/contacts/{id}", StringComparison.Ordinal)))
        {
            var body = method == "PATCH" ? """{"name":"x"}""" : route.EndsWith("undo", StringComparison.Ordinal) ? """{"version":2}""" : null;
            foreach (var id in ids)
            {
                var answer = await _api.Send(method, route.Replace("{id}", id, StringComparison.Ordinal), body, headers: Headers(method));
                answer.ShouldBeProblem(404, "record.missing");
                answer.Anonymous.ShouldBe(missing ??= answer.Anonymous, $"{method} {route} {id}");
            }
        }

        foreach (var (method, path) in new[]
        {
            ("GET", "/api/v1/nothings"), ("POST", "/api/v1/nothings"), ("GET", $"/api/v1/nothings/{foreign}"), ("POST", $"/api/v1/contacts/{foreign}/explode"),
            ("POST", $"/api/v1/contacts/{foreign}/mergeInto"), ("GET", "/api/v2/contacts"), ("GET", "/api"), ("GET", "/nowhere"),
        })
        {
            (await _api.Send(method, path)).Anonymous.ShouldBe(missing, path);
        }

        _api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_other_method_is_refused_and_the_known_ones_are_named()
    {
        foreach (var routes in Routes().GroupBy(route => route.Path))
        {
            var known = routes.Select(route => route.Method).ToHashSet();
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "PURGE" }.Except(known))
            {
                var answer = await _api.Send(method, routes.Key);
                answer.ShouldBeProblem(405, "method.unknown");
                answer.Headers["Allow"].Split(", ").ShouldBe(known, ignoreOrder: true);
            }
        }

        NothingHappened();
    }

    [Fact]
    public async Task Values_of_a_wrong_type_are_refused_by_the_name_of_their_field()
    {
        foreach (var kind in _api.Services.GetRequiredService<ICatalog>().Kinds)
        {
            if (!_api.RecordRoutes.Any(route => route.Method == "POST" && route.Route.TrimEnd('/') == $"/api/v1/{kind.Name}"))
            {
                (await _api.Send("POST", $"/api/v1/{kind.Name}", "{}")).ShouldBeProblem(405, "method.unknown");
                continue;
            }

            foreach (var field in kind.Fields)
            {
                foreach (var value in new[] { "{\"x\":{}}", "[[]]", "[1]", "true", "-1.5e400", "1e400", "\"\\u0007\"", $"\"{new string('x', 30_000)}\"" })
                {
                    var answer = await _api.Send("POST", $"/api/v1/{kind.Name}", $$"""{"{{field.Name}}":{{value}}}""");
                    ((int)answer.Status).ShouldBeInRange(400, 409, $"{kind.Name}.{field.Name} = {value}: {answer.Text}");
                    answer.ShouldBeProblem((int)answer.Status, answer.Code!);
                }
            }

            (await _api.Send("POST", $"/api/v1/{kind.Name}", """{"nothing":1}""")).Json.GetProperty("errors").TryGetProperty("nothing", out _).ShouldBeTrue(kind.Name);
        }

        NothingHappened();
    }

    [Fact]
    public async Task Arguments_that_no_action_takes_are_refused()
    {
        foreach (var (_, path, route) in Routes("POST").Where(route => route.Route.Contains("{id}/", StringComparison.Ordinal)))
        {
            var kind = route.Split('/')[3];
            var at = path.Replace(Good, await Any(kind), StringComparison.Ordinal);
            var answer = await _api.Send("POST", at, """{"nothing":1}""");
            ((int)answer.Status).ShouldBeInRange(400, 422, $"{at}: {answer.Text}");
            answer.ShouldBeProblem((int)answer.Status, answer.Code!);
        }

        foreach (var version in new[] { "{}", """{"version":"2"}""", """{"version":1.5}""", """{"version":0}""", """{"version":-1}""", """{"version":1e30}""", """{"version":99}""", """{"version":null}""" })
        {
            var answer = await _api.Send("POST", $"/api/v1/contacts/{await Any("contacts")}/undo", version);
            answer.ShouldBeProblem(400, "version.unknown");
        }

        _api.Log.Errors.ShouldBeEmpty();
    }

    private async Task<string> Any(string kind)
    {
        var at = new Address("acme", kind, $"any-{kind}");
        var records = _api.Services.GetRequiredService<IRecords>();
        var caller = Caller.System("acme");
        if (await records.Read(at, caller) is null)
        {
            var example = _api.Services.GetRequiredService<ICatalog>().Find(kind)!;
            var fields = kind == "notes" ? """{"title":"x"}""" : $"{{{string.Join(',', example.Example.EnumerateObject().Where(field => example.Field(field.Name) is { Editable: true } && field.Value.ValueKind != System.Text.Json.JsonValueKind.Null).Select(field => $"\"{field.Name}\":{field.Value.GetRawText()}"))}}}";
            await records.Edit(at, caller, Guid.NewGuid(), 0, System.Text.Json.JsonElement.Parse(fields));
        }

        return at.Id;
    }

    private sealed class Unsized(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
