using System.Text.Json;

namespace Crm.Load;

/// <summary>Made-up contacts: the same number always gives the same person.</summary>
internal sealed class People(int seed)
{
    private static readonly string[] Mail = ["gmail.com", "outlook.com", "web.de", "yahoo.com"];
    private static readonly string[] Tags = ["vip", "newsletter", "partner", "lead", "berlin", "trade-fair", "press", "supplier", "reseller", "beta"];
    private static readonly string[] Status = ["active", "active", "active", "active", "inactive", "lead", "customer", "customer"];
    private static readonly string[] Priority = ["low", "normal", "normal", "normal", "high"];

    /// <summary>The fields of one contact, by flat name.</summary>
    public Dictionary<string, JsonElement> Fields(int number)
    {
        var random = new Random(HashCode(seed, number));
        var first = Names.First(random);
        var last = Names.Last(random);
        var company = Names.Company(random);
        var local = Fold.Text($"{first}.{last}").Replace("'", "", StringComparison.Ordinal);
        var domain = random.Next(3) == 0 ? Names.Skewed(Mail, random) : $"{Fold.Text(company.Split(' ')[0])}.example";
        var contact = new Dictionary<string, object>
        {
            ["name"] = $"{first} {last}",
            ["emails"] = (string[])[$"{local}{(random.Next(3) == 0 ? random.Next(100) : "")}@{domain}"],
            ["phones"] = random.Next(4) == 0 ? (string[])[Phone(random), Phone(random)] : [Phone(random)],
            ["company"] = company,
            ["title"] = "Head of " + Names.Trade(random),
            ["address"] = new { street = $"{Names.Made(random, 2)} street {random.Next(200)}", city = Names.Made(random, 2), postalCode = random.Next(10_000, 99_999).ToString(), country = "DE" },
            ["tags"] = Enumerable.Range(0, random.Next(4)).Select(_ => Names.Skewed(Tags, random)).Distinct().Order(StringComparer.Ordinal).ToArray(),
            ["owner"] = $"user-{random.Next(200)}",
            ["priority"] = Priority[random.Next(Priority.Length)],
            ["status"] = Status[random.Next(Status.Length)],
            ["notes"] = string.Join(' ', Enumerable.Range(0, random.Next(20)).Select(_ => Names.Made(random, 2).ToLowerInvariant())),
            ["custom.budget"] = random.Next(1_000_000),
        };
        return contact.ToDictionary(field => field.Key, field => JsonSerializer.SerializeToElement(field.Value));
    }

    /// <summary>A random generator for questions.</summary>
    public static Random Generator(int number) => new(HashCode(7, number));

    private static string Phone(Random random) => $"+{random.Next(1, 99)} {random.Next(100, 1000)} {random.Next(1_000_000, 9_999_999)}";

    private static int HashCode(int a, int b) => unchecked((a * 397) ^ (b * (int)2654435761));
}
