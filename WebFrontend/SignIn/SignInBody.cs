using System.Text.Json;
using Crm.Web.Rest;
using Microsoft.AspNetCore.Http;

namespace Crm.Web.SignIn;

/// <summary>Texts out of a request's body. Says of every field what is wrong with it, and never what was in it.</summary>
internal sealed class SignInBody
{
    private readonly JsonElement _json;
    private readonly List<Problem> _problems = [];

    private SignInBody(JsonElement json) => _json = json;

    /// <summary>What is wrong with what was asked for so far; null when nothing is.</summary>
    public ProblemAnswer? Wrong => _problems.Count > 0 ? ProblemAnswer.Of(_problems) : null;

    /// <summary>Reads the body; exactly one of the two results is set.</summary>
    /// <param name="known">The fields that there may be.</param>
    public static async Task<(SignInBody? Body, ProblemAnswer? Wrong)> Read(HttpRequest request, params string[] known)
    {
        var (json, wrong) = await JsonBody.Read(request);
        if (wrong is not null)
        {
            return (null, wrong);
        }

        var body = new SignInBody(json);
        body._problems.AddRange(json.EnumerateObject().Where(field => !known.Contains(field.Name))
            .Select(field => new Problem(field.Name, "field.unknown", "There is no such field here.")));
        return (body, null);
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string name, int most)
    {
        var text = Optional(name, most);
        if (text is null or "" && !_problems.Exists(problem => problem.Field == name))
        {
            _problems.Add(new(name, "field.required", "This is required."));
        }

        return text ?? "";
    }

    /// <summary>A text that may be left out.</summary>
    public string? Optional(string name, int most)
    {
        if (!_json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            _problems.Add(new(name, "field.text", "This must be a text."));
            return null;
        }

        var text = value.GetString()!;
        if (text.Length > most)
        {
            _problems.Add(new(name, "text.length", $"This may have at most {most} characters."));
        }

        return text;
    }

    /// <summary>A list of texts that must be there and hold one at least.</summary>
    public IReadOnlyList<string> Texts(string name, int most, int mostItems)
    {
        if (!_json.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0
            || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String || item.GetString() is "" or null))
        {
            _problems.Add(new(name, "field.list", "This must be a list of texts, one at least."));
            return [];
        }

        var texts = value.EnumerateArray().Select(item => item.GetString()!).Distinct().ToList();
        if (texts.Count > mostItems || texts.Exists(text => text.Length > most))
        {
            _problems.Add(new(name, "field.items", $"This may have at most {mostItems} entries of {most} characters."));
        }

        return texts;
    }

    /// <summary>A whole number that must be there.</summary>
    public int Whole(string name, int least, int most)
    {
        if (_json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
        {
            return number;
        }

        _problems.Add(new(name, "field.integer", $"This must be a whole number from {least} to {most}."));
        return least;
    }
}
