using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

public sealed class ActivityRoutesTests
{
    private readonly IActivity _activity = Substitute.For<IActivity>();

    [Fact]
    public async Task A_feed_is_read_with_every_condition_and_texts_stay_texts()
    {
        await using var api = await Start();
        var change = new Change(4, DateTimeOffset.UnixEpoch, "bo", "contacts.edit", new Dictionary<string, FromTo> { ["title"] = new(JsonElement.Parse("null"), JsonElement.Parse("\"<script>\"")) });
        _activity.Read(Arg.Any<Caller>(), Arg.Any<ActivityQuery>(), Arg.Any<CancellationToken>()).Returns(
            new ActivityAnswer(new([new(new("acme", "contacts", "c1"), "<b>Ada</b>", change, Importance.Important)], "next1"), null));
        var answer = await api.Send("GET", "/api/v1/activity?scope=own&kinds=contacts,users&by=bo&field=title&least=important&since=2026-03-01&until=2026-03-02T08:00:00Z&limit=7&cursor=c");
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Text);
        var entry = answer.Json.GetProperty("items")[0];
        (entry.GetProperty("title").GetString(), entry.GetProperty("importance").GetString(), answer.Json.GetProperty("next").GetString()).ShouldBe(("<b>Ada</b>", "important", "next1"));
        entry.GetProperty("change").GetProperty("fields").GetProperty("title").GetProperty("to").GetString().ShouldBe("<script>");
        await _activity.Received().Read(Arg.Any<Caller>(), Arg.Is<ActivityQuery>(query => query.Scope == ActivityScope.Own && query.Kinds!.SequenceEqual(new[] { "contacts", "users" }) && query.By == "bo"
            && query.Field == "title" && query.Least == Importance.Important && query.Limit == 7 && query.Cursor == "c"
            && query.Since == new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero) && query.Until == new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero)), Arg.Any<CancellationToken>());
    }

    [Theory]
    [InlineData("scope=everything")]
    [InlineData("scope=record")]
    [InlineData("about=contacts/c1")]
    [InlineData("least=huge")]
    [InlineData("by=a%20b")]
    [InlineData("since=yesterday")]
    [InlineData("until=9999-12-31")]
    [InlineData("limit=201")]
    [InlineData("whose=mine")]
    [InlineData("kinds=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u")]
    public async Task A_question_that_cannot_be_meant_is_refused(string query)
    {
        await using var api = await Start();
        (await api.Send("GET", $"/api/v1/activity?{query}")).ShouldBeProblem(400, "query.invalid");
        await _activity.DidNotReceiveWithAnyArgs().Read(default!, default!, default);
    }

    [Fact]
    public async Task What_the_feed_itself_refuses_is_told()
    {
        await using var api = await Start();
        _activity.Read(Arg.Any<Caller>(), Arg.Any<ActivityQuery>(), Arg.Any<CancellationToken>()).Returns(new ActivityAnswer(null, new("about", "record.missing", "There is no such record.")));
        (await api.Send("GET", "/api/v1/activity?scope=record&about=contacts/nobody")).ShouldBeProblem(404, "record.missing");
        (await api.Send("GET", "/api/v1/activity", caller: null)).ShouldBeProblem(401, "access.unauthenticated");
    }

    private Task<Api> Start() => Api.Start(also: services => services.AddSingleton(_activity));
}
