namespace Crm.Load;

/// <summary>Made-up names: some are on every street, most are rare, as in life.</summary>
internal static class Names
{
    private static readonly string[] FirstNames = ["Ana", "Bo", "Maria", "José", "Anna", "Peter", "Michael", "Thomas", "Laura", "Zoë", "Jürgen", "Søren", "Łukasz", "Chloé", "John", "James", "Mary", "Robert", "Patricia", "Linda", "David", "Elena", "Ivan", "Olga", "Yuki", "Wei", "Fatima", "Omar", "Priya", "Arjun", "Lars", "Ingrid", "Pierre", "Marie", "Giulia", "Marco", "Sofia", "Lucas", "Emma", "Noah", "Mia", "Hans", "Karin", "Björn", "Åsa", "Zdeněk", "Jiří", "François", "André", "Beatriz"];
    private static readonly string[] LastNames = ["García", "Müller", "Smith", "Johnson", "Nguyen", "Kowalski", "Rossi", "Schmidt", "López", "Martín", "Jensen", "Hansen", "Novák", "Silva", "Dubois", "Tanaka", "Kim", "Singh", "Brown", "O'Brien", "Andersson", "Fischer", "Weber", "Meyer", "Ibrahim", "Popov", "Ivanov", "Costa", "Moreau", "Becker"];
    private static readonly string[] Syllables = ["ba", "ber", "bol", "ca", "cor", "da", "del", "dor", "el", "fa", "fin", "ga", "gor", "ha", "hol", "il", "ja", "ka", "kel", "kor", "la", "len", "lin", "lo", "ma", "mar", "mel", "mon", "na", "ner", "no", "ol", "or", "pa", "per", "qui", "ra", "rel", "ro", "sa", "sel", "son", "ta", "tel", "tor", "ul", "va", "ver", "vi", "wa", "wes", "xa", "yor", "za", "zen"];
    private static readonly string[] Trades = ["Works", "Systems", "Logistics", "Foods", "Consulting", "Bank", "Energy", "Media", "Textil", "Pharma", "Motors", "Design", "Partners", "Labs", "Bau", "Café"];
    private static readonly string[] Forms = ["GmbH", "Ltd", "Inc", "S.A.", "AB", "AG", "SARL", "S.r.l.", "& Söhne", "& Co"];

    /// <summary>A first name, most of them made of syllables.</summary>
    public static string First(Random random) => random.Next(10) < 4 ? Skewed(FirstNames, random) : Made(random, 2);

    /// <summary>A last name, most of them made of syllables.</summary>
    public static string Last(Random random) => random.Next(10) < 3 ? Skewed(LastNames, random) : Made(random, 2 + random.Next(2));

    /// <summary>A company: a made name, a trade, a legal form.</summary>
    public static string Company(Random random) => $"{Made(random, 2 + random.Next(2))} {Trade(random)} {Skewed(Forms, random)}";

    /// <summary>What a company does.</summary>
    public static string Trade(Random random) => Skewed(Trades, random);

    /// <summary>The first ones come often, the last ones seldom: of fifty names the first has 7 %, the last one 1 %.</summary>
    public static string Skewed(string[] from, Random random) => from[(int)(from.Length * Math.Pow(random.NextDouble(), 1.5))];

    /// <summary>A name that nobody has, or few.</summary>
    public static string Made(Random random, int syllables)
    {
        var name = string.Concat(Enumerable.Range(0, syllables).Select(_ => Syllables[random.Next(Syllables.Length)]));
        return string.Concat(name[..1].ToUpperInvariant(), name[1..]);
    }
}
