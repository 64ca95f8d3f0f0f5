using System.Text.Json;
using Crm.Web.Feeds;

namespace Crm.Web.Live;

/// <summary>Reads what clients send. The hub takes plain JSON, so that a wrong type is answered by name and not by a failed binding.</summary>
internal static class Arguments
{
    private const int MostCursorBytes = 256;

    /// <summary>A reference within the caller's tenant.</summary>
    public static Address Address(JsonElement value, string tenant) =>
        Crm.Address.FromRef(tenant, Text(value)) ?? throw Fault.Argument("ref", "A reference is kind/id, such as contacts/1.");

    /// <summary>The name of a kind or verb.</summary>
    public static string Name(JsonElement value, string argument) =>
        Text(value) is { Length: > 0 and <= 64 } name ? name : throw Fault.Argument(argument, $"The {argument} must be a name.");

    /// <summary>A version, or null.</summary>
    public static long? VersionOrNull(JsonElement value, string argument) =>
        value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : Version(value, argument);

    /// <summary>What a client holds of a record: a version, or <c>{version, view}</c> with the view that the answer named, or nothing.</summary>
    public static (long? Version, string? View) Since(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? (value.TryGetProperty("version", out var version) ? VersionOrNull(version, "sinceVersion") : null,
            value.TryGetProperty("view", out var view) ? TextOrNull(view, "view") : null)
        : (VersionOrNull(value, "sinceVersion"), null);

    /// <summary>A version: a whole number from 0.</summary>
    public static long Version(JsonElement value, string argument) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version) && version >= 0
            ? version
            : throw Fault.Argument(argument, $"The {argument} must be a whole number from 0.");

    /// <summary>The id that makes a command safe to repeat.</summary>
    public static Guid CommandId(JsonElement value) =>
        Text(value) is { } text && Guid.TryParse(text, out var id) && id != Guid.Empty
            ? id
            : throw Fault.Argument("commandId", "The command id must be a UUID that this command keeps across retries.");

    /// <summary>A JSON object, or nothing for an empty one.</summary>
    public static JsonElement ObjectOrNothing(JsonElement value, string argument) => value.ValueKind switch
    {
        JsonValueKind.Object => value,
        JsonValueKind.Null or JsonValueKind.Undefined => default,
        _ => throw Fault.Argument(argument, $"The {argument} must be a JSON object."),
    };

    /// <summary>What a list shows: <c>{q, filter, sort, limit}</c>, each of which may be missing.</summary>
    public static ListQuery Query(JsonElement value)
    {
        JsonElement q = default, filter = default, sort = default, limit = default;
        if (ObjectOrNothing(value, "query").ValueKind == JsonValueKind.Object)
        {
            value.TryGetProperty("q", out q);
            value.TryGetProperty("filter", out filter);
            value.TryGetProperty("sort", out sort);
            value.TryGetProperty("limit", out limit);
        }

        return new(TextOrNull(q, "q"), ObjectOrNothing(filter, "filter"), TextOrNull(sort, "sort"), Limit(limit));
    }

    /// <summary>What a feed shows: <c>{scope, about, kinds, by, field, least, since, until, limit}</c>, texts as over REST, each of which may be missing.</summary>
    public static ActivityQuery Activity(JsonElement value)
    {
        var given = ObjectOrNothing(value, "query").ValueKind == JsonValueKind.Object;
        JsonElement Member(string name) => given && value.TryGetProperty(name, out var member) ? member : default;
        var (query, wrong) = ActivityText.Read(name => TextOrNull(Member(name), name), Limit(Member("limit")), null);
        return query ?? throw Fault.Argument(wrong!.Field, wrong.Text);
    }

    /// <summary>What somebody does: <c>{activity, field?, cursor?, unsaved?}</c>.</summary>
    public static Presented Presented(JsonElement value)
    {
        JsonElement activity = default, field = default, cursor = default, unsaved = default;
        if (ObjectOrNothing(value, "presence").ValueKind == JsonValueKind.Object)
        {
            value.TryGetProperty("activity", out activity);
            value.TryGetProperty("field", out field);
            value.TryGetProperty("cursor", out cursor);
            value.TryGetProperty("unsaved", out unsaved);
        }

        if (cursor.ValueKind != JsonValueKind.Undefined && System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(cursor).Length > MostCursorBytes)
        {
            throw Fault.Argument("cursor", $"A cursor may have {MostCursorBytes} bytes.");
        }

        return new(
            Text(activity) switch
            {
                "viewing" => Doing.Viewing,
                "editing" => Doing.Editing,
                _ => throw Fault.Argument("activity", "The activity is viewing or editing."),
            },
            FieldOrNull(field), cursor.ValueKind == JsonValueKind.Undefined ? default : cursor.Clone(), unsaved.ValueKind == JsonValueKind.True);
    }

    /// <summary>The name of a field.</summary>
    public static string Field(JsonElement value) => FieldOrNull(value) ?? throw Fault.Argument("field", "The field must be the name of one.");

    /// <summary>A wish for a field.</summary>
    public static ClaimHow ClaimHow(JsonElement value) => Text(value) switch
    {
        "ask" => Crm.ClaimHow.Ask,
        "take" => Crm.ClaimHow.Take,
        "release" => Crm.ClaimHow.Release,
        _ => throw Fault.Argument("how", "A field is asked for by ask, take or release."),
    };

    /// <summary>A part of the product, or null for the same as before.</summary>
    public static string? Module(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null
        : Text(value) is { Length: > 0 and <= 40 } module && module.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-') ? module
        : throw Fault.Argument("module", "A module is a name of at most 40 letters, digits and hyphens.");

    private static string? FieldOrNull(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null
        : Text(value) is { Length: > 0 and <= 128 } field ? field
        : throw Fault.Argument("field", "The field must be the name of one.");

    private static int Limit(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => 50,
        JsonValueKind.Number when value.TryGetInt32(out var limit) && limit is >= 1 and <= 200 => limit,
        _ => throw Fault.Argument("limit", "The limit must be a whole number from 1 to 200."),
    };

    private static string? TextOrNull(JsonElement value, string argument) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined
        ? null
        : Text(value) ?? throw Fault.Argument(argument, $"The {argument} must be a text.");

    // Null for what is no text, half a surrogate pair and the character 0 included: no name, reference or search has them.
    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { } text && !text.Contains('\0') ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
