using Crm.Web.Description;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Web.Rest;

/// <summary>Every kind's routes, one by one, so that each is in the API description and what is not mapped is not there.</summary>
public static class RecordRoutes
{
    /// <summary>Before every route of the API.</summary>
    public const string Prefix = "/api/v1";

    /// <summary>Maps every kind of the catalog.</summary>
    public static void MapRecords(this IEndpointRouteBuilder app)
    {
        foreach (var kind in app.ServiceProvider.GetRequiredService<ICatalog>().Kinds)
        {
            Map(app.MapGroup($"{Prefix}/{kind.Name}").WithTags(kind.Name), kind);
        }
    }

    private static void Map(RouteGroupBuilder group, KindInfo kind)
    {
        var (routes, says) = (new KindRoutes(kind), new KindOperations(kind));
        group.MapGet("", routes.List).Is($"{kind.Name}.list", says.List);
        group.MapGet("count", routes.Count).Is($"{kind.Name}.count", says.Count);
        group.MapGet("{id}", routes.Read).Is($"{kind.Name}.read", says.Read);
        group.MapDelete("{id}", routes.Delete).Is($"{kind.Name}.delete", says.Delete);
        group.MapGet("{id}/history", routes.History).Is($"{kind.Name}.history", says.History);
        group.MapPost("{id}/restore", routes.Verb("restore")).Is($"{kind.Name}.restore", says.Restore);

        // Some kinds are made and changed by verbs alone.
        if (kind.HasCustom || kind.Fields.Any(field => field.Editable))
        {
            group.MapPost("", routes.Create).Is($"{kind.Name}.create", says.Create);
            group.MapPatch("{id}", routes.Edit).Is($"{kind.Name}.edit", says.Edit);
            group.MapPost("{id}/undo", routes.Verb("undo")).Is($"{kind.Name}.undo", says.Undo);
        }

        foreach (var verb in kind.Verbs)
        {
            group.MapPost($"{{id}}/{verb.Name}", routes.Verb(verb.Name)).Is($"{kind.Name}.{verb.Name}", says.Of(verb));
        }
    }

    private static void Is(this RouteHandlerBuilder route, string name, ApiOperation says) => route.WithName(name).Describe(says);
}
