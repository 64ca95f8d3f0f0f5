namespace Crm.Web.Tests.Rest;

/// <summary>Bases, keys and queries that cannot be meant.</summary>
public sealed class BadHeaderTests : IAsyncLifetime
{
    private Api _api = null!;

    public async Task InitializeAsync() => _api = await Api.Start(sockets: true);

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task A_change_needs_a_base_that_is_one_strong_tag()
    {
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        (await _api.Send("PATCH", $"/api/v1/contacts/{id}", """{"name":"x"}""")).ShouldBeProblem(428, "version.required");
        foreach (var tag in new[] { "", "*", "1", "\"\"", "\"x\"", "W/\"1\"", "\"1\", \"2\"", "\"0\"", "\"-1\"", "\"+1\"", "\"01\"", "\" 1\"", "\"1.0\"", "\"99999999999999999999\"", "\"1" })
        {
            (await _api.Send("PATCH", $"/api/v1/contacts/{id}", """{"name":"x"}""", headers: ("If-Match", tag))).ShouldBeProblem(400, "version.malformed");
            (await _api.Send("DELETE", $"/api/v1/contacts/{id}", headers: ("If-Match", tag))).ShouldBeProblem(400, "version.malformed");
        }

        foreach (var version in new[] { "2", "9223372036854775807" })
        {
            (await _api.Send("PATCH", $"/api/v1/contacts/{id}", """{"name":"x"}""", headers: ("If-Match", $"\"{version}\""))).ShouldBeProblem(400, "version.unknown");
        }

        foreach (var verb in new[] { "restore", "undo", "merge" })
        {
            (await _api.Send("POST", $"/api/v1/contacts/{id}/{verb}", "{}", headers: ("If-Match", "\"1\""))).ShouldBeProblem(400, "version.unwanted");
        }

        (await _api.Send("GET", $"/api/v1/contacts/{id}")).ETag.ShouldBe("\"1\"");
        _api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_is_one_text_of_a_sane_length()
    {
        foreach (var (method, path) in _api.RecordRoutes.Where(route => route.Method != "GET"))
        {
            foreach (var key in new[] { "", new string('k', 201) })
            {
                var answer = await _api.Send(method, path.Replace("{id}", "some", StringComparison.Ordinal), "{}", headers: method == "PATCH" ? [("If-Match", "\"1\""), ("Idempotency-Key", key)] : [("Idempotency-Key", key)]);
                answer.Text.ShouldContain("key.invalid", Case.Sensitive, $"{method} {path} {key}");
                answer.ShouldBeProblem(400, "key.invalid");
            }
        }

        _api.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Queries_are_read_strictly()
    {
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        string[] lists =
        [
            "limit=0", "limit=201", "limit=-1", "limit=x", "limit=1.5", "limit=99999999999", "limit=%2B5", "limit=1&limit=2", "unknown=1", "Q=x&q=y&Q=z", "q=a%00b", $"q={new string('x', 4_001)}",
            "filter=x", "filter=[]", "filter={", $"filter={Uri.EscapeDataString("""{"name":"a","name":"b"}""")}", $"filter={Uri.EscapeDataString("""{"name":"\ud800"}""")}",
            $"filter={Uri.EscapeDataString(string.Concat(Enumerable.Repeat("""{"not":""", 100)))}", $"filter={Uri.EscapeDataString("""{"name":{"like":"x"}}""")}", "sort=nothing", "sort=-", "a%00=1",
        ];
        foreach (var query in lists)
        {
            var answer = await _api.Send("GET", $"/api/v1/contacts?{query}");
            ((int)answer.Status).ShouldBe(400, $"{query}: {answer.Text}");
            answer.ShouldBeProblem(400, answer.Code!);
        }

        foreach (var query in new[] { "after=-1", "after=x", "after=1.5", "after=99999999999999999999", "after=1&after=2", "limit=0", "limit=201", "since=1" })
        {
            (await _api.Send("GET", $"/api/v1/contacts/{id}/history?{query}")).ShouldBeProblem(400, "query.invalid");
        }

        (await _api.Send("GET", $"/api/v1/contacts/{id}/history?after=9223372036854775807")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        _api.Log.Errors.ShouldBeEmpty();
    }
}
