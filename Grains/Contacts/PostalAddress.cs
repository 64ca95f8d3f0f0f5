using System.Text.Json.Serialization;

namespace Crm.Contacts;

/// <summary>Where letters go. Parts that nobody knows are not there at all.</summary>
public sealed record PostalAddress(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Street = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? City = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Region = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? PostalCode = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Country = null)
{
    /// <summary>Longest part, in characters.</summary>
    public const int MaxPart = 200;

    /// <summary>The names of the parts.</summary>
    public static IReadOnlyList<string> Names { get; } = ["street", "city", "region", "postalCode", "country"];

    /// <summary>The parts with their names, those without a value too.</summary>
    [JsonIgnore]
    public IEnumerable<(string Name, string? Value)> Parts =>
        Names.Zip([Street, City, Region, PostalCode, Country]);

    /// <summary>Trimmed; null when nothing is left.</summary>
    public PostalAddress? Tidied()
    {
        var tidied = new PostalAddress(Tidy.Text(Street), Tidy.Text(City), Tidy.Text(Region), Tidy.Text(PostalCode), Tidy.Text(Country));
        return tidied.Parts.All(part => part.Value is null) ? null : tidied;
    }

    /// <summary>This address with the gaps filled from another one, unless the two name different places.</summary>
    public PostalAddress FilledFrom(PostalAddress? other) =>
        other is null || Parts.Zip(other.Parts).Any(pair => pair.First.Value is { } mine && pair.Second.Value is { } theirs && Fold.Text(mine) != Fold.Text(theirs))
            ? this
            : new(Street ?? other.Street, City ?? other.City, Region ?? other.Region, PostalCode ?? other.PostalCode, Country ?? other.Country);
}
