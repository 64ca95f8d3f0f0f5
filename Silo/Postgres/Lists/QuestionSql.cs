namespace Crm.Silo.Postgres.Lists;

/// <summary>A question as conditions on a row <c>l</c> of <c>list_rows</c>: for each rank one that decides, and one on the terms that narrows.</summary>
internal sealed class QuestionSql
{
    private readonly Question _question;
    private readonly SqlText _sql;
    private readonly Terms _terms;
    private readonly bool _title;
    private readonly string _search;

    /// <summary>For one statement.</summary>
    public QuestionSql(ListSpec spec, SqlText sql, Terms terms)
    {
        (_question, _sql, _terms, _title) = (spec.Question!, sql, terms, spec.SeesTitle);

        // Lines of fields that the caller may not see are left out before anything is compared. Names of fields are letters and digits.
        _search = spec.HiddenSearched.Count == 0
            ? "l.search"
            : $"regexp_replace(l.search, {sql.Text($"^(?:{string.Join('|', spec.HiddenSearched.Select(ListRow.Tag))}) [^\\n]*\\n")}, '', 'gn')";
    }

    /// <summary>Holds for the rows of at least this rank.</summary>
    public string AtLeast(Rank rank) => rank switch
    {
        Rank.Title => $"({InTitle} AND {All(Contains)})",
        Rank.Exact => All(Exact),
        Rank.Starts => All(Starts),
        Rank.Contained => All(Contains),
        _ => $"({string.Join(" AND ", _question.Asked.Select(Found))})",
    };

    /// <summary>Holds for the rows of exactly this rank.</summary>
    public string Exactly(Rank rank) => rank switch
    {
        Rank.Title => AtLeast(rank),
        Rank.Exact => $"{AtLeast(rank)}{NotInTitle}",
        Rank.Near => $"{AtLeast(rank)} AND NOT {AtLeast(Rank.Contained)}",
        _ => $"{AtLeast(rank)} AND NOT {AtLeast(rank + 1)}{NotInTitle}",
    };

    /// <summary>What the terms of rows of this rank hold; null when they hold nothing in particular.</summary>
    public string? Narrow(Rank rank)
    {
        Func<string, string?> word = rank switch
        {
            // A misspelt word is a form of the right one: its pieces tell that it is not that word itself.
            Rank.Exact => text => Has(Near.Applies(text) ? [_terms.Word(text), .. ContainTerms(text)] : [_terms.Word(text)]),
            Rank.Starts => text => Has(StartTerms(text)),
            Rank.Contained or Rank.Title => text => Has(ContainTerms(text)),
            _ => text => Has(ContainTerms(text)) is { } contains && Near.Applies(text) ? $"({contains} OR {Resembles(text)})" : Has(ContainTerms(text)),
        };
        var all = _question.Asked.Select(asked => NarrowOne(asked, word)).OfType<string>().ToList();
        return all.Count == 0 ? null : string.Join(" AND ", all);
    }

    private string InTitle => _title
        ? $"(l.title >= {_sql.Text(_question.Title)} AND l.title < {_sql.Text(_question.TitleEnd)})"
        : "false";

    private string NotInTitle => _title ? $" AND NOT {InTitle}" : "";

    private static string? NarrowOne(Asked asked, Func<string, string?> word)
    {
        if (word(asked.Text) is not { } text)
        {
            return null;
        }

        if (asked.Parts.Count == 0)
        {
            return text;
        }

        var telling = asked.Text.Contains('@', StringComparison.Ordinal) ? Telling(asked.Text) : asked.Parts;
        return telling.Select(word).OfType<string>().ToList() is { Count: > 0 } parts ? $"({text} OR ({string.Join(" AND ", parts)}))" : null;
    }

    // Of an address the names tell more than the domain, which half of all records may share.
    private static List<string> Telling(string address)
    {
        var parts = new List<string>();
        Words.Cut(address[..address.IndexOf('@', StringComparison.Ordinal)], parts);
        if (parts.Count == 0)
        {
            Words.Cut(address, parts);
        }

        return parts;
    }

    private string? Has(List<int> terms) => terms.Count == 0 ? null : $"l.terms @> {_sql.Terms(terms)}";

    private string Resembles(string word)
    {
        var forms = new List<int> { _terms.Word(word) };
        for (var gap = 0; gap < word.Length; gap++)
        {
            forms.Add(_terms.WordWithout(word, gap));
        }

        return $"l.terms && {_sql.Terms(forms)}";
    }

    private List<int> StartTerms(string word)
    {
        var terms = ContainTerms(word);
        if (!Asked.IsShort(word) && !word.Contains('@', StringComparison.Ordinal))
        {
            terms.Add(_terms.Start(word.AsSpan(0, 2)));
        }

        return terms;
    }

    // An address is not cut into pieces, its parts are.
    private List<int> ContainTerms(string word)
    {
        var terms = new List<int>();
        if (!word.Contains('@', StringComparison.Ordinal))
        {
            if (Asked.IsShort(word))
            {
                terms.Add(_terms.Start(word));
            }
            else
            {
                _terms.Pieces(word, terms);
            }

            return terms;
        }

        foreach (var part in Telling(word))
        {
            _terms.Pieces(part, terms);
        }

        return terms;
    }

    private string All(Func<string, string> test) => $"({string.Join(" AND ", _question.Asked.Select(asked => asked.Parts.Count == 0
        ? test(asked.Text)
        : $"({test(asked.Text)} OR ({string.Join(" AND ", asked.Parts.Select(test))}))"))})";

    private string Exact(string word) => $"{_search} LIKE {_sql.Like("% ", word, " %")}";

    private string Starts(string word) => $"{_search} LIKE {_sql.Like("% ", word, "%")}";

    private string Contains(string word) => Asked.IsShort(word) ? Starts(word) : $"{_search} LIKE {_sql.Like("%", word, "%")}";

    private string Found(Asked asked) => asked.Parts.Count == 0
        ? ContainsOrResembles(asked.Text)
        : $"({Contains(asked.Text)} OR ({string.Join(" AND ", asked.Parts.Select(ContainsOrResembles))}))";

    private string ContainsOrResembles(string word) =>
        Near.Applies(word) ? $"({Contains(word)} OR ({Half(word)} AND {_search} ~ {_sql.Text(Near.Pattern(word))}))" : Contains(word);

    // Either what is before the middle letter or what is after it is free of the slip. Far quicker to compare than the pattern.
    private string Half(string word)
    {
        var middle = word.Length / 2;
        return $"({_search} LIKE {_sql.Like("% ", word[..middle], "%")} OR {_search} LIKE {_sql.Like("%", word[(middle + 1)..], " %")})";
    }
}
