using System.Text.Json;

namespace Crm;

/// <summary>Reads filters from the wire. What it refuses it names, with what would be allowed.</summary>
public sealed class FilterParser
{
    /// <summary>How deep and, or and not may nest.</summary>
    public const int MaxDepth = 5;

    /// <summary>Most tests in one filter.</summary>
    public const int MaxTests = 50;

    /// <summary>Most values of one test.</summary>
    public const int MaxValues = 100;

    /// <summary>Longest value, in characters.</summary>
    public const int MaxText = 500;

    private readonly IReadOnlyDictionary<string, FieldRef> _fields;
    private Problem? _problem;
    private int _tests;

    private FilterParser(IReadOnlyDictionary<string, FieldRef> fields) => _fields = fields;

    /// <summary>The filter, or why not; neither when there is none to read.</summary>
    public static (Filter? Filter, Problem? Refusal) Read(JsonElement json, IReadOnlyDictionary<string, FieldRef> fields)
    {
        if (json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return (null, null);
        }

        var parser = new FilterParser(fields);
        var filter = parser.Group(json, 1);
        return parser._problem is { } problem ? (null, problem) : (filter, null);
    }

    private Filter? Group(JsonElement json, int depth)
    {
        if (depth > MaxDepth)
        {
            return Refuse("filter", "filter.depth", $"A filter may nest {MaxDepth} levels deep.");
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            return Refuse("filter", "filter.value", "A filter is an object such as {\"status\":\"active\"}.");
        }

        var all = new List<Filter>();
        foreach (var member in json.EnumerateObject())
        {
            if (Member(Name(member), member.Value, depth) is not { } filter)
            {
                return null;
            }

            all.Add(filter);
        }

        return all is [var only] ? only : new AllOf(all);
    }

    private Filter? Member(string name, JsonElement value, int depth) => name switch
    {
        "and" => List(value, depth, "and") is { } all ? new AllOf(all) : null,
        "or" => List(value, depth, "or") is { } any ? new AnyOf(any) : null,
        "not" => Group(value, depth + 1) is { } inner ? new Not(inner) : null,
        _ when !_fields.TryGetValue(name, out var field) => Refuse(
            Values.Left(name, 100), "filter.field", $"There is no such field to filter by. Known are: {string.Join(", ", _fields.Keys)}, and, or, not."),
        _ => Tests(_fields[name], value),
    };

    private List<Filter>? List(JsonElement value, int depth, string name)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, "filter.value", $"{name} takes a list of filters.");
            return null;
        }

        var filters = new List<Filter>();
        foreach (var item in value.EnumerateArray())
        {
            if (++_tests > MaxTests)
            {
                Refuse("filter", "filter.size", $"A filter may have at most {MaxTests} tests.");
                return null;
            }

            if (Group(item, depth + 1) is not { } filter)
            {
                return null;
            }

            filters.Add(filter);
        }

        return filters;
    }

    private Filter? Tests(FieldRef field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return Test(field, field.Type == FieldType.Set && value.ValueKind != JsonValueKind.Null ? "has" : "eq", value);
        }

        var all = new List<Filter>();
        foreach (var member in value.EnumerateObject())
        {
            if (Test(field, Name(member), member.Value) is not { } filter)
            {
                return null;
            }

            all.Add(filter);
        }

        return all.Count switch
        {
            0 => Refuse(field.Name, "filter.operator", $"Say how to test it: {string.Join(", ", Operators(field))}."),
            1 => all[0],
            _ => new AllOf(all),
        };
    }

    private Filter? Test(FieldRef field, string name, JsonElement value)
    {
        if (++_tests > MaxTests)
        {
            return Refuse("filter", "filter.size", $"A filter may have at most {MaxTests} tests.");
        }

        if (name is "eq" or "ne" && value.ValueKind == JsonValueKind.Null)
        {
            var empty = new Test(field, FilterOperator.Empty, []);
            return name == "eq" ? empty : new Not(empty);
        }

        if (!Operators(field).Contains(name))
        {
            return Refuse(field.Name, "filter.operator", $"This field is tested by {string.Join(", ", Operators(field))}.");
        }

        return name switch
        {
            "empty" => Empty(field, value),
            "in" => Many(field, value),
            "ne" => One(field, FilterOperator.Eq, value) is { } equal ? new Not(equal) : null,
            "eq" => One(field, FilterOperator.Eq, value),
            "has" => One(field, FilterOperator.Has, value),
            "gt" => One(field, FilterOperator.Gt, value),
            "gte" => One(field, FilterOperator.Gte, value),
            "lt" => One(field, FilterOperator.Lt, value),
            "lte" => One(field, FilterOperator.Lte, value),
            "contains" => One(field, FilterOperator.Contains, value),
            _ => One(field, FilterOperator.StartsWith, value),
        };
    }

    private Filter? Empty(FieldRef field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => new Test(field, FilterOperator.Empty, []),
        JsonValueKind.False => new Not(new Test(field, FilterOperator.Empty, [])),
        _ => Refuse(field.Name, "filter.value", "empty takes true or false."),
    };

    private Filter? Many(FieldRef field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxValues)
        {
            return Refuse(field.Name, "filter.value", $"in takes a list of at most {MaxValues} values.");
        }

        var values = new List<string>();
        foreach (var item in value.EnumerateArray())
        {
            if (Value(field, item) is not { } text)
            {
                return null;
            }

            values.Add(text);
        }

        return new Test(field, field.Type == FieldType.Set ? FilterOperator.Has : FilterOperator.Eq, values);
    }

    private Test? One(FieldRef field, FilterOperator op, JsonElement value) =>
        Value(field, value) is { } text ? new Test(field, op, [text]) : null;

    private string? Value(FieldRef field, JsonElement value)
    {
        var text = field.Type switch
        {
            FieldType.Number or FieldType.Counter => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out _) && value.GetRawText() is { Length: <= 64 } raw ? raw : null,
            FieldType.Flag => value.ValueKind switch { JsonValueKind.True => "true", JsonValueKind.False => "false", _ => null },
            FieldType.Date => Values.Text(value) is { } day && Values.IsDate(day) ? day : null,
            FieldType.Instant => Values.Text(value) is { } at && Values.Instant(at) is not null ? at : null,
            FieldType.Choice => Values.Text(value) is { } option && (field.Options.Count == 0 || field.Options.Contains(option)) ? option : null,
            _ => Values.Text(value) is { Length: <= MaxText } any ? any : null,
        };
        if (text is null)
        {
            Refuse(field.Name, "filter.value", Takes(field));
        }

        return text;
    }

    private static string Takes(FieldRef field) => field.Type switch
    {
        FieldType.Number or FieldType.Counter => "This takes a number.",
        FieldType.Flag => "This takes true or false.",
        FieldType.Date => "This takes a day such as 2026-09-01.",
        FieldType.Instant => "This takes a day or a time such as 2026-09-01T12:00:00Z.",
        FieldType.Choice => $"This takes one of: {string.Join(", ", field.Options)}.",
        _ => $"This takes a text of at most {MaxText} characters.",
    };

    private static string[] Operators(FieldRef field) => field.Type switch
    {
        FieldType.Text or FieldType.LongText => ["eq", "ne", "in", "contains", "startsWith", "empty"],
        FieldType.Choice or FieldType.User or FieldType.Reference => ["eq", "ne", "in", "empty"],
        FieldType.Number or FieldType.Counter or FieldType.Date or FieldType.Instant => ["eq", "ne", "in", "gt", "gte", "lt", "lte", "empty"],
        FieldType.Flag => ["eq", "ne", "empty"],
        FieldType.Set => ["has", "in", "empty"],
        _ => ["empty"],
    };

    // A name may hold half a surrogate pair, which cannot be read.
    private static string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "?";
        }
    }

    private Filter? Refuse(string field, string code, string text)
    {
        _problem ??= new(field, code, text);
        return null;
    }
}
