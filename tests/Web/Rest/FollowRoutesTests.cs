using System.Net;

namespace Crm.Web.Tests.Rest;

public sealed class FollowRoutesTests
{
    private const string Ana = "acme/ana/contacts.read.own,contacts.create,contacts.edit,users.read,views.read.own,views.create,follows.read.own,follows.create,follows.delete";
    private const string Bo = "acme/bo/contacts.read.own,follows.read.own,follows.create,follows.delete";

    [Fact]
    public async Task Following_twice_is_following_once_and_ends_by_deleting()
    {
        await using var api = await Api.Start();
        var contact = await api.Created("contacts", """{"name":"Ada","owner":"ana"}""");
        var (first, second) = (await Follow(api, $"contacts/{contact}"), await Follow(api, $"contacts/{contact}"));
        (first.Status, second.Text).ShouldBe((HttpStatusCode.OK, first.Text));
        (await Followed(api)).ShouldBe([$"contacts/{contact}"]);
        var id = first.Json.GetProperty("id").GetString();
        (await api.Send("DELETE", $"/api/v1/follows/{id}", caller: Ana)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await Followed(api)).ShouldBeEmpty();
        (await Follow(api, $"contacts/{contact}")).Status.ShouldBe(HttpStatusCode.OK);
        (await Followed(api)).ShouldBe([$"contacts/{contact}"]);
    }

    [Fact]
    public async Task What_is_unknown_foreign_forbidden_or_no_reference_cannot_be_followed_and_cannot_be_told_apart()
    {
        await using var api = await Api.Start();
        var hidden = await api.Created("contacts", """{"name":"Bo's","owner":"bo"}""", "acme/bo");
        var foreign = await api.Created("contacts", """{"name":"Theirs","owner":"ana"}""", "globex/ana");
        var view = await api.Created("views", """{"on":"contacts","name":"Bo's own"}""", "acme/bo");
        var refused = new List<string>();
        foreach (var target in new[] { $"contacts/{hidden}", $"contacts/{foreign}", $"views/{view}", "contacts/nobody", "planets/mars", "contacts", "", "teams/", "teams/Nobody", "contacts/../x", "<script>" })
        {
            var answer = await Follow(api, target);
            answer.ShouldBeProblem(400, "follow.target");
            refused.Add(answer.Anonymous);
        }

        refused.Distinct().ShouldHaveSingleItem();
        (await api.Send("POST", "/api/v1/following", """{"target":7}""", Ana)).ShouldBeProblem(400, "request.invalid");
        (await api.Send("POST", "/api/v1/following", """{"target":"contacts/x"}""", "acme/eve/contacts.read")).ShouldBeProblem(403, "access.denied");
        (await Followed(api)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_sees_or_ends_what_somebody_else_follows()
    {
        await using var api = await Api.Start();
        var contact = await api.Created("contacts", """{"name":"Ada","owner":"ana"}""");
        var id = (await Follow(api, $"contacts/{contact}")).Json.GetProperty("id").GetString();
        (await api.Send("GET", $"/api/v1/follows/{id}", caller: Bo)).ShouldBeProblem(404, "record.missing");
        (await api.Send("DELETE", $"/api/v1/follows/{id}", caller: Bo)).ShouldBeProblem(404, "record.missing");
        (await api.Send("DELETE", $"/api/v1/follows/{id}", caller: "acme/admin")).ShouldBeProblem(400, "follow.other");
        (await Followed(api)).ShouldBe([$"contacts/{contact}"]);
    }

    [Fact]
    public async Task A_team_is_followed_by_its_name_when_somebody_is_in_it()
    {
        await using var api = await Api.Start();
        await api.Created("users", """{"name":"Cy","email":"cy@acme.test","team":"Süd & Nord"}""");
        (await Follow(api, "teams/Süd & Nord")).Status.ShouldBe(HttpStatusCode.OK);
        (await Follow(api, "teams/Süd")).ShouldBeProblem(400, "follow.target");
        (await api.Send("POST", "/api/v1/following", """{"target":"teams/Süd & Nord"}""", Bo)).ShouldBeProblem(400, "follow.target");
    }

    private static Task<Answer> Follow(Api api, string target) => api.Send("POST", "/api/v1/following", $$"""{"target":"{{target}}"}""", Ana);

    private static async Task<List<string?>> Followed(Api api) =>
        [.. (await api.Send("GET", "/api/v1/follows", caller: Ana)).Json.GetProperty("items").EnumerateArray().Select(follow => follow.GetProperty("fields").GetProperty("target").GetString())];
}
