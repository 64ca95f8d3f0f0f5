namespace Crm;

/// <summary>One thing that a question asks for.</summary>
/// <param name="Text">A folded word, the digits of a telephone number, or an e-mail address.</param>
/// <param name="Parts">Words that do as well when all of them are found: of an address its names, of a number its groups. Often none.</param>
public sealed record Asked(string Text, IReadOnlyList<string> Parts)
{
    private const int ShortWord = 2;

    /// <summary>Whether a word is found at the start of words only, because it is in too many.</summary>
    public static bool IsShort(string word) => word.Length <= ShortWord;

    /// <summary>Whether it is there as a whole word.</summary>
    public bool Exact(string search) => Any(search, static (text, word) => text.Contains($" {word} ", StringComparison.Ordinal));

    /// <summary>Whether a word starts with it.</summary>
    public bool Starts(string search) => Any(search, static (text, word) => text.Contains($" {word}", StringComparison.Ordinal));

    /// <summary>Whether it is anywhere.</summary>
    public bool Contained(string search) => Any(search, Contains);

    /// <summary>Whether it is anywhere, or a word near it is.</summary>
    public bool Found(string search) => Contains(search, Text) || (Parts.Count == 0
        ? Resembles(search, Text)
        : Parts.All(part => Contains(search, part) || Resembles(search, part)));

    private bool Any(string search, Func<string, string, bool> test) => test(search, Text) || (Parts.Count > 0 && Parts.All(part => test(search, part)));

    private static bool Contains(string search, string word) =>
        IsShort(word) ? search.Contains($" {word}", StringComparison.Ordinal) : search.Contains(word, StringComparison.Ordinal);

    private static bool Resembles(string search, string word)
    {
        if (!Near.Applies(word))
        {
            return false;
        }

        foreach (var part in search.AsSpan().SplitAny(' ', '\n'))
        {
            var other = search.AsSpan(part);
            if (Near.Applies(other) && Near.Is(word, other))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>How well a record answers a question; better ones are greater.</summary>
public enum Rank
{
    /// <summary>Not at all.</summary>
    None = -1,

    /// <summary>With a slip somewhere.</summary>
    Near = 0,

    /// <summary>Everything is in it, somewhere.</summary>
    Contained = 1,

    /// <summary>Everything starts a word.</summary>
    Starts = 2,

    /// <summary>Everything is a word.</summary>
    Exact = 3,

    /// <summary>The title starts with the question.</summary>
    Title = 4,
}

/// <summary>The fuzzy words of a list, taken apart.</summary>
/// <param name="Asked">All must be found; none at all finds nothing.</param>
/// <param name="Title">The whole question as folded titles are written.</param>
public sealed record Question(IReadOnlyList<Asked> Asked, string Title)
{
    /// <summary>Longest question, in characters.</summary>
    public const int MaxLength = 200;

    /// <summary>Words beyond these are not asked for.</summary>
    public const int MaxWords = 10;

    private const int FewestPhoneDigits = 5;
    private const int FewestSuffixDigits = 4;

    /// <summary>Reads a question; null when it is blank.</summary>
    public static Question? Read(string? q)
    {
        if (string.IsNullOrWhiteSpace(q))
        {
            return null;
        }

        var chunks = Fold.Text(q).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var asked = new List<Asked>();
        for (var i = 0; i < chunks.Length; i++)
        {
            var from = i;
            while (i < chunks.Length && Words.IsPhonePart(chunks[i]))
            {
                i++;
            }

            if (i > from)
            {
                Number(chunks[from..i], asked);
                i--;
            }
            else if (Words.Email(chunks[i]) is { } address)
            {
                asked.Add(Address(address));
            }
            else
            {
                asked.AddRange(Cut(chunks[i]).Select(word => new Asked(word, [])));
            }
        }

        return new([.. asked.DistinctBy(word => word.Text).Take(MaxWords)], string.Join(' ', chunks));
    }

    /// <summary>The smallest text above all titles that start with the question.</summary>
    public string TitleEnd => Title + "\U0010FFFF";

    /// <summary>How well a record answers.</summary>
    /// <param name="search">The search text of the fields that the reader may see.</param>
    /// <param name="title">The folded title; null when the reader may not see it.</param>
    public Rank RankOf(string search, string? title)
    {
        if (Asked.Count == 0)
        {
            return Rank.None;
        }

        if (!Asked.All(word => word.Contained(search)))
        {
            return Asked.All(word => word.Found(search)) ? Rank.Near : Rank.None;
        }

        if (title is not null && Values.Compare(title, Title) >= 0 && Values.Compare(title, TitleEnd) < 0)
        {
            return Rank.Title;
        }

        return Asked.All(word => word.Exact(search)) ? Rank.Exact : Asked.All(word => word.Starts(search)) ? Rank.Starts : Rank.Contained;
    }

    private static void Number(string[] chunks, List<Asked> asked)
    {
        var groups = chunks.SelectMany(Cut).ToList();
        var digits = string.Concat(groups);
        if (digits.Length < FewestPhoneDigits || digits.Length > Words.MaxLength)
        {
            asked.AddRange(groups.Select(group => new Asked(group, [])));
            return;
        }

        // 030 1234567 and 0049 30 1234567 are both in 49301234567.
        var trimmed = digits.TrimStart('0');
        asked.Add(new(trimmed.Length >= FewestSuffixDigits ? trimmed : digits, groups.Count > 1 ? groups : []));
    }

    private static Asked Address(string address)
    {
        var at = address.IndexOf('@', StringComparison.Ordinal);
        var domain = Cut(address[(at + 1)..]);
        return new(address, [.. Cut(address[..at]), .. domain.SkipLast(domain.Count > 1 ? 1 : 0)]);
    }

    private static List<string> Cut(string text)
    {
        var words = new List<string>();
        Words.Cut(text, words);
        return words;
    }
}
