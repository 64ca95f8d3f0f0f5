namespace Crm;

/// <summary>
/// What the index of the read model is asked: hashes of 32 bits, salted with tenant and kind, so that no tenant's question ever touches another's rows.
/// A hash only ever narrows: whoever looks something up checks the text itself too.
/// </summary>
public readonly struct Terms
{
    private const uint Prime = 16777619;
    private readonly uint _salt;

    /// <summary>The terms of one kind in one tenant.</summary>
    public Terms(string tenant, string kind) => _salt = Mix(Mix(Mix(2166136261, tenant), '/'), kind);

    /// <summary>A whole word; of one that may be misspelt it is also the first of the forms that near words share (see <see cref="Near"/>).</summary>
    /// <remarks>Short words are apart from forms: else a form of anas would be ana, and lead to everybody of that name.</remarks>
    public int Word(ReadOnlySpan<char> word) => Finish(Mix(Mix(_salt, Near.Applies(word) ? 'n' : 'w'), word));

    /// <summary>The form of a word that may be misspelt without the letter at <paramref name="gap"/>.</summary>
    public int WordWithout(ReadOnlySpan<char> word, int gap) => Finish(Mix(Mix(Mix(_salt, 'n'), word[..gap]), word[(gap + 1)..]));

    /// <summary>Two or three characters that stand side by side in a word, or at its start behind a blank.</summary>
    public int Piece(ReadOnlySpan<char> piece) => Finish(Mix(Mix(_salt, 'p'), piece));

    /// <summary>The first one or two letters of a word.</summary>
    public int Start(ReadOnlySpan<char> start) => Finish(Mix(Mix(_salt, 's'), start));

    /// <summary>A field that holds a value: a choice, an entry of a set, a flag, a user, a reference.</summary>
    public int Facet(ReadOnlySpan<char> field, ReadOnlySpan<char> value) => Finish(Mix(Mix(Mix(Mix(_salt, 'f'), field), '='), value));

    /// <summary>An identity key.</summary>
    public int Key(ReadOnlySpan<char> key) => Finish(Mix(Mix(_salt, 'k'), key));

    /// <summary>All that a stored word is found by: itself, its near forms, its start, its pieces.</summary>
    internal void OfWord(string word, List<int> terms)
    {
        terms.Add(Word(word));
        if (word.Contains('@', StringComparison.Ordinal))
        {
            return; // Its parts are words too, and found by their pieces.
        }

        if (Near.Applies(word))
        {
            for (var gap = 0; gap < word.Length; gap++)
            {
                terms.Add(WordWithout(word, gap));
            }
        }

        terms.Add(Start(word.AsSpan(0, 1)));
        if (word.Length >= 2)
        {
            terms.Add(Start(word.AsSpan(0, 2)));
        }

        Pieces(word, terms);
    }

    /// <summary>The pieces of three characters that a word consists of; none for shorter words.</summary>
    public void Pieces(string word, List<int> terms)
    {
        for (var i = 0; i + 3 <= word.Length; i++)
        {
            terms.Add(Piece(word.AsSpan(i, 3)));
        }
    }

    // FNV-1a over UTF-16 units. Stable for ever: the hashes are stored.
    private static uint Mix(uint hash, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            hash = (hash ^ c) * Prime;
        }

        return hash;
    }

    private static uint Mix(uint hash, char c) => (hash ^ c) * Prime;

    // The finish of MurmurHash3: FNV alone leaves the last characters in the low bits.
    private static int Finish(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return (int)(hash ^ (hash >> 16));
    }
}
