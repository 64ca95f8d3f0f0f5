using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crm.Web.Tests.Rest;

/// <summary>Checks a value against the part of JSON Schema that our descriptions use, and refuses what it does not know.</summary>
internal static class SchemaCheck
{
    private static readonly HashSet<string> Known =
    [
        "type", "enum", "const", "pattern", "maxLength", "minLength", "minimum", "maximum", "format", "items", "properties", "required", "additionalProperties",
        "description", "title", "default", "readOnly", "example", "examples", "minItems", "maxItems", "anyOf", "oneOf", "uniqueItems",
    ];

    /// <summary>What does not fit, with where it is.</summary>
    public static IEnumerable<string> Of(JsonNode? value, JsonNode schema, Func<JsonNode, JsonNode> resolve, string where)
    {
        var rules = resolve(schema).AsObject();
        foreach (var unknown in rules.Select(rule => rule.Key).Where(rule => !Known.Contains(rule)))
        {
            yield return $"{where}: the schema uses {unknown}";
        }

        foreach (var wrong in Simple(value, rules).Select(wrong => $"{where}: {wrong}"))
        {
            yield return wrong;
        }

        if (value is JsonArray list && rules["items"] is { } items)
        {
            foreach (var wrong in list.SelectMany((item, index) => Of(item, items, resolve, $"{where}[{index}]")))
            {
                yield return wrong;
            }
        }

        if (value is JsonObject map)
        {
            foreach (var wrong in Members(map, rules, resolve, where))
            {
                yield return wrong;
            }
        }
    }

    private static IEnumerable<string> Members(JsonObject map, JsonObject rules, Func<JsonNode, JsonNode> resolve, string where)
    {
        foreach (var required in rules["required"]?.AsArray() ?? [])
        {
            if (!map.ContainsKey(required!.GetValue<string>()))
            {
                yield return $"{where}: {required} is missing";
            }
        }

        foreach (var (name, member) in map)
        {
            var schema = rules["properties"]?[name] ?? (rules["additionalProperties"] is JsonObject others ? others : null);
            if (schema is not null)
            {
                foreach (var wrong in Of(member, schema, resolve, $"{where}.{name}"))
                {
                    yield return wrong;
                }
            }
            else if (rules["additionalProperties"] is JsonValue closed && closed.GetValueKind() == JsonValueKind.False)
            {
                yield return $"{where}: {name} is not allowed";
            }
        }
    }

    private static IEnumerable<string> Simple(JsonNode? value, JsonObject rules)
    {
        var types = rules["type"] switch { JsonArray several => several.Select(type => type!.GetValue<string>()).ToList(), JsonValue one => [one.GetValue<string>()], _ => [] };
        if (types.Count > 0 && !types.Exists(type => Is(value, type)))
        {
            yield return $"{value?.ToJsonString() ?? "null"} is not {string.Join(" or ", types)}";
        }

        if (rules["enum"] is JsonArray options && !options.Any(option => JsonNode.DeepEquals(option, value)))
        {
            yield return $"{value} is not one of {options.ToJsonString()}";
        }

        if (rules["const"] is { } only && !JsonNode.DeepEquals(only, value))
        {
            yield return $"{value} is not {only}";
        }

        if (value is JsonValue text && text.GetValueKind() == JsonValueKind.String)
        {
            foreach (var wrong in Text(text.GetValue<string>(), rules))
            {
                yield return wrong;
            }
        }
        else if (value is JsonValue number && number.GetValueKind() == JsonValueKind.Number)
        {
            var amount = decimal.Parse(number.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
            if (amount < (rules["minimum"]?.GetValue<decimal>() ?? decimal.MinValue) || amount > (rules["maximum"]?.GetValue<decimal>() ?? decimal.MaxValue))
            {
                yield return $"{amount} is out of bounds";
            }
        }
    }

    private static IEnumerable<string> Text(string text, JsonObject rules)
    {
        if (text.Length > (rules["maxLength"]?.GetValue<int>() ?? int.MaxValue) || text.Length < (rules["minLength"]?.GetValue<int>() ?? 0))
        {
            yield return $"{text} has a wrong length";
        }

        if (rules["pattern"] is { } pattern && !Regex.IsMatch(text, pattern.GetValue<string>(), RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            yield return $"{text} does not match {pattern}";
        }

        var fits = rules["format"]?.GetValue<string>() switch
        {
            "date-time" => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
            "uri-reference" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
            _ => true,
        };
        if (!fits)
        {
            yield return $"{text} is not a {rules["format"]}";
        }
    }

    private static bool Is(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && !value.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E'),
        _ => false,
    };
}
