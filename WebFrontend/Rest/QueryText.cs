using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.Rest;

/// <summary>Reads query strings strictly: a parameter that is mistyped and ignored would silently answer another question.</summary>
public static class QueryText
{
    /// <summary>Most items of a page.</summary>
    public const int MaxLimit = 200;

    /// <summary>Items of a page unless told otherwise.</summary>
    public const int DefaultLimit = 50;

    private const int MaxLength = 4_000;

    /// <summary>Reads <c>q, filter, sort, limit, cursor</c>.</summary>
    public static ProblemAnswer? List(HttpRequest request, out ListQuery query)
    {
        query = new(null, default, null);
        var limit = DefaultLimit;
        if ((Known(request, "q", "filter", "sort", "limit", "cursor") ?? Limit(request, out limit)) is { } wrong)
        {
            return wrong;
        }

        if (Json(request, "filter", out var filter) is { } unreadable)
        {
            return unreadable;
        }

        query = new(Text(request, "q"), filter, Text(request, "sort"), limit, Text(request, "cursor"));
        return null;
    }

    /// <summary>Reads <c>limit</c>, and admits these names, <c>limit</c> and <c>cursor</c>.</summary>
    public static ProblemAnswer? Page(HttpRequest request, ReadOnlySpan<string> names, out int limit)
    {
        limit = DefaultLimit;
        return Known(request, [.. names, "limit", "cursor"]) ?? Limit(request, out limit);
    }

    /// <summary>Reads <c>q, filter</c>.</summary>
    public static ProblemAnswer? Count(HttpRequest request, out ListQuery query)
    {
        query = new(null, default, null);
        JsonElement filter = default;
        if ((Known(request, "q", "filter") ?? Json(request, "filter", out filter)) is { } wrong)
        {
            return wrong;
        }

        query = new(Text(request, "q"), filter, null);
        return null;
    }

    /// <summary>Reads <c>after, limit</c>.</summary>
    public static ProblemAnswer? History(HttpRequest request, out long after, out int limit) =>
        Numbered(request, "after", "This is the version after which to begin, such as 12; 0 or nothing begins with the first.", out after, out limit);

    /// <summary>Reads <c>limit</c> and a whole number that says where a page begins; 0 when it is not there.</summary>
    public static ProblemAnswer? Numbered(HttpRequest request, string name, string help, out long number, out int limit)
    {
        (number, limit) = (0, DefaultLimit);
        if ((Known(request, name, "limit") ?? Limit(request, out limit)) is { } wrong)
        {
            return wrong;
        }

        return Text(request, name) is not { } text || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) ? null : Wrong(name, help);
    }

    /// <summary>Reads a parameter that is a JSON object; undefined when it is not there.</summary>
    public static ProblemAnswer? Json(HttpRequest request, string name, out JsonElement json)
    {
        json = default;
        if (Text(request, name) is not { } text)
        {
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        if (JsonText.Check(bytes) is { } broken)
        {
            return Wrong(name, broken.Field.Length == 0 ? broken.Text.Replace("The body", $"The {name}", StringComparison.Ordinal) : $"{broken.Field}: {broken.Text}");
        }

        json = JsonElement.Parse(bytes);
        return null;
    }

    /// <summary>Reads <c>true</c> or <c>false</c>; false when it is not there.</summary>
    public static ProblemAnswer? Flag(HttpRequest request, string name, out bool flag)
    {
        flag = false;
        return Text(request, name) is not { } text || bool.TryParse(text, out flag) ? null : Wrong(name, "This is true or false.");
    }

    /// <summary>Refuses parameters that are unknown, repeated, too long or no text.</summary>
    public static ProblemAnswer? Known(HttpRequest request, params ReadOnlySpan<string> names)
    {
        foreach (var (name, values) in request.Query)
        {
            if (!names.Contains(name))
            {
                return Wrong(JsonText.IsStorable(name) ? name : "?", $"There is no such parameter. Known are: {string.Join(", ", names!)}.");
            }

            if (values.Count > 1)
            {
                return Wrong(name, "This is given more than once.");
            }

            if (values[0] is { } value && (value.Length > MaxLength || !JsonText.IsStorable(value)))
            {
                return Wrong(name, value.Length > MaxLength ? $"This may have at most {MaxLength} characters." : "This text holds characters that cannot be stored.");
            }
        }

        return null;
    }

    private static ProblemAnswer? Limit(HttpRequest request, out int limit)
    {
        limit = DefaultLimit;
        return Text(request, "limit") is not { } text
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit)
            ? null
            : Wrong("limit", $"This is a whole number from 1 to {MaxLimit}.");
    }

    /// <summary>A parameter's text; null when it is not there or empty.</summary>
    public static string? Text(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } text] ? text : null;

    private static ProblemAnswer Wrong(string name, string text) => ProblemAnswer.Of(ProblemCodes.Query, text, name);
}
