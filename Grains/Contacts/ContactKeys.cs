using System.Collections.Frozen;
using System.Text;

namespace Crm.Contacts;

/// <summary>The texts by which two records of one person or company meet, however each was typed.</summary>
public static class ContactKeys
{
    private const int FewestKeyDigits = 6;
    private const int KeyDigits = 9;

    // What a company's name may end or join with, without meaning another company.
    private static readonly FrozenSet<string> LegalForms = FrozenSet.Create(
        "gmbh", "ggmbh", "mbh", "ag", "kg", "kgaa", "ohg", "gbr", "ug", "ev", "eg", "ek", "se", "inc", "incorporated", "corp", "corporation", "llc", "llp", "lp",
        "ltd", "limited", "plc", "co", "company", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "asa", "oy", "oyj", "aps", "kft", "zrt", "sro", "doo",
        "sl", "slu", "lda", "pty", "pte", "kk", "haftungsbeschrankt", "und", "and", "et", "y", "the");

    private static readonly FrozenSet<string> Honorifics = FrozenSet.Create(
        "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "mlle", "sr", "sra", "phd", "msc", "mba", "dipl", "ing");

    // ITU-T E.164 country codes of one and two digits; all others have three.
    private static readonly FrozenSet<string> ShortCountryCodes = FrozenSet.Create(
        "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51", "52", "53", "54", "55", "56",
        "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98");

    /// <summary><c>e:</c> e-mail addresses, <c>p:</c> telephone numbers, <c>n:</c> name and company, <c>s:</c> what name and company sound like.</summary>
    public static IEnumerable<string> Of(Contact contact) =>
        Exact(contact).Concat(Skeletons(contact));

    /// <summary>Those whose equality says something by itself.</summary>
    public static IEnumerable<string> Exact(Contact contact)
    {
        foreach (var email in contact.Emails ?? [])
        {
            yield return $"e:{email.ToLowerInvariant()}";
        }

        foreach (var phone in (contact.Phones ?? []).Select(Phone).OfType<string>().Distinct())
        {
            yield return $"p:{phone}";
        }

        if (NameAndCompany(contact) is { } both)
        {
            yield return $"n:{both}";
        }
    }

    /// <summary>Those that only suggest: whoever finds a contact by them must compare the names themselves.</summary>
    public static IEnumerable<string> Skeletons(Contact contact)
    {
        var (name, company) = (Skeleton(NameTokens(contact.Name)), Skeleton(CompanyTokens(contact.Company)));
        if (name.Length > 0 || company.Length > 0)
        {
            yield return $"s:{name}|{company}";
        }

        if (name.Length > 0 && company.Length > 0)
        {
            yield return $"s:{name}|"; // Meets the same person whose company nobody wrote down.
        }
    }

    /// <summary>Name and company in normal form; null when there is neither.</summary>
    public static string? NameAndCompany(Contact contact)
    {
        var (name, company) = (NameTokens(contact.Name), CompanyTokens(contact.Company));
        return name.Count == 0 && company.Count == 0 ? null : $"{string.Join(' ', name)}|{string.Join(' ', company)}";
    }

    /// <summary>The words of a person's name without titles, folded and sorted.</summary>
    public static IReadOnlyList<string> NameTokens(string? name) => Tokens(name, ' ', Honorifics);

    /// <summary>The words of a company's name without legal forms, folded and sorted.</summary>
    public static IReadOnlyList<string> CompanyTokens(string? company) => Tokens(company, null, LegalForms);

    /// <summary>The digits alone.</summary>
    public static string Digits(string phone) => string.Concat(phone.Where(char.IsAsciiDigit));

    /// <summary>The last nine digits of the national number, so that <c>+49 30 …</c> and <c>030 …</c> meet; null when there are too few to tell anything.</summary>
    public static string? Phone(string phone)
    {
        var digits = Words.Phone(phone) ?? Digits(phone);
        var abroad = phone.AsSpan().TrimStart().StartsWith("+", StringComparison.Ordinal);
        if (!abroad && digits.StartsWith("00", StringComparison.Ordinal))
        {
            (digits, abroad) = (digits[2..], true);
        }

        if (abroad)
        {
            digits = digits[Math.Min(CountryCode(digits), digits.Length)..];
        }

        digits = digits.TrimStart('0');
        return digits.Length < FewestKeyDigits ? null : digits.Length > KeyDigits ? digits[^KeyDigits..] : digits;
    }

    /// <summary>What is left of words when vowels, h and doubled letters go: Müller, Mueller and Muler are one.</summary>
    public static string Skeleton(IReadOnlyList<string> tokens) =>
        string.Join(' ', tokens.Select(Skeleton).Order(StringComparer.Ordinal));

    private static string Skeleton(string token)
    {
        var bones = new StringBuilder(token.Length);
        foreach (var c in token)
        {
            if (bones.Length == 0 || (c is not ('a' or 'e' or 'i' or 'o' or 'u' or 'y' or 'h') && bones[^1] != c))
            {
                bones.Append(c);
            }
        }

        return bones.ToString();
    }

    private static int CountryCode(string digits) =>
        digits.Length > 0 && ShortCountryCodes.Contains(digits[..1]) ? 1
        : digits.Length > 1 && ShortCountryCodes.Contains(digits[..2]) ? 2
        : 3;

    private static List<string> Tokens(string? text, char? dot, FrozenSet<string> dropped)
    {
        if (text is null)
        {
            return [];
        }

        var words = new List<string>(4);
        Words.Cut(Fold.Text(dot is { } instead ? text.Replace('.', instead) : text.Replace(".", "", StringComparison.Ordinal)), words);
        var meaning = words.Where(word => !dropped.Contains(word)).Order(StringComparer.Ordinal).ToList();
        return meaning.Count > 0 ? meaning : [.. words.Order(StringComparer.Ordinal)];
    }
}
