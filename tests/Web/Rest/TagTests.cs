using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;

namespace Crm.Web.Tests.Rest;

public sealed class TagTests
{
    [Fact]
    public async Task Tags_in_use_are_listed_most_used_first_for_those_who_may_see_all_contacts()
    {
        var views = Substitute.For<IViews>();
        views.Row("acme", "contacts.tags", "tags", Arg.Any<CancellationToken>()).Returns(JsonElement.Parse("""{"rare":1,"vip":12,"also":1}"""));
        await using var api = await Api.Start(also: services => services.AddSingleton(views));

        var seen = await api.Send("GET", "/api/v1/contacts/tags");
        var empty = await api.Send("GET", "/api/v1/contacts/tags", caller: "globex/ana");

        seen.Status.ShouldBe(System.Net.HttpStatusCode.OK);
        seen.Json.GetRawText().ShouldBe("""{"items":[{"tag":"vip","count":12},{"tag":"also","count":1},{"tag":"rare","count":1}]}""");
        empty.Json.GetRawText().ShouldBe("""{"items":[]}""");
    }
}
