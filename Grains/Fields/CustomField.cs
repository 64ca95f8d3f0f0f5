using System.Text.RegularExpressions;
using Crm.Engine;

namespace Crm.Fields;

/// <summary>A field that a tenant has added to a kind.</summary>
/// <param name="On">The kind, <c>contacts</c>. Given once and for all, as <see cref="Name"/> and <see cref="Type"/> are: values are stored under them.</param>
/// <param name="Name">camelCase, without <c>custom.</c> before it.</param>
/// <param name="Label">What people read; the name unless told otherwise.</param>
/// <param name="Options">The values of a choice, or those that a set is limited to.</param>
/// <param name="RefersTo">The kind that a reference points at.</param>
/// <param name="Required">New records must have a value.</param>
public sealed partial record CustomField(
    string? On = null, string? Name = null, string? Label = null, FieldType Type = FieldType.Text, IReadOnlyList<string>? Options = null,
    string? RefersTo = null, bool Required = false) : IKind<CustomField>
{
    /// <summary>The kind's name.</summary>
    public const string KindName = "fields";

    private const int MaxLabel = 100;
    private const int MaxOptions = 100;

    // Data is the server's own; an object of parts would need parts of its own.
    private static readonly IReadOnlyList<string> Types =
        ["text", "longText", "number", "counter", "flag", "date", "instant", "choice", "set", "user", "reference"];

    /// <inheritdoc />
    public static Kind<CustomField> Kind { get; } = new Kind<CustomField>(KindName, "label", new CustomField(), "Fields that a tenant has added to a kind.")
        .Field(nameof(On), FieldType.Text, required: true, maxLength: 40)
        .Field(nameof(Name), FieldType.Text, searched: true, required: true, maxLength: 40)
        .Field(nameof(Label), FieldType.Text, searched: true, maxLength: MaxLabel)
        .Field(nameof(Type), FieldType.Choice, options: Types)
        .Field(nameof(Options), FieldType.Set, maxLength: MaxLabel)
        .Field(nameof(RefersTo), FieldType.Text, maxLength: 40)
        .Field(nameof(Required), FieldType.Flag)
        .Silent("create", "edit", "delete", "restore", "undo")
        .Example(new("contacts", "budget", "Budget", FieldType.Number));

    /// <inheritdoc />
    public CustomField Tidied(Moment moment) => this with
    {
        On = On?.Trim(),
        Name = Name?.Trim(),
        Label = Label?.Trim() is { Length: > 0 } label ? label : Name?.Trim(),
        Options = Options?.Select(option => option.Trim()).Where(option => option.Length > 0).Distinct().ToList() is { Count: > 0 } options ? options : null,
        RefersTo = RefersTo?.Trim() is { Length: > 0 } kind ? kind : null,
    };

    /// <inheritdoc />
    public IEnumerable<Problem> Check()
    {
        if (On is null || !KindForm().IsMatch(On))
        {
            yield return new("on", "field.kind", "Say which kind gets the field, such as contacts.");
        }

        if (Name is null || !NameForm().IsMatch(Name))
        {
            yield return new("name", "field.name", "A name starts with a small letter and holds letters and digits, at most 40.");
        }

        if (Type == FieldType.Choice && Options is null)
        {
            yield return new("options", "field.options", "A choice needs options.");
        }

        if (Options is not null && Type is not (FieldType.Choice or FieldType.Set))
        {
            yield return new("options", "field.options", "Only a choice and a set have options.");
        }

        if (Options?.Count > MaxOptions || Options?.Any(option => option.Length > MaxLabel) is true)
        {
            yield return new("options", "field.options", $"There may be at most {MaxOptions} options of {MaxLabel} characters.");
        }

        if (Type == FieldType.Reference && (RefersTo is null || !KindForm().IsMatch(RefersTo)))
        {
            yield return new("refersTo", "field.kind", "Say which kind the reference points at.");
        }
    }

    /// <inheritdoc />
    public IEnumerable<Problem> CheckStep(CustomField before)
    {
        foreach (var (field, changed) in new[] { ("on", On != before.On), ("name", Name != before.Name), ("type", Type != before.Type) })
        {
            if (changed)
            {
                yield return new(field, "field.fixed", "This is given once and for all, since values are stored under it. Make another field instead.");
            }
        }
    }

    /// <inheritdoc />
    public IEnumerable<string> Keys() => On is null || Name is null ? [] : [$"f:{On}.{Name}"];

    /// <summary>What the engine checks, merges and seals values by. Every custom field counts as personal.</summary>
    public FieldInfo ToInfo() => new(
        Json.CustomName(Name!), Type, Personal: true, Required: Required, Options: Options, RefersTo: RefersTo, Label: Label);

    [GeneratedRegex(@"^[a-z][a-zA-Z0-9]{0,39}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NameForm();

    [GeneratedRegex(@"^[a-z][a-zA-Z]{0,39}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex KindForm();
}
