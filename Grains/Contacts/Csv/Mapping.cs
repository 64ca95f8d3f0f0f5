namespace Crm.Contacts.Csv;

/// <summary>Which column goes where.</summary>
public static class Mapping
{
    /// <summary>A mapping by the header alone; columns that mean nothing here are mapped to null.</summary>
    /// <param name="own">The tenant's custom fields.</param>
    public static Dictionary<string, string?> Guess(IReadOnlyList<string> columns, IReadOnlyList<FieldInfo> own)
    {
        var guesses = columns.Select(column => (Column: column, Guess: Guess(column, own))).ToList();
        var mapping = columns.ToDictionary(column => column, _ => (string?)null);
        foreach (var group in guesses.Where(guess => guess.Guess is not null).GroupBy(guess => guess.Guess!.Value.Target))
        {
            var best = group.MinBy(guess => guess.Guess!.Value.Rank < 0 ? int.MaxValue : guess.Guess.Value.Rank).Column;
            foreach (var (column, guess) in group.Where(guess => guess.Column == best || Targets.TakesMany(guess.Guess!.Value.Target, guess.Guess.Value.Rank)))
            {
                mapping[column] = guess!.Value.Target;
            }
        }

        // "Vorname" beside "Name": then the name is the family name.
        if (mapping.ContainsValue(Targets.FirstName) && !mapping.ContainsValue(Targets.LastName)
            && mapping.FirstOrDefault(pair => pair.Value == "name" && Targets.Normal(pair.Key) == "name").Key is { } name)
        {
            mapping[name] = Targets.LastName;
        }

        return mapping;
    }

    /// <summary>What is wrong with a mapping that somebody gave; its targets in their full form.</summary>
    public static (Dictionary<string, string?> Mapping, IReadOnlyList<Problem> Problems) Check(
        IReadOnlyDictionary<string, string?> asked, IReadOnlyList<string> columns, IReadOnlyList<FieldInfo> own)
    {
        var problems = new List<Problem>();
        var mapping = columns.ToDictionary(column => column, _ => (string?)null);
        foreach (var (column, field) in asked)
        {
            var known = columns.FirstOrDefault(name => name == column)
                ?? columns.FirstOrDefault(name => string.Equals(name.Trim(), column.Trim(), StringComparison.OrdinalIgnoreCase));
            if (known is null)
            {
                problems.Add(new("mapping", "import.column", $"The file has no column \"{column}\". It has: {string.Join(", ", columns.Take(50))}."));
            }
            else if (string.IsNullOrWhiteSpace(field))
            {
                mapping[known] = null;
            }
            else if (Target(field.Trim(), own) is { } target)
            {
                mapping[known] = target;
            }
            else
            {
                problems.Add(new("mapping", "import.field", $"Contacts have no field \"{field}\" to import into. Known are: {string.Join(", ", Targets.All.Concat(own.Select(info => info.Name)))}."));
            }
        }

        return (mapping, problems);
    }

    /// <summary>The fields of a contact that a mapping writes.</summary>
    public static IEnumerable<string> Fields(IEnumerable<string?> targets) => targets.OfType<string>().Select(target => target switch
    {
        Targets.FirstName or Targets.MiddleName or Targets.LastName => "name",
        _ when target.StartsWith("address.", StringComparison.Ordinal) => "address",
        _ => target,
    }).Distinct();

    private static (string Target, int Rank)? Guess(string column, IReadOnlyList<FieldInfo> own)
    {
        var normal = Targets.Normal(column);
        var custom = own.FirstOrDefault(info => string.Equals(info.Name, column, StringComparison.OrdinalIgnoreCase))
            ?? own.FirstOrDefault(info => normal.Length > 0 && (Targets.Normal(info.Label ?? "") == normal || Targets.Normal(info.Name["custom.".Length..]) == normal));
        return custom is not null ? (custom.Name, 0) : Targets.Of(normal);
    }

    private static string? Target(string field, IReadOnlyList<FieldInfo> own) =>
        Targets.All.FirstOrDefault(target => string.Equals(target, field, StringComparison.OrdinalIgnoreCase))
        ?? own.FirstOrDefault(info => string.Equals(info.Name, field, StringComparison.OrdinalIgnoreCase))?.Name
        ?? field.ToLowerInvariant() switch
        {
            "email" or "e-mail" => "emails",
            "phone" => "phones",
            "tag" => "tags",
            "address" or "street" => "address.street",
            "city" => "address.city",
            "region" => "address.region",
            "postalcode" => "address.postalCode",
            "country" => "address.country",
            _ => null,
        };
}
