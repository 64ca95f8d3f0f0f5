using System.Globalization;

namespace Crm.Web.Feeds;

/// <summary>Reads what a feed shall show, from a query string or a call: the same names, the same bounds.</summary>
internal static class ActivityText
{
    /// <summary>The names of a question's members.</summary>
    public static readonly string[] Names = ["scope", "about", "kinds", "by", "field", "least", "since", "until"];

    private static readonly string[] Scopes = ["own", "team", "record"];
    private const int MostKinds = 20;
    private const int LongestField = 128;

    /// <summary>The question, or which member of it cannot be meant.</summary>
    /// <param name="get">A member's text; null when it is not there.</param>
    public static (ActivityQuery? Query, Problem? Wrong) Read(Func<string, string?> get, int limit, string? cursor)
    {
        var scope = Array.IndexOf(Scopes, get("scope") ?? "own");
        var least = get("least") is { } weight ? ActivityJson.Importances.ToList().IndexOf(weight) : 0;
        var kinds = get("kinds")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (scope < 0)
        {
            return Wrong("scope", "This is own (what you follow), team (what your team does) or record (a timeline).");
        }

        if (least < 0)
        {
            return Wrong("least", $"This is one of: {string.Join(", ", ActivityJson.Importances)}.");
        }

        if (kinds is { Length: > MostKinds } || (get("by") is { } who && !Address.IsId(who)) || get("field") is { Length: > LongestField })
        {
            return Wrong(kinds is { Length: > MostKinds } ? "kinds" : get("field") is { Length: > LongestField } ? "field" : "by", "This is too long, or no id of a user.");
        }

        if ((scope == 2) != (get("about") is not null))
        {
            return Wrong("about", "A timeline, and nothing else, takes the reference of its record here, such as contacts/0198f2c0.");
        }

        return !Instant(get("since"), out var since) ? Wrong("since", "This is an instant, such as 2026-03-01T08:00:00Z.")
            : !Instant(get("until"), out var until) ? Wrong("until", "This is an instant, such as 2026-03-01T08:00:00Z.")
            : (new((ActivityScope)scope, get("about"), kinds is { Length: > 0 } ? kinds : null, get("by"), get("field"), (Importance)least, since, until, limit, cursor), null);
    }

    private static (ActivityQuery?, Problem?) Wrong(string name, string text) => (null, new(name, "query.invalid", text));

    /// <summary>Reads an instant; null for none. False when it is no instant of our time.</summary>
    public static bool Instant(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (text is null)
        {
            return true;
        }

        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read) || read.Year is < 1970 or > 2099)
        {
            return false;
        }

        at = read;
        return true;
    }
}
