using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Crm.Web.Rest;

/// <summary>Versions as entity tags: <c>"3"</c> is the record at version 3.</summary>
public static class Conditions
{
    /// <summary>The tag of a version.</summary>
    public static string Tag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>Reads <c>If-Match</c> as the version that a change was made from, at least 1.</summary>
    public static ProblemAnswer? Required(HttpRequest request, out long version) =>
        Optional(request, out var given) is { } wrong ? Refused(wrong, out version)
        : given is { } there ? Read(there, out version)
        : Refused(ProblemAnswer.Of("version.required", field: HeaderNames.IfMatch), out version);

    /// <summary>Reads <c>If-Match</c> where it may be left away: then the version is null.</summary>
    public static ProblemAnswer? Optional(HttpRequest request, out long? version)
    {
        version = null;
        var header = request.Headers.IfMatch;
        if (StringValues.IsNullOrEmpty(header))
        {
            return header.Count == 0 ? null : Malformed;
        }

        // One strong tag in the very form that we gave out: no list, no *, no W/, no sign, no leading zero.
        if (header is [{ Length: > 2 and < 22 } tag] && tag[0] == '"' && tag[^1] == '"' && tag[1] is >= '1' and <= '9'
            && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            version = number;
            return null;
        }

        return Malformed;
    }

    /// <summary>Refuses <c>If-Match</c> on what does not look at it: to ignore a condition would be to break it.</summary>
    public static ProblemAnswer? None(HttpRequest request) =>
        request.Headers.IfMatch.Count == 0 ? null : ProblemAnswer.Of("version.unwanted", field: HeaderNames.IfMatch);

    /// <summary>Whether <c>If-None-Match</c> names this version, so that the reader has it already.</summary>
    public static bool IsKnown(HttpRequest request, long version) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags)
        && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new(Tag(version)), useStrongComparison: false));

    private static ProblemAnswer Malformed => ProblemAnswer.Of("version.malformed", field: HeaderNames.IfMatch);

    private static ProblemAnswer? Read(long there, out long version)
    {
        version = there;
        return null;
    }

    private static ProblemAnswer Refused(ProblemAnswer wrong, out long version)
    {
        version = 0;
        return wrong;
    }
}
