namespace Crm.Contacts;

/// <summary>How much two contacts look like one.</summary>
/// <param name="Score">0 to 1.</param>
/// <param name="Reasons">Of <c>email</c>, <c>phone</c>, <c>name</c>, <c>company</c>: what they share.</param>
/// <param name="Same">Sure enough to join them without asking.</param>
public readonly record struct Likeness(double Score, IReadOnlyList<string> Reasons, bool Same)
{
    /// <summary>From this score on two contacts are shown as candidates.</summary>
    public const double Threshold = 0.5;

    private const double SimilarNames = 0.85;
    private const double SimilarCompanies = 0.8;
    private const double OtherNames = 0.75;
    private const double PerExtraWord = 0.08;

    /// <summary>Compares two contacts by what they hold.</summary>
    public static Likeness Of(Contact a, Contact b) => Of(Trace.Of(a), Trace.Of(b));

    /// <summary>The same by their traces.</summary>
    public static Likeness Of(Trace a, Trace b)
    {
        var (email, phone) = (Share(a.Emails, b.Emails), Share(a.Phones, b.Phones));
        var (name, company) = (Similarity(a.Name, b.Name), Similarity(a.Company, b.Company));
        var reasons = new List<string>();
        var doubt = 1.0; // That they are two, if each sign stood alone.
        if (email)
        {
            reasons.Add("email");
            doubt *= 0.05;
        }

        if (phone)
        {
            reasons.Add("phone");
            doubt *= name < OtherNames ? 0.5 : 0.35;
        }

        if (name >= SimilarNames && company is null or >= SimilarCompanies)
        {
            reasons.Add("name");
            doubt *= 1 - (name.Value * (company is null ? 0.6 : 0.9));
        }

        if (company >= SimilarCompanies && name is null or >= SimilarNames)
        {
            reasons.Add("company");
            doubt *= name is null && (a.Name.Count > 0 || b.Name.Count > 0) ? 0.7 : 1 - (company.Value * 0.8);
        }

        return new(Math.Round(1 - doubt, 3), reasons, reasons.Count > 0 && IsSame(a, b, email, phone, name));
    }

    /// <summary>
    /// An e-mail address is one's own. A telephone may be a whole office's, so the names must agree. A name at a company is one person unless the
    /// addresses contradict; a name alone is one person unless anything contradicts.
    /// </summary>
    private static bool IsSame(Trace a, Trace b, bool email, bool phone, double? name)
    {
        if (email)
        {
            return true;
        }

        if (phone)
        {
            return name >= SimilarNames || (a.Name.Count == 0 && b.Name.Count == 0 && Similarity(a.Company, b.Company) is null or >= SimilarCompanies);
        }

        var equal = a.Name.SequenceEqual(b.Name) && a.Company.SequenceEqual(b.Company) && (a.Name.Count > 0 || a.Company.Count > 0);
        return equal && !Contradict(a.Emails, b.Emails) && ((a.Name.Count > 0 && a.Company.Count > 0) || !Contradict(a.Phones, b.Phones));
    }

    private static bool Contradict(ulong[] a, ulong[] b) => a.Length > 0 && b.Length > 0 && !Share(a, b);

    private static bool Share(ulong[] a, ulong[] b) => a.AsSpan().ContainsAny(b);

    /// <summary>How alike two lists of words are: each word of the shorter list with its best match in the other, by Jaro-Winkler, weighed by length. Null when one is empty.</summary>
    public static double? Similarity(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        if (a.Count == 0 || b.Count == 0)
        {
            return null;
        }

        return a.Count < b.Count ? Similarity(a, [.. b]) : a.Count > b.Count ? Similarity(b, [.. a]) : Math.Max(Similarity(a, [.. b]), Similarity(b, [.. a]));
    }

    private static double Similarity(IReadOnlyList<string> few, List<string> many)
    {
        var (sum, weight, extra) = (0.0, 0, many.Count - few.Count);
        foreach (var word in few)
        {
            var best = many.MaxBy(other => Similarity(word, other))!;
            var length = Math.Max(word.Length, best.Length);
            sum += Similarity(word, best) * length;
            weight += length;
            many.Remove(best);
        }

        return Math.Max(0, (sum / weight) - (extra * PerExtraWord));
    }

    private static double Similarity(string a, string b) =>
        (a.Length == 1 || b.Length == 1) && a[0] == b[0] ? 0.9 : JaroWinkler(a, b); // An initial stands for a name.

    /// <summary>Winkler, String Comparator Metrics and Enhanced Decision Rules, 1990: prefix of up to 4 letters, weight 0.1.</summary>
    public static double JaroWinkler(string a, string b)
    {
        if (a == b)
        {
            return 1;
        }

        Span<bool> inA = a.Length <= 256 ? stackalloc bool[a.Length] : new bool[a.Length];
        Span<bool> inB = b.Length <= 256 ? stackalloc bool[b.Length] : new bool[b.Length];
        var matches = Matches(a, b, inA, inB);
        if (matches == 0)
        {
            return 0;
        }

        double found = matches;
        var jaro = ((found / a.Length) + (found / b.Length) + ((found - (Swapped(a, b, inA, inB) / 2.0)) / found)) / 3;
        var prefix = a.AsSpan(0, Math.Min(4, a.Length)).CommonPrefixLength(b.AsSpan(0, Math.Min(4, b.Length)));
        return jaro + (prefix * 0.1 * (1 - jaro));
    }

    // Letters of one that the other has near the same place, each counted once.
    private static int Matches(string a, string b, Span<bool> inA, Span<bool> inB)
    {
        var reach = Math.Max(0, (Math.Max(a.Length, b.Length) / 2) - 1);
        var matches = 0;
        for (var i = 0; i < a.Length; i++)
        {
            for (var j = Math.Max(0, i - reach); j < Math.Min(b.Length, i + reach + 1); j++)
            {
                if (!inB[j] && a[i] == b[j])
                {
                    inA[i] = inB[j] = true;
                    matches++;
                    break;
                }
            }
        }

        return matches;
    }

    // Matching letters that stand in another order.
    private static int Swapped(string a, string b, ReadOnlySpan<bool> inA, ReadOnlySpan<bool> inB)
    {
        var (swapped, at) = (0, 0);
        for (var i = 0; i < a.Length; i++)
        {
            if (inA[i])
            {
                while (!inB[at])
                {
                    at++;
                }

                swapped += a[i] == b[at++] ? 0 : 1;
            }
        }

        return swapped;
    }
}
