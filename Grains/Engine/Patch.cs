using System.Text.Json;

namespace Crm.Engine;

/// <summary>A received merge patch (RFC 7396), checked against the fields that this caller may write.</summary>
public sealed class Patch
{
    private const string Custom = "custom";
    private readonly List<(FieldInfo Field, JsonElement Value)> _values = [];

    private Patch() { }

    /// <summary>What is asked for, by field.</summary>
    public IReadOnlyList<(FieldInfo Field, JsonElement Value)> Values => _values;

    /// <summary>Reads a patch; every problem names its field.</summary>
    /// <param name="own">The fields that the tenant has added to this kind.</param>
    /// <param name="present">The custom values there are now: what <c>custom: null</c> takes away.</param>
    public static Patch Read(
        JsonElement json, KindInfo kind, IReadOnlyList<FieldInfo> own, IEnumerable<string> present, Caller caller, Redaction redaction,
        List<Problem> problems)
    {
        var patch = new Patch();
        if (json.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new("", "body.unreadable", "The fields must be a JSON object."));
            return patch;
        }

        foreach (var (name, value) in Flat(json, kind, present, problems))
        {
            var field = kind.Field(name) ?? own.FirstOrDefault(field => field.Name == name);
            if (field is null || !redaction.SeesField(name))
            {
                problems.Add(new(name, "field.unknown", $"There is no field of this name in {kind.Name}."));
            }
            else if (!field.Editable)
            {
                problems.Add(new(name, "field.locked", "This field cannot be edited."));
            }
            else if (caller.ReadOnly.Contains($"{kind.Name}.{name}"))
            {
                problems.Add(new(name, "field.readonly", "You may read this field, not write it."));
            }
            else if (FieldCheck.Of(field, value) is { } wrong)
            {
                problems.Add(wrong);
            }
            else
            {
                patch._values.Add((field, value));
            }
        }

        return patch;
    }

    /// <summary>The tenant's own required fields that this patch would leave without a value.</summary>
    /// <remarks>A record that is older than the demand keeps its gap until somebody fills it.</remarks>
    public IEnumerable<Problem> Missing(IReadOnlyList<FieldInfo> own, bool creating) => own
        .Where(field => field.Required && _values.Find(value => value.Field.Name == field.Name) is var (asked, value)
            && (asked is null ? creating : value.ValueKind == JsonValueKind.Null))
        .Select(field => new Problem(field.Name, "field.required", "This field must have a value."));

    /// <summary>Takes a change back: what its fields were before.</summary>
    public static Patch Reverse(Change change, KindInfo kind, IReadOnlyList<FieldInfo> own, Caller caller, Redaction redaction, List<Problem> problems)
    {
        var patch = new Patch();
        foreach (var (name, value) in change.Fields)
        {
            var field = kind.Field(name) ?? own.FirstOrDefault(field => field.Name == name);
            if (field is not { Editable: true } || !redaction.SeesField(name) || caller.ReadOnly.Contains($"{kind.Name}.{name}"))
            {
                problems.Add(new(redaction.SeesField(name) ? name : "", "undo.locked", "This change also touched what you may not edit, so it cannot be undone."));
            }
            else
            {
                patch._values.Add((field, value.From));
            }
        }

        return patch;
    }

    /// <summary>The value a field gets: for an object of parts the patch goes over the base value, for all others it is the value itself.</summary>
    public static JsonElement Over(FieldInfo field, JsonElement before, JsonElement patch)
    {
        if (field.Type != FieldType.Parts || patch.ValueKind != JsonValueKind.Object)
        {
            return patch;
        }

        var parts = new Dictionary<string, JsonElement>();
        foreach (var side in new[] { before, patch })
        {
            foreach (var part in side.ValueKind == JsonValueKind.Object ? side.EnumerateObject() : default)
            {
                parts[part.Name] = part.Value;
            }
        }

        return Json.Element(parts.Where(part => part.Value.ValueKind != JsonValueKind.Null).ToDictionary());
    }

    private static IEnumerable<(string Name, JsonElement Value)> Flat(
        JsonElement json, KindInfo kind, IEnumerable<string> present, List<Problem> problems)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (!kind.HasCustom || member.Name != Custom)
            {
                yield return (member.Name, member.Value);
            }
            else if (member.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (var own in member.Value.EnumerateObject())
                {
                    yield return (Json.CustomName(own.Name), own.Value);
                }
            }
            else if (member.Value.ValueKind == JsonValueKind.Null)
            {
                foreach (var name in present.Where(name => name.StartsWith(RecordJson.CustomPrefix, StringComparison.Ordinal)))
                {
                    yield return (name, Json.Null);
                }
            }
            else
            {
                problems.Add(new(Custom, "field.object", "Custom fields must be an object."));
            }
        }
    }
}
