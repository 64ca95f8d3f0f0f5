using Crm.Web.Description;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Crm.Web.Notices;

/// <summary>Where the links in letters lead: a POST ends all e-mail to whom the link names (RFC 8058), a page asks people first.</summary>
/// <remarks>Nothing happens on GET: scanners of mail follow every link.</remarks>
public static class MailRoutes
{
    private const string Path = "/mail/end";
    private const string Html = "text/html; charset=utf-8";

    /// <summary>Maps them.</summary>
    public static void MapMailLinks(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, Ask).AllowAnonymous().WithName("mail.ask").WithTags("mail").Describe(NoticeOperations.AskMail);
        app.MapPost(Path, End).AllowAnonymous().WithName("mail.end").WithTags("mail").Describe(NoticeOperations.EndMail);
    }

    private static async Task<IResult> Ask(HttpContext http, IMailLinks links) => await Whom(http, links) is null ? ProblemAnswer.Of(ProblemCodes.Missing) : Page(
        "No more e-mail / Keine E-Mails mehr", """<form method="post"><button>No more e-mail / Keine E-Mails mehr</button></form>""");

    private static async Task<IResult> End(HttpContext http, IMailLinks links, INotices notices)
    {
        if (await Whom(http, links) is not { } whom)
        {
            return ProblemAnswer.Of(ProblemCodes.Missing);
        }

        await notices.EndMail(whom.Tenant, whom.User);
        return Page("Done / Erledigt", "<p>There will be no more e-mail. You find what you are told in the product.</p><p>Es kommen keine E-Mails mehr. Was Sie erfahren, finden Sie im Produkt.</p>");
    }

    private static async Task<(string Tenant, string User)?> Whom(HttpContext http, IMailLinks links) =>
        http.Request.Query["link"] is [{ Length: > 0 } link] ? await links.Read(link, http.RequestAborted) : null;

    private static IResult Page(string title, string body) => Results.Text(
        $"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>{title}</title></head><body>{body}</body></html>""", Html);
}
