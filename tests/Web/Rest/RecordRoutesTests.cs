using System.Net;
using System.Text.Json;

namespace Crm.Web.Tests.Rest;

public sealed class RecordRoutesTests : IAsyncLifetime
{
    private Api _api = null!;

    public async Task InitializeAsync() => _api = await Api.Start();

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Fact]
    public async Task A_record_is_created_read_changed_deleted_and_brought_back()
    {
        var created = await _api.Send("POST", "/api/v1/contacts", """{"name":"Ada Lovelace","emails":["ada@example.org"],"custom":{"budget":5}}""");
        created.Status.ShouldBe(HttpStatusCode.Created, created.Text);
        created.ETag.ShouldBe("\"1\"");
        var id = created.Json.GetProperty("id").GetString();
        created.Headers["Location"].ShouldBe($"/api/v1/contacts/{id}");
        created.Json.GetProperty("fields").GetProperty("custom").GetProperty("budget").GetInt32().ShouldBe(5);

        var read = await _api.Send("GET", created.Headers["Location"]);
        read.Text.ShouldBe(created.Text);
        read.Headers["Cache-Control"].ShouldBe("no-store");

        var changed = await Patch(id!, 1, """{"title":"Countess","emails":null}""");
        changed.Status.ShouldBe(HttpStatusCode.OK, changed.Text);
        changed.ETag.ShouldBe("\"2\"");
        changed.Json.GetProperty("fields").TryGetProperty("emails", out _).ShouldBeFalse();

        (await _api.Send("DELETE", $"/api/v1/contacts/{id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await _api.Send("GET", $"/api/v1/contacts/{id}")).ShouldBeProblem(404, "record.missing");
        var restored = await _api.Send("POST", $"/api/v1/contacts/{id}/restore");
        restored.Status.ShouldBe(HttpStatusCode.OK, restored.Text);
        restored.Json.GetProperty("version").GetInt64().ShouldBe(4);
        restored.Json.GetProperty("record").GetProperty("fields").GetProperty("title").GetString().ShouldBe("Countess");
    }

    [Fact]
    public async Task HEAD_answers_as_GET_without_the_body()
    {
        await using var api = await Api.Start(sockets: true);
        var id = await api.Created("contacts", """{"name":"Ada"}""");

        var head = await api.Send("HEAD", $"/api/v1/contacts/{id}");

        (head.Status, head.ETag, head.Text).ShouldBe((HttpStatusCode.OK, "\"1\"", ""));
        (await api.Send("HEAD", "/api/v1/contacts")).Status.ShouldBe(HttpStatusCode.OK);
        (await api.Send("HEAD", "/api/v1/contacts/nobody")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await api.Send("HEAD", $"/api/v1/contacts/{id}/restore")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Edits_of_different_fields_from_one_base_both_hold_and_of_one_field_conflict()
    {
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        (await Patch(id, 1, """{"phones":["1234"]}""")).ETag.ShouldBe("\"2\"");
        var merged = await Patch(id, 1, """{"title":"Head"}""");
        merged.ETag.ShouldBe("\"3\"");
        merged.Json.GetProperty("fields").GetProperty("phones")[0].GetString().ShouldBe("1234");

        var clash = await Patch(id, 1, """{"title":"Chief"}""", "acme/bo");
        clash.ShouldBeProblem(409, "record.conflict");
        var conflict = clash.Json.GetProperty("conflicts")[0];
        conflict.GetProperty("field").GetString().ShouldBe("title");
        conflict.GetProperty("base").ValueKind.ShouldBe(JsonValueKind.Null);
        conflict.GetProperty("theirs").GetString().ShouldBe("Head");
        conflict.GetProperty("yours").GetString().ShouldBe("Chief");
        conflict.GetProperty("by").GetString().ShouldBe("ana");
        (await _api.Send("GET", $"/api/v1/contacts/{id}")).ETag.ShouldBe("\"3\"");
    }

    [Fact]
    public async Task History_is_paged_and_undo_puts_a_value_back()
    {
        var id = await _api.Created("contacts", """{"name":"Ada","title":"One"}""");
        await Patch(id, 1, """{"title":"Two"}""");
        await Patch(id, 2, """{"company":"Engines"}""");

        var first = (await _api.Send("GET", $"/api/v1/contacts/{id}/history?limit=2")).Json;
        first.GetProperty("items").GetArrayLength().ShouldBe(2);
        first.GetProperty("items")[1].GetProperty("changes").GetProperty("title").GetProperty("from").GetString().ShouldBe("One");
        first.GetProperty("next").GetInt64().ShouldBe(2);
        var last = (await _api.Send("GET", $"/api/v1/contacts/{id}/history?after=2&limit=2")).Json;
        last.GetProperty("items")[0].GetProperty("version").GetInt64().ShouldBe(3);
        last.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);

        var undone = await _api.Send("POST", $"/api/v1/contacts/{id}/undo", """{"version":2}""");
        undone.Status.ShouldBe(HttpStatusCode.OK, undone.Text);
        undone.Json.GetProperty("status").GetString().ShouldBe("merged");
        undone.Json.GetProperty("record").GetProperty("fields").GetProperty("title").GetString().ShouldBe("One");
    }

    [Fact]
    public async Task A_verb_answers_with_status_version_and_record_and_a_rule_can_refuse_it()
    {
        var id = await _api.Created("notes", """{"title":"Note"}""");
        var closed = await _api.Send("POST", $"/api/v1/notes/{id}/close");
        closed.Status.ShouldBe(HttpStatusCode.OK, closed.Text);
        closed.Json.GetProperty("status").GetString().ShouldBe("applied");
        closed.Json.GetProperty("record").GetProperty("fields").GetProperty("closed").GetBoolean().ShouldBeTrue();
        closed.ETag.ShouldBe("\"2\"");

        var again = await _api.Send("POST", $"/api/v1/notes/{id}/close", "{}");
        again.ShouldBeProblem(400, "note.closed");
        again.Json.GetProperty("errors").GetProperty("closed")[0].GetString().ShouldBe("This note is closed.");
    }

    [Fact]
    public async Task Lists_find_filter_sort_and_page()
    {
        foreach (var name in new[] { "Ada", "Grace", "Edsger" })
        {
            await _api.Created("contacts", $$"""{"name":"{{name}}"}""");
        }

        var page = (await _api.Send("GET", "/api/v1/contacts?limit=2&sort=-name")).Json;
        page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("fields").GetProperty("name").GetString()).ShouldBe(["Grace", "Edsger"]);
        var rest = (await _api.Send("GET", $"/api/v1/contacts?limit=2&sort=-name&cursor={page.GetProperty("next").GetString()}")).Json;
        rest.GetProperty("items").GetArrayLength().ShouldBe(1);
        rest.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        var found = (await _api.Send("GET", $"/api/v1/contacts?q=ada&filter={Uri.EscapeDataString("""{"status":"active"}""")}")).Json;
        found.GetProperty("items").GetArrayLength().ShouldBe(1);
        (await _api.Send("GET", $"/api/v1/contacts?filter={Uri.EscapeDataString("""{"nothing":"x"}""")}")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_reader_who_has_the_version_gets_304()
    {
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        foreach (var (tags, known) in new[] { ("\"1\"", true), ("W/\"1\"", true), ("\"7\", \"1\"", true), ("*", true), ("\"2\"", false), ("nonsense", false) })
        {
            var answer = await _api.Send("GET", $"/api/v1/contacts/{id}", headers: ("If-None-Match", tags));
            answer.Status.ShouldBe(known ? HttpStatusCode.NotModified : HttpStatusCode.OK, tags);
            answer.ETag.ShouldBe("\"1\"");
            (answer.Text.Length == 0).ShouldBe(known);
        }
    }

    [Fact]
    public async Task The_same_key_and_body_gives_the_same_answer_and_changes_nothing()
    {
        (string, string) key = ("Idempotency-Key", "order 17 – „once“");
        const string Body = """{"name":"Ada","title":"One"}""";
        var first = await _api.Send("POST", "/api/v1/contacts", Body, headers: key);
        var id = first.Json.GetProperty("id").GetString()!;
        (await _api.Send("POST", "/api/v1/contacts", Body, headers: key)).Text.ShouldBe(first.Text);

        var patch = await Patch(id, 1, """{"title":"Two"}""", headers: key with { Item2 = "patch" });
        await Patch(id, 2, """{"title":"Three"}""");
        var repeated = await Patch(id, 1, """{"title":"Two"}""", headers: key with { Item2 = "patch" });
        repeated.Text.ShouldBe(patch.Text);
        repeated.ETag.ShouldBe("\"2\"");
        (await _api.Send("POST", "/api/v1/contacts", Body, headers: key)).Text.ShouldBe(first.Text);
        (await _api.Send("GET", $"/api/v1/contacts/{id}")).ETag.ShouldBe("\"3\"");

        var deleted = await _api.Send("DELETE", $"/api/v1/contacts/{id}", headers: [key with { Item2 = "delete" }, ("If-Match", "\"3\"")]);
        deleted.Status.ShouldBe(HttpStatusCode.NoContent, deleted.Text);
        (await _api.Send("DELETE", $"/api/v1/contacts/{id}", headers: [key with { Item2 = "delete" }, ("If-Match", "\"3\"")])).Status.ShouldBe(HttpStatusCode.NoContent);
        (await _api.Send("POST", "/api/v1/contacts", Body, headers: key)).Text.ShouldBe(first.Text);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused_and_of_another_user_is_another_key()
    {
        (string, string) key = ("Idempotency-Key", "k");
        var first = await _api.Send("POST", "/api/v1/contacts", """{"name":"Ada"}""", headers: key);
        (await _api.Send("POST", "/api/v1/contacts", """{"name":"Bob"}""", headers: key)).ShouldBeProblem(422, "command.reused");
        var other = await _api.Send("POST", "/api/v1/contacts", """{"name":"Bob"}""", "acme/bo", headers: key);
        other.Status.ShouldBe(HttpStatusCode.Created);
        other.Json.GetProperty("id").GetString().ShouldNotBe(first.Json.GetProperty("id").GetString());

        var id = first.Json.GetProperty("id").GetString()!;
        await Patch(id, 1, """{"title":"One"}""", headers: key with { Item2 = "p" });
        (await Patch(id, 1, """{"title":"Two"}""", headers: key with { Item2 = "p" })).ShouldBeProblem(422, "command.reused");
        var otherBase = await Patch(id, 2, """{"title":"One"}""", headers: key with { Item2 = "p" });
        otherBase.ShouldBeProblem(422, "command.reused");
        otherBase.Json.GetProperty("errors").TryGetProperty("Idempotency-Key", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_delete_with_If_Match_happens_only_at_that_version()
    {
        var id = await _api.Created("contacts", """{"name":"Ada"}""");
        await Patch(id, 1, """{"title":"Two"}""");
        (await _api.Send("DELETE", $"/api/v1/contacts/{id}", headers: ("If-Match", "\"1\""))).ShouldBeProblem(412, "version.stale");
        (await _api.Send("DELETE", $"/api/v1/contacts/{id}", headers: ("If-Match", "\"2\""))).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Permissions_decide_and_hidden_fields_are_hidden()
    {
        var id = await _api.Created("contacts", """{"name":"Ada","notes":"secret"}""");
        var read = await _api.Send("GET", $"/api/v1/contacts/{id}", caller: "acme/eve/contacts.read/contacts.notes");
        read.Json.GetProperty("fields").TryGetProperty("notes", out _).ShouldBeFalse();
        (await Patch(id, 1, """{"title":"x"}""", "acme/eve/contacts.read")).ShouldBeProblem(403, "access.denied");
        (await _api.Send("POST", "/api/v1/contacts", """{"name":"x"}""", "acme/eve/contacts.read")).ShouldBeProblem(403, "access.denied");
        (await _api.Send("DELETE", $"/api/v1/contacts/{id}", caller: "acme/eve/contacts.read")).ShouldBeProblem(403, "access.denied");
        (await _api.Send("GET", $"/api/v1/contacts/{id}", caller: "acme/eve/contacts.create")).ShouldBeProblem(404, "record.missing");

        var blind = await _api.Send("POST", "/api/v1/contacts", """{"name":"Left in the box"}""", "acme/eve/contacts.create");
        blind.Status.ShouldBe(HttpStatusCode.Created);
        blind.Text.ShouldBeEmpty();
        blind.Headers["Location"].ShouldStartWith("/api/v1/contacts/");
    }

    [Fact]
    public async Task Who_gives_a_record_away_and_may_not_see_it_any_more_is_told_so_without_it()
    {
        const string Own = "acme/ana/contacts.read.own,contacts.create,contacts.edit";
        var id = await _api.Created("contacts", """{"name":"Ada"}""", Own);
        var given = await Patch(id, 1, """{"owner":"bo"}""", Own);
        given.Status.ShouldBe(HttpStatusCode.NoContent, given.Text);
        given.ETag.ShouldBe("\"2\"");
        (await _api.Send("GET", $"/api/v1/contacts/{id}", caller: Own)).ShouldBeProblem(404, "record.missing");
    }

    private Task<Answer> Patch(string id, long version, string body, string caller = "acme/ana", params (string, string)[] headers) =>
        _api.Send("PATCH", $"/api/v1/contacts/{id}", body, caller, "application/merge-patch+json", [.. headers, ("If-Match", $"\"{version}\"")]);
}
